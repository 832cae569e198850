"""Processes, their marks, the watch over them, and the lock of a data folder."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from config import programs
from config.engines import envfile, folder
from config.engines.errors import EngineError
from config.engines.ports import listening_url, trouble, until
from config.engines.process import Process, end_leftover, held
from config.engines.supervision import PAUSES, STABLE, Supervision

# A process with a child in the same group and one in a session of its own; both outlive a kill of the first.
FAMILY = """
import os, subprocess, sys, time
sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
mark = [descriptor for descriptor in range(3, 1024) if os.path.exists(f"/dev/fd/{descriptor}")]
children = [subprocess.Popen(sleep, pass_fds=mark, start_new_session=alone) for alone in (False, True)]
print(*[child.pid for child in children], flush=True)
time.sleep(60)
"""


@pytest.fixture
def process(tmp_path):
    """A function that makes a process running this Python code; ended after the test."""
    made = []

    def maker(name: str, code: str, **options) -> Process:
        argv = [sys.executable, "-c", code]
        paths = {"mark": tmp_path / "run" / name, "log": tmp_path / f"{name}.log", "cwd": tmp_path}
        made.append(Process(name, argv, env=dict(os.environ), **paths, **options))
        return made[-1]

    yield maker
    for one in made:
        one.kill()


@pytest.fixture
def clock():
    """A clock that the test moves: call it for the time, add to `clock.now`."""

    class Clock:
        now = 0.0

        def __call__(self):
            return self.now

    return Clock()


def test_mark_names_the_running_process_and_is_free_afterwards(process):
    sleeper = process("sleeper", "import time; time.sleep(60)")

    sleeper.start()
    during = held(sleeper.mark)
    sleeper.stop()

    assert (during, held(sleeper.mark)) == ((sleeper.child.pid, signal.SIGTERM), None)


def test_starting_again_ends_what_a_killed_parent_left(process):
    first, second = process("worker", "import time; time.sleep(60)"), process("worker", "import time; time.sleep(60)")
    first.start()

    second.start()

    assert (first.running, second.running) == (False, True)
    assert held(second.mark)[0] == second.child.pid


@pytest.mark.chaos
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="processes in other sessions are found by /proc")
def test_kill_ends_the_children_in_other_sessions_too(process):
    family = process("family", FAMILY)
    family.start()
    assert until(lambda: family.log.exists() and family.log.read_text().endswith("\n"), 20)
    os.kill(family.child.pid, signal.SIGKILL)
    family.child.wait()
    orphaned = held(family.mark)

    ended = end_leftover(family.mark)

    assert (bool(orphaned), ended, held(family.mark)) == (True, True, None)


def test_a_process_that_ignores_the_signal_is_killed_after_its_patience(process):
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    deaf = process("deaf", code, patience=0.2)
    deaf.start()
    assert until(lambda: "deaf" in deaf.log.read_text(), 20)

    deaf.stop()

    assert deaf.returncode == -signal.SIGKILL


def test_a_dead_process_is_started_again_after_growing_pauses(process, clock):
    said = []
    supervision = Supervision(said.append, clock)
    failing = process("failing", "raise SystemExit(3)")
    supervision.start(failing)

    for pause in PAUSES[:3]:
        failing.child.wait()
        supervision.look()
        clock.now += pause
        supervision.look()

    assert said[::2] == [f"failing ended with code 3; starting it again in {pause:g} s" for pause in PAUSES[:3]]
    assert said[1::2] == ["failing started again"] * 3


def test_a_long_life_makes_earlier_deaths_forgotten(process, clock):
    supervision = Supervision(lambda text: None, clock)
    sleeper = process("sleeper", "import time; time.sleep(60)")
    supervision.start(sleeper)

    for _ in range(3):
        sleeper.kill()
        clock.now += STABLE + 1
        supervision.look()
        clock.now += 1
        supervision.look()

    assert (supervision.deaths("sleeper"), sleeper.running) == (1, True)


def test_engines_end_after_those_who_use_them(process, monkeypatch):
    ended = []
    supervision = Supervision(print)
    for name, engine in [("database", True), ("web", False), ("broker", True), ("worker", False)]:
        one = process(name, "", engine=engine)
        monkeypatch.setattr(one, "stop", lambda name=name: ended.append(name))
        supervision.watch(one)

    supervision.stop()

    assert ended == ["worker", "web", "broker", "database"]


def test_a_second_start_is_told_where_the_first_runs(tmp_path):
    with folder.claimed(tmp_path, "http://127.0.0.1:8000") as lock:
        folder.write(lock, "http://127.0.0.1:8000", "ready")

        with pytest.raises(EngineError) as refused, folder.claimed(tmp_path, "http://127.0.0.1:9000"):
            pass

    assert str(refused.value) == (
        f"Resonanz already runs at http://127.0.0.1:8000 with the data folder {tmp_path}. "
        f"Stop it with: ./start --stop --data '{tmp_path}'"
    )


def test_the_lock_is_free_after_a_kill(tmp_path):
    code = f"""
