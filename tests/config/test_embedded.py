"""The embedded engines on data folders of their own: first start, roles, crash, leftovers, taken ports."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config import embedded
from config.engines import envfile
from config.engines.errors import EngineError
from config.engines.ports import free_port
from config.engines.process import held

ROOT = Path(__file__).resolve().parents[2]
LEAVE_RUNNING = """
import os, sys
from pathlib import Path
from config import embedded
data = Path(sys.argv[1])
embedded.Postgres(data, durable=False).start()
embedded.Valkey(data, durable=False).start()
os._exit(0)
"""


@pytest.fixture(scope="module")
def data():
    folder = ROOT / "var" / "test" / "engines of a test"
    embedded.destroy(folder)
    yield folder
    embedded.destroy(folder)


@pytest.fixture(scope="module")
def database(data):
    with embedded.postgres(data, durable=False) as engine:
        yield engine


@pytest.fixture(scope="module")
def broker(data):
    with embedded.valkey(data) as engine:
        yield engine


def rows(url: str, statement: str) -> list[tuple]:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def test_login_role_owns_its_database_and_cannot_bypass_policies(database):
    sql = """SELECT rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, pg_get_userbyid(datdba)
             FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()"""

    found = rows(database.url, sql)

    assert found == [("resonanz", False, False, True, True, "resonanz")]


def test_login_role_takes_on_the_app_role(database):
    assert rows(database.url, "SET ROLE resonanz_app; SELECT current_user, session_user") == [
        ("resonanz_app", "resonanz")
    ]


def test_app_role_cannot_log_in(database):
    sql = "SELECT rolcanlogin, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = 'resonanz_app'"

    assert rows(database.url, sql) == [(False, False, False)]


def test_database_makes_the_extensions_of_the_application(database):
    names = ("btree_gist", "citext", "pg_trgm", "unaccent")
    script = "; ".join(f"CREATE EXTENSION IF NOT EXISTS {name}" for name in names)

    assert rows(database.url, f"{script}; SELECT lower('ÄÖÜ'), unaccent('Müller')") == [("äöü", "Muller")]


def test_database_ends_idle_transactions(database):
    assert rows(database.url, "SHOW idle_in_transaction_session_timeout") == [("1min",)]


def test_superuser_needs_its_password(database):
    wrong = database.superuser_url.replace(database.passwords["POSTGRES_SUPERUSER_PASSWORD"], "guess")

    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        rows(wrong, "SELECT 1")


def test_notes_are_for_their_owner_only(database, data):
    assert (data / "engines").stat().st_mode & 0o777 == 0o600


@pytest.mark.chaos
def test_database_keeps_what_was_committed_before_a_kill(database):
    with closing(psycopg2.connect(database.url)) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 7 AS number")
        connection.commit()
        port = database.port

        database.kill()
        database.start()

    assert (rows(database.url, "SELECT number FROM kept"), database.port) == ([(7,)], port)


@pytest.mark.chaos
def test_broker_keeps_what_was_written_before_a_kill(broker):
    redis.Redis.from_url(broker.url).set("kept", "7")

    broker.kill()
    broker.start()

    assert redis.Redis.from_url(broker.url).get("kept") == b"7"


def test_broker_needs_its_password(broker):
    stranger = redis.Redis(port=broker.port, retry=Retry(NoBackoff(), 0))

    with pytest.raises(redis.AuthenticationError):
        stranger.ping()


@pytest.mark.slow
@pytest.mark.chaos
def test_engines_of_a_killed_parent_are_ended_and_started_again():
    folder = ROOT / "var" / "test" / "engines left over"
    embedded.destroy(folder)
    folder.mkdir()
    subprocess.run([sys.executable, "-c", LEAVE_RUNNING, str(folder)], cwd=ROOT, check=True)
    left = {name: held(folder / "run" / name)[0] for name in ("postgres", "valkey")}

    with embedded.postgres(folder, durable=False) as database, embedded.valkey(folder) as broker:
        now = {name: held(folder / "run" / name)[0] for name in ("postgres", "valkey")}
        answers = rows(database.url, "SELECT 1"), redis.Redis.from_url(broker.url).ping()

    assert answers == ([(1,)], True)
    assert set(now.values()) & set(left.values()) == set()
    assert [alive(pid) for pid in left.values()] == [False, False]
    embedded.destroy(folder)


@pytest.mark.slow
def test_another_port_is_taken_when_the_kept_one_is_in_use():
    folder = ROOT / "var" / "test" / "engines elsewhere"
    embedded.destroy(folder)
    folder.mkdir()
    with socket.socket() as other:
        other.bind(("127.0.0.1", free_port()))
        other.listen()
        port = other.getsockname()[1]
        envfile.write(folder / "engines", {"POSTGRES_PORT": str(port), "VALKEY_PORT": str(port)})

        with embedded.postgres(folder, durable=False) as database, embedded.valkey(folder) as broker:
            ports = {database.port, broker.port, port}
            answers = rows(database.url, "SELECT 1"), redis.Redis.from_url(broker.url).ping()

    assert (len(ports), answers) == (3, ([(1,)], True))
    assert envfile.read(folder / "engines")["POSTGRES_PORT"] == str(database.port)
    embedded.destroy(folder)


@pytest.mark.slow
def test_half_made_database_is_made_again():
    folder = ROOT / "var" / "test" / "engines half made"
    embedded.destroy(folder)
    with embedded.postgres(folder, durable=False):
        pass
    half = (folder / "postgres").resolve().parent / "postgres.new"
    embedded.destroy(folder)
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")

    with embedded.postgres(folder, durable=False) as database:
        answer = rows(database.url, "SELECT 1")

    assert (answer, half.exists()) == ([(1,)], False)
    embedded.destroy(folder)


def test_a_folder_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "letter.txt").write_text("mine")

    with pytest.raises(EngineError, match="is not a PostgreSQL data folder"):
        embedded.Postgres(tmp_path).start()


def test_a_database_without_its_passwords_is_refused(tmp_path, database):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text(f"{server_version(database)}\n")

    with pytest.raises(EngineError, match="its passwords in .* are gone"):
        embedded.Postgres(tmp_path).start()


def test_a_database_of_a_version_that_is_not_here_is_refused(tmp_path):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("12\n")

    with pytest.raises(EngineError, match="was made by PostgreSQL 12; this machine has"):
        embedded.Postgres(tmp_path).start()


def server_version(database) -> str:
    return rows(database.url, "SELECT current_setting('server_version_num')::int / 10000")[0][0]


def alive(pid: int) -> bool:
    """Whether the process runs; an ended one that nobody has asked about doesn't."""
    try:
        os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rsplit(")", 1)[1].split()[0] != "Z"
