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
def test_environment_is_made_once_and_the_script_runs_in_it(project):
    first = project.call("--port", "a b")
    second = project.call()

    assert first.stdout.splitlines() == [
        "Making the Python environment in var/venv (the first time takes a minute) ...",
        "Installing packages (log: var/venv.log) ...",
        "in var/venv with ['--port', 'a b']",
    ]
    assert second.stdout == "in var/venv with []\n"


@pytest.mark.slow
def test_environment_is_brought_up_to_date_when_the_requirements_change(project):
    project.call()
    (project.root / "requirements.txt").write_text("# more\n")

    answer = project.call()

    assert answer.stdout.splitlines() == [
        "Installing packages (log: var/venv.log) ...",
        "in var/venv with []",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("lost", ["installed.json", "bin/python", "lib"])
def test_half_made_environment_is_made_again(project, lost):
    project.call()
    path = project.venv / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()

    answer = project.call()

    assert answer.stdout.splitlines()[-1] == "in var/venv with []"
    assert (project.venv / "installed.json").is_file()


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
