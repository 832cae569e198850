"""How the embedded PostgreSQL is made, started and given its roles."""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path

from . import bootstrap, envfile
from .errors import EngineError
from .installation import Installation, find_postgres, home_for_data, postgres_identity
from .ports import answers, free_port
from .process import Identity, Process, as_user, end_leftover, wait_until_ready

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "autovacuum": "on",
    "autovacuum_naptime": "20s",
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}
SHELF = Path(__file__).resolve().parents[2] / "var"
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
# Safe against kill -9 of every process, not against a power cut. synchronous_commit stays on: without it a
# kill loses what was committed last.
UNSAFE = {"fsync": "off"}


class Postgres:
    """One cluster in `data/postgres`; passwords and port are kept in `data/engines`.

    data: an existing folder. port: None keeps the last one, or takes a free one.
    source: "wheel", "system" or None (the wheel, else the newest installed). durable: False for tests.
    """

    title = "PostgreSQL"

    def __init__(
        self,
        data: Path,
        port: int | None = None,
        source: str | None = None,
        durable: bool = True,
        shelf: Path | None = None,
    ):
        self.data = Path(data).absolute()
        self.port = port
        self.source = source
        self.durable = durable
        self.settings = SETTINGS | ({} if durable else UNSAFE)
        self.shelf = Path(shelf or SHELF)
        self.notes = self.data / "engines"
        self.mark = self.data / "run" / "postgres"
        self.identity = postgres_identity()
        self.passwords = {}
        self.process = None

    @property
    def cluster(self) -> Path:
        """The data directory; a link where it could not live in the data folder."""
        return (self.data / "postgres").resolve()

    @property
    def url(self) -> str:
        """Address for the application's login role, which is no superuser."""
        return self._url(bootstrap.ROLE, self.passwords["POSTGRES_PASSWORD"], bootstrap.DATABASE)

    @property
    def superuser_url(self) -> str:
        """Address for the bootstrap only: row-level security doesn't bind this role."""
        return self._url("postgres", self.passwords["POSTGRES_SUPERUSER_PASSWORD"], "postgres")

    def _url(self, role: str, password: str, database: str) -> str:
        return f"postgresql://{role}:{password}@127.0.0.1:{self.port}/{database}"

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.running

    def start(self, patience: float = 120) -> "Postgres":
        """Makes the cluster when there is none, starts it, and sets up roles and database once it answers.

        Raises EngineError with the reason and the end of the log.
        """
        installation = self._prepare()
        self.process = self._process(installation)
        self.process.start()
        try:
            wait_until_ready(self.process, self.ready, patience)
            self._bootstrap(installation)
        except BaseException:
            self.process.stop()
            raise
        return self

    def stop(self) -> None:
        if self.process:
            self.process.stop()

    def kill(self) -> None:
        """kill -9, as in a crash."""
        if self.process:
            self.process.kill()

    def restart(self) -> "Postgres":
        self.stop()
        return self.start()

    def ready(self) -> bool:
        """Whether it accepts sessions (after a crash it listens before it does)."""
        with contextlib.suppress(OSError):
            lines = (self.cluster / "postmaster.pid").read_text().splitlines()
            return len(lines) > 7 and lines[7].strip() == "ready" and answers(self.port)
        return False

    def _prepare(self) -> Installation:
        end_leftover(self.mark)
        self._check_link()
        made_by = self._version()
        installation = find_postgres(self.source, self.shelf, made_by)
        if made_by and "POSTGRES_SUPERUSER_PASSWORD" not in envfile.read(self.notes):
            raise EngineError(
                f"{self.cluster} holds a database, but its passwords in {self.notes} are gone. "
                "Put the file back, or begin with another --data folder."
            )
        self.passwords = envfile.keep(
            self.notes,
            POSTGRES_SUPERUSER_PASSWORD=secrets.token_urlsafe,
            POSTGRES_PASSWORD=secrets.token_urlsafe,
        )
        if made_by:
            self.identity = self.identity and _owner(self.cluster)
        else:
            self._initialise(installation)
        self.port = free_port(self.port or int(self.passwords.get("POSTGRES_PORT", 0)))
        envfile.change(self.notes, POSTGRES_PORT=self.port)
        return installation

    def _check_link(self) -> None:
        link = self.data / "postgres"
        if not link.is_symlink() or link.exists():
            return
        if self.durable:
            raise EngineError(f"{link} leads to {self.cluster}, which is gone. Put it back or remove the link.")
        link.unlink()

    def _version(self) -> int | None:
        """Major version of the cluster, None when there is none yet."""
        if not self.cluster.exists() or not any(self.cluster.iterdir()):
            return None
        with contextlib.suppress(OSError, ValueError):
            return int((self.cluster / "PG_VERSION").read_text())
        raise EngineError(f"{self.cluster} is not a PostgreSQL data folder. Move it away and start again.")

    def _initialise(self, installation: Installation) -> None:
        """initdb beside the final place, then one rename: a kill on the way leaves nothing half-made."""
        home = home_for_data(self.data)
        fresh, goal = home / "postgres.new", home / "postgres"
        shutil.rmtree(fresh, ignore_errors=True)
        self._initdb(installation, fresh)
        fresh.rename(goal)
        if home != self.data:
            (self.data / "postgres").symlink_to(goal)

    def _initdb(self, installation: Installation, fresh: Path) -> None:
        builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] * (installation.version >= 17)
        common = [
            installation.programs / "initdb",
            "-D",
            fresh,
            "-U",
            "postgres",
            "-E",
            "UTF8",
            *builtin,
            "--auth=scram-sha-256",
            "--no-instructions",
        ]
        common += [] if self.durable else ["--no-sync"]
        with self._password_file(fresh.parent) as password_file:
            for locale in ("C.UTF-8", "C"):
                fresh.mkdir(mode=0o700)
                self._own(fresh)
                done = self._run([*common, f"--pwfile={password_file}", f"--locale={locale}"])
                if done.returncode == 0:
                    return
                shutil.rmtree(fresh)
        raise EngineError(f"The database could not be made (initdb):\n{done.stderr or done.stdout}")

    @contextlib.contextmanager
    def _password_file(self, folder: Path):
        path = folder / f".initdb-{os.getpid()}"
        envfile.write_private(path, self.passwords["POSTGRES_SUPERUSER_PASSWORD"] + "\n")
        self._own(path)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def _own(self, path: Path) -> None:
        if self.identity:
            os.chown(path, *self.identity)

    def _run(self, argv: list) -> subprocess.CompletedProcess:
        return subprocess.run(
            argv,
            capture_output=True,
            text=True,
            env=ENVIRONMENT,
            cwd="/",
            stdin=subprocess.DEVNULL,
            **as_user(self.identity),
        )

    def _process(self, installation: Installation) -> Process:
        settings = dict(self.settings, port=str(self.port))
        if installation.has("pg_stat_statements"):
            settings["shared_preload_libraries"] = "pg_stat_statements"
        options = [word for pair in settings.items() for word in ("-c", "=".join(pair))]
        return Process(
            "postgres",
            [str(installation.programs / "postgres"), "-D", str(self.cluster), *options],
            mark=self.mark,
            log=self.data / "logs" / "postgres.log",
            env=ENVIRONMENT,
            cwd=Path("/"),
            identity=self.identity,
            stop_signal=signal.SIGINT,
            patience=20,
            prepare=self._forget_crash,
            engine=True,
        )

    def _forget_crash(self) -> None:
        """Removes the note of a dead postmaster: its process id may be in use again, which would be refused.

        Our own mark says that none runs; a PostgreSQL started in another way on the same data is left to
        PostgreSQL's own check.
        """
        note = self.cluster / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError, IndexError):
            if not _is_postgres(int(note.read_text().split()[0])):
                note.unlink()

    def _bootstrap(self, installation: Installation) -> None:
        password = self.passwords["POSTGRES_SUPERUSER_PASSWORD"]
        bootstrap.run(self.superuser_url, bootstrap.roles_and_database, self.passwords["POSTGRES_PASSWORD"])
        if installation.has("pg_stat_statements"):
            bootstrap.run(self._url("postgres", password, bootstrap.DATABASE), bootstrap.statistics)


def _owner(folder: Path) -> Identity:
    status = folder.stat()
    return Identity(status.st_uid, status.st_gid)


def _is_postgres(pid: int) -> bool:
    """Whether a live process has this id and is, or could be, a PostgreSQL (where there is no /proc: any)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    command = Path(f"/proc/{pid}/comm")
    return not Path("/proc/self/comm").exists() or command.read_text().strip() == "postgres"
