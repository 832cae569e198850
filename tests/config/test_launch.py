"""`./start` as a whole: one start on a folder of its own, seen from outside, and what it refuses."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from config import embedded
from config.engines import folder
from config.engines.ports import free_port, until
from config.engines.process import held
from config.readiness import ask

pytestmark = pytest.mark.timeout(900)
ROOT = Path(__file__).resolve().parents[2]
OURS = ("DATABASE_URL", "REDIS_URL", "SANDBOX_URL", "RESONANZ_DATA", "BASE_URL")
PROCESSES = {"postgres", "valkey", "sandbox", "web", "worker-short", "worker-long", "beat"}


def start(*words: str) -> subprocess.CompletedProcess:
    """Runs `./start` in the environment of this test, without the addresses of its engines."""
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    argv = [sys.executable, "-m", "config.launch", *words]
    return subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600)


def running(data: Path) -> set[str]:
    return {path.name for path in (data / "run").glob("*") if held(path)} - {"start"}


@pytest.fixture(scope="module")
def resonanz():
    """A started Resonanz: its data folder, address, words for `start`, and what the start printed."""
    data, port = ROOT / "var" / "test" / "a start", free_port()
    current = ROOT / "var" / "current"
    before = current.read_text() if current.is_file() else ""
    embedded.destroy(data)
    words = ["--data", str(data), "--port", str(port), "--detach", "--no-demo"]
    done = start(*words)
    yield SimpleNamespace(data=data, url=f"http://127.0.0.1:{port}", words=words, done=done)
    start("--stop", "--data", str(data))
    current.write_text(before)
    embedded.destroy(data)


@pytest.mark.slow
def test_detached_start_returns_when_everything_is_ready(resonanz):
    done = resonanz.done

    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert f"\nURL: {resonanz.url}/\n" in done.stdout
    assert re.search(r"^API token: \S+$", done.stdout, re.MULTILINE)
    assert ask(f"{resonanz.url}/readyz")[0] == 200
    assert running(resonanz.data) == PROCESSES


@pytest.mark.slow
def test_second_start_on_the_same_folder_names_the_first(resonanz):
    again = start(*resonanz.words)

    assert again.returncode == 1
    assert f"Resonanz already runs at {resonanz.url} with the data folder" in again.stdout + again.stderr


@pytest.mark.slow
@pytest.mark.chaos
@pytest.mark.parametrize("name", ["worker-short", "web", "valkey", "postgres"])
def test_a_killed_process_comes_back(resonanz, name):
    mark = resonanz.data / "run" / name
    pid = held(mark)[0]

    os.kill(pid, signal.SIGKILL)

    assert until(lambda: (held(mark) or (pid,))[0] not in (pid, 0), 200)
    assert until(lambda: ask(f"{resonanz.url}/readyz")[0] == 200, 200)


@pytest.mark.slow
@pytest.mark.chaos
def test_a_start_after_a_killed_one_ends_its_leftovers_and_keeps_the_data(resonanz):
    os.kill(folder.running(resonanz.data).pid, signal.SIGKILL)
    assert until(lambda: not folder.running(resonanz.data), 10)
    secrets = (resonanz.data / "env").read_text()

    again = start(*resonanz.words)

    assert again.returncode == 0, again.stdout
    assert again.stdout.startswith("Ended what an earlier start had left: ")
    assert running(resonanz.data) == PROCESSES
    assert (resonanz.data / "env").read_text() == secrets


@pytest.mark.slow
def test_stop_leaves_nothing_running(resonanz):
    stopped = start("--stop", "--data", str(resonanz.data))
    again = start("--stop", "--data", str(resonanz.data))

    assert stopped.stdout == f"Stopping Resonanz at {resonanz.url} ...\nStopped.\n"
    assert again.stdout == f"Nothing runs with the data folder {resonanz.data}.\n"
    assert (running(resonanz.data), ask(f"{resonanz.url}/healthz")[0]) == (set(), 0)


def test_a_busy_port_is_named_before_anything_is_started(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        refused = start("--data", str(tmp_path), "--port", str(port))

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        f"Error: Port {port} on 127.0.0.1 is in use by another program. Choose another with --port.\n"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["logs", "run"]


def test_a_data_folder_that_cannot_be_is_named(tmp_path):
    (tmp_path / "file").write_text("")

    refused = start("--data", str(tmp_path / "file" / "data"))

    assert refused.returncode == 1
    assert refused.stderr.startswith(f"Error: The data folder {tmp_path}/file/data cannot be written (")
