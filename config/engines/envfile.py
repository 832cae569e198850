"""How settings and secrets are kept: KEY=VALUE lines in a file that only its owner reads."""

import os
from pathlib import Path

from .errors import EngineError


def read(path: Path) -> dict[str, str]:
    """The pairs of the file, empty when there is none.

    Raises EngineError when the file belongs to somebody else.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except PermissionError as error:
        raise EngineError(f"{path} cannot be read: the data folder was made by another user.") from error
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {key.strip(): value.strip() for key, _, value in pairs}


def write(path: Path, pairs: dict[str, str]) -> None:
    """Replaces the file in one step."""
    write_private(path, "".join(f"{key}={value}\n" for key, value in pairs.items()))


def write_private(path: Path, text: str) -> None:
    """Replaces a file in one step; mode 0600 from the first byte."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)


def keep(path: Path, **makers) -> dict[str, str]:
    """Pairs of the file, after adding what is missing: each keyword is the maker of one value."""
    pairs = read(path)
    missing = {key: str(make()) for key, make in makers.items() if not pairs.get(key)}
    if missing:
        write(path, pairs | missing)
    return pairs | missing


def change(path: Path, **values) -> None:
    """Sets values in the file; it is left alone when nothing differs."""
    pairs = read(path)
    wanted = pairs | {key: str(value) for key, value in values.items()}
    if wanted != pairs:
        write(path, wanted)
