"""The Chromium of the browser tests: one that is here, or Debian's, installed where that can be done."""

import os
import platform
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
APPS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
INSTALL = "apt-get install -y chromium fonts-liberation"
PATIENCE = 600  # seconds for each step of apt-get


def find() -> str | None:
    """A browser that runs; Ubuntu's package is only a hint at its snap, and counts as none where that isn't there."""
    given = [os.environ["CHROMIUM"]] if "CHROMIUM" in os.environ else []
    there = [*given, *filter(None, map(shutil.which, NAMES)), *APPS]
    return next((path for path in there if _runs(path)), None)


def missing() -> str:
    """Why the browser tests cannot run, with the command that helps here."""
    if platform.system() == "Darwin":
        help = "install Google Chrome, or name another Chromium in the variable CHROMIUM"
    elif _debian():
        help = f"install it once:  sudo {INSTALL}"
    else:
        help = "install Chromium or Google Chrome, or name one in the variable CHROMIUM"
    return f"no Chromium here; {help}"


def prepare(log: Path, say: Callable[[str], object]) -> str | None:
    """The browser's path, after installing it as root on Debian; None when there is none."""
    found = find()
    if found or not (_debian() and os.geteuid() == 0 and shutil.which("apt-get")):
        return found
    say(f"Installing Chromium for the browser tests (log: {log}) ...")
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "w") as output:
        for words in (["apt-get", "update", "-q"], [*INSTALL.split(), "-q", "--no-install-recommends"]):
            _call(words, output)
    return find()


def _call(words: list[str], output) -> None:
    """Runs a step; whether it helped shows in what is there afterwards."""
    try:
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.call(
            words, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        output.write(f"{' '.join(words)} took longer than {PATIENCE} s\n")


def _debian() -> bool:
    try:
        return platform.freedesktop_os_release().get("ID") == "debian"
    except OSError:
        return False


def _runs(path: str) -> bool:
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    try:
        return subprocess.call([path, "--version"], timeout=60, **quiet) == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
