"""How `./start` and `./test` come to a Python environment: `var/venv` with the pinned packages.

Runs before any package is there and under whatever `python3` is, so: standard library only, and a syntax that
old versions can read.
"""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys

try:
    import fcntl
except ImportError:
    sys.exit("Resonanz runs on Linux and macOS (on Windows: inside WSL).")

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
VAR = os.path.join(ROOT, "var")
VENV = os.path.join(VAR, "venv")
PYTHON = os.path.join(VENV, "bin", "python")
MARKER = os.path.join(VENV, "installed.json")
LOG = os.path.join(VAR, "venv.log")
OLDEST, NEWEST = (3, 11), (3, 14)


def enter(script, requirements):
    """Returns when this is the environment with these requirements; else makes it and runs `script` there."""
    if os.path.realpath(sys.prefix) == os.path.realpath(VENV) and fresh(requirements):
        return
    find_python(script)
    make_folder()
    with open(os.path.join(VAR, "venv.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (fresh(requirements) and usable()):
            make(requirements)
    os.execv(PYTHON, [PYTHON, script] + sys.argv[1:])


def find_python(script):
    """Goes on with another Python when this one is too old, or too new for the pinned packages."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        other = shutil.which("python3.%d" % minor)
        if other and subprocess.call([other, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            os.execv(other, [other, script] + sys.argv[1:])
    if sys.version_info[:2] < OLDEST:
        sys.exit("Resonanz needs Python 3.11 or newer; python3 here is %s." % sys.version.split()[0])


def make_folder():
    try:
        os.makedirs(VAR, exist_ok=True)
        with open(os.path.join(VAR, "venv.lock"), "a"):
            pass
    except OSError as error:
        sys.exit(
            "The folder %s cannot be written (%s). It holds the Python environment; make it writable "
            "for this user, or copy the project to a folder that is." % (VAR, error.strerror)
        )


def stamp(requirements):
    """What the environment must have been made from."""
    digest = hashlib.sha256(VENV.encode())
    for name in requirements:
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def installed():
    """Stamps of what is completely installed, by requirement file."""
    try:
        with open(MARKER) as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}


def fresh(requirements):
    return installed().get(requirements[-1]) == stamp(requirements)


def usable():
    """Whether the environment's Python still finds its packages; the one behind it may have been replaced."""
    if not os.path.exists(PYTHON):
        return False
    return subprocess.call([PYTHON, "-c", "import pip"], stderr=subprocess.DEVNULL) == 0


def make(requirements):
    """Makes the environment, or brings an older one up to date; the marker is written last."""
    known = installed()
    if not (known and usable()):
        create()
        known = {}
    elif os.path.exists(MARKER):
        os.remove(MARKER)
    install(requirements)
    known.update((name, stamp(requirements[: index + 1])) for index, name in enumerate(requirements))
    with open(MARKER + ".new", "w") as file:
        json.dump(known, file)
    os.replace(MARKER + ".new", MARKER)


def create():
    say("Making the Python environment in var/venv (the first time takes a minute) ...")
    if importlib.util.find_spec("ensurepip") is None:
        install_venv_module()
    base = getattr(sys, "_base_executable", sys.executable)
    with open(LOG, "w") as log:
        code = subprocess.call([base, "-m", "venv", "--clear", VENV], stdout=log, stderr=log)
    if code:
        sys.exit("The Python environment could not be made:\n%s" % tail())


def install_venv_module():
    """Debian and Ubuntu keep a part of Python's venv module in a package of its own."""
    version = "%d.%d" % sys.version_info[:2]
    name = "python3-venv" if os.path.realpath("/usr/bin/python3").endswith(version) else "python" + version + "-venv"
    command = "apt-get install -y " + name
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit("Python's venv module is missing. Install it once:  sudo %s" % command)
    say("Installing %s ..." % name)
    steps = [["apt-get", "update", "-q"], command.split() + ["-q", "--no-install-recommends"]]
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    with open(LOG, "w") as log:
        codes = [subprocess.call(step, stdout=log, stderr=log, env=environment) for step in steps]
    if codes[-1]:
        sys.exit("%s failed:\n%s" % (command, tail()))
    importlib.invalidate_caches()


def install(requirements):
    """pip, its chatter in var/venv.log and one line of progress here."""
    command = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--prefer-binary"]
    command += ["--no-compile"]  # Python compiles what it really imports
    for name in requirements:
        command += ["-r", os.path.join(ROOT, name)]
    say("Installing packages (log: var/venv.log) ...")
    pipe = dict(stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    with open(LOG, "w") as log:
        with subprocess.Popen(command, universal_newlines=True, errors="replace", **pipe) as pip:
            for line in pip.stdout:
                log.write(line)
                show(line)
    show("")
    if pip.returncode:
        sys.exit("The packages could not be installed (is there a way to PyPI?):\n%s" % tail())


def show(line):
    """Rewrites the line of progress; only on a terminal."""
    step = re.match(r"(Collecting|Installing) (\S+)", line)
    if sys.stdout.isatty() and (step or not line):
        text = "  %s %s" % (step[1], step[2]) if step else ""
        sys.stdout.write("\r" + text.ljust(70)[:70] + ("" if step else "\r"))
        sys.stdout.flush()


def tail():
    with open(LOG, errors="replace") as log:
        return "".join("    " + line for line in log.readlines()[-15:])


def say(text):
    print(text, flush=True)
