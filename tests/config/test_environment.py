"""The Python environment that `./start` and `./test` make, on a project without packages."""

import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

ENVIRONMENT = Path(__file__).resolve().parents[2] / "config" / "environment.py"
SCRIPT = """
import runpy, sys
from pathlib import Path
root = Path(__file__).resolve().parent
runpy.run_path(str(root / "config" / "environment.py"))["enter"](__file__, ["requirements.txt"])
print("in", Path(sys.prefix).relative_to(root), "with", sys.argv[1:])
"""
MAKING = "Making the Python environment in var/venv (the first time takes a minute) ..."
INSTALLING = "Installing packages (log: var/venv.log) ..."


@pytest.fixture
def project(tmp_path):
    """A project folder with a space in its name, and what its script says."""
    root = tmp_path / "a project"
    (root / "config").mkdir(parents=True)
    shutil.copy(ENVIRONMENT, root / "config")
    (root / "script").write_text(SCRIPT)
    (root / "requirements.txt").write_text("")

    def call(*words: str) -> subprocess.CompletedProcess:
        base = getattr(sys, "_base_executable", sys.executable)
        return subprocess.run([base, str(root / "script"), *words], capture_output=True, text=True, cwd=tmp_path)

    return SimpleNamespace(root=root, call=call, venv=root / "var" / "venv", log=root / "var" / "venv.log")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_environment_is_made_once_and_mended_where_it_is_not_whole(project):
    made, quick = project.call("--port", "a b"), project.call()
    (project.root / "requirements.txt").write_text("# more\n")
    updated = project.call()
    (project.venv / "installed.json").unlink()
    mended = project.call()

    assert [answer.stdout.splitlines() for answer in (made, quick, updated, mended)] == [
        [MAKING, INSTALLING, "in var/venv with ['--port', 'a b']"],
        ["in var/venv with []"],
        [INSTALLING, "in var/venv with []"],
        [MAKING, INSTALLING, "in var/venv with []"],
    ]


def test_an_environment_whose_python_is_gone_is_not_usable(project):
    (project.venv / "bin").mkdir(parents=True)
    (project.venv / "bin" / "python").symlink_to(project.root / "removed" / "python3")
    environment = runpy.run_path(str(project.root / "config" / "environment.py"))

    assert environment["usable"]() is False


def test_a_failing_installation_shows_the_end_of_the_log(project):
    environment = runpy.run_path(str(project.root / "config" / "environment.py"))
    project.log.parent.mkdir()
    project.log.write_text("".join(f"line {number}\n" for number in range(100)))

    assert environment["tail"]() == "".join(f"    line {number}\n" for number in range(85, 100))


def test_a_folder_that_cannot_be_written_is_named(project):
    (project.root / "var").write_text("a file where the folder should be")

    answer = project.call()

    assert answer.returncode == 1
    assert answer.stderr.startswith(f"The folder {project.root}/var cannot be written (")


@pytest.mark.parametrize("version", [(3, 6), (3, 10)])
def test_an_old_python_is_told_what_is_needed(project, monkeypatch, version):
    environment = runpy.run_path(str(project.root / "config" / "environment.py"))
    monkeypatch.setattr(sys, "version_info", version + (0, "final", 0))
    monkeypatch.setattr(shutil, "which", lambda name: None)

    with pytest.raises(SystemExit, match="Resonanz needs Python 3.11 or newer"):
        environment["find_python"]("script")
