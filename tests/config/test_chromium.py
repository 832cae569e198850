"""Which Chromium the browser tests find, and what is said where there is none."""

import pytest

from config import checking, chromium


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """The only folder where programs are looked for; a function that puts one there."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(chromium, "APPS", ())

    def put(name: str, code: int) -> str:
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\nexit {code}\n")
        program.chmod(0o755)
        return str(program)

    return put


def test_the_first_browser_that_runs_is_found(shelf):
    shelf("chromium", 1)
    chrome = shelf("google-chrome", 0)

    assert chromium.find() == chrome


def test_a_named_browser_comes_first(shelf, monkeypatch):
    shelf("chromium", 0)
    own = shelf("own", 0)
    monkeypatch.setenv("CHROMIUM", own)

    assert chromium.find() == own


def test_a_machine_without_browser_hears_what_helps(shelf, monkeypatch):
    monkeypatch.setattr(chromium, "_debian", lambda: True)

    assert chromium.find() is None
    assert chromium.missing() == (
        "no Chromium here; install it once:  sudo apt-get install -y chromium fonts-liberation"
    )


def test_nothing_is_installed_where_it_cannot_be(shelf, tmp_path, monkeypatch):
    shelf("apt-get", 0)
    monkeypatch.setattr(chromium, "_debian", lambda: False)
    said = []

    assert chromium.prepare(tmp_path / "log", said.append) is None
    assert said == []


def test_a_browser_is_installed_by_root_on_debian(shelf, tmp_path, monkeypatch):
    install = tmp_path / "apt-get"
    shelf("apt-get", 0)
    install.write_text(
        f'#!/bin/sh\n[ "$1" = install ] && printf "#!/bin/sh\\n" > {tmp_path}/chromium\n/bin/chmod 755 {tmp_path}/chromium\n'
    )
    monkeypatch.setattr(chromium, "_debian", lambda: True)
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 0)
    said = []

    found = chromium.prepare(tmp_path / "log", said.append)

    assert found == str(tmp_path / "chromium")
    assert said == [f"Installing Chromium for the browser tests (log: {tmp_path / 'log'}) ..."]


@pytest.mark.parametrize("words", [["tests/clients"], ["-k", "hours"]])
def test_a_run_of_other_tests_looks_for_no_browser(shelf, words):
    assert checking._without_browser(words) == ""