import os
from pathlib import Path
from config.engines import folder
with folder.claimed(Path({str(tmp_path)!r}), "http://127.0.0.1:8000"):
    os.kill(os.getpid(), 9)
"""
    killed = subprocess.run([sys.executable, "-c", code], cwd=programs.ROOT)

    with folder.claimed(tmp_path, "http://127.0.0.1:9000"):
        now = folder.running(tmp_path)

    assert (killed.returncode, now) == (-9, folder.Running(os.getpid(), "http://127.0.0.1:9000", False))


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::1", "http://[::1]:8000"),
        ("::", "http://[::1]:8000"),
        ("shop.example", "http://shop.example:8000"),
    ],
)
def test_listening_url_can_be_opened_on_this_machine(host, url):
    assert listening_url(host, 8000) == url


def test_a_port_in_use_is_told_from_one_that_cannot_be(busy_port):
    assert trouble(busy_port) == "in use by another program"
    assert trouble(busy_port, "192.0.2.1").startswith("not to be had (")


@pytest.fixture
def busy_port():
    """A port that this test itself listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_kept_values_survive_and_missing_ones_are_made(tmp_path):
    path = tmp_path / "env"
    envfile.write(path, {"SECRET_KEY": "old", "EMAIL_URL": "smtp://user:a=b@host:25"})

    kept = envfile.keep(path, SECRET_KEY=lambda: "new", RESONANZ_KEYS=lambda: "made")

    assert kept == {"SECRET_KEY": "old", "EMAIL_URL": "smtp://user:a=b@host:25", "RESONANZ_KEYS": "made"}
    assert (envfile.read(path), path.stat().st_mode & 0o777) == (kept, 0o600)


@pytest.mark.parametrize(
    ("host", "given", "hosts"),
    [
        ("127.0.0.1", None, "127.0.0.1,localhost,[::1]"),
        ("0.0.0.0", None, "*,127.0.0.1,localhost,[::1]"),
        ("10.0.0.7", None, "10.0.0.7,127.0.0.1,localhost,[::1]"),
        ("0.0.0.0", "shop.example", "shop.example,127.0.0.1,localhost,[::1]"),
    ],
)
def test_allowed_hosts_follow_the_address_listened_on(tmp_path, monkeypatch, host, given, hosts):
    monkeypatch.delenv("ALLOWED_HOSTS", raising=False)
    if given:
        monkeypatch.setenv("ALLOWED_HOSTS", given)

    settings = programs.settings(tmp_path, host, 8000, {})

    assert settings["ALLOWED_HOSTS"] == hosts


def test_processes_get_no_superuser_password(tmp_path, monkeypatch):
    for name in ("DATABASE_URL", "REDIS_URL", "SANDBOX_URL"):
        monkeypatch.delenv(name, raising=False)
    envfile.write(tmp_path / "engines", {"POSTGRES_SUPERUSER_PASSWORD": "highly-secret"})

    settings = programs.settings(tmp_path, "127.0.0.1", 8000, {"DATABASE_URL": "postgresql://resonanz:x@h/d"})

    assert "highly-secret" not in "".join(settings.values())
    assert settings["DATABASE_URL"] == "postgresql://resonanz:x@h/d"
