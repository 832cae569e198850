"""Which bytes count as JSON here: UTF-8, storable numbers, text without NUL and half characters, not too deep."""

import json
import math
import re
from collections.abc import Iterator
from typing import NamedTuple

DEEPEST = 32
LARGEST = 2**63 - 1
MOST_FAULTS = 50

_HALF = re.compile("[\ud800-\udfff]")
# Only escapes can bring in a NUL or half of a surrogate pair: raw ones are no JSON or no UTF-8.
_SUSPICIOUS = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_PLAIN = re.compile(r"[\w@$-]{1,60}")


class Unreadable(ValueError):
    """The bytes are not such JSON; `errors` lists (field, message), empty where no field can be named."""

    def __init__(self, message: str, errors: list[tuple[str, str]] | None = None):
        super().__init__(message)
        self.errors = errors or []


class _Bad(NamedTuple):
    message: str


def loads(raw: bytes) -> object:
    """The document; of equal keys the last one counts. Raises Unreadable."""
    reader = _Reader()
    try:
        document = json.loads(
            raw.decode("utf-8-sig"), parse_int=reader.int, parse_float=reader.float, parse_constant=reader.constant
        )
    except UnicodeDecodeError as error:
        raise Unreadable(f"The body is not UTF-8 (byte {error.start}).") from None
    except json.JSONDecodeError as error:
        raise Unreadable(f"The body is not JSON: {error.msg} (line {error.lineno}, column {error.colno}).") from None
    except RecursionError:
        raise Unreadable(_TOO_DEEP) from None
    if _too_deep(document, DEEPEST):
        raise Unreadable(_TOO_DEEP)
    if reader.suspicious or _SUSPICIOUS.search(raw):
        _refuse_faults(document)
    return document


def path(parent: str, key: object) -> str:
    """`parent` with one step more: `items[3].text`; a key that is no plain word is quoted."""
    if isinstance(key, int):
        return f"{parent}[{key}]"
    name = key if _PLAIN.fullmatch(key) else ascii(key[:40])
    return f"{parent}.{name}" if parent else name


_TOO_DEEP = f"The body is nested deeper than {DEEPEST} levels."


class _Reader:
    """Replaces numbers that can't be stored by their fault; the place is found later, when there is one."""

    suspicious = False

    def bad(self, message: str) -> _Bad:
        self.suspicious = True
        return _Bad(message)

    def int(self, text: str) -> object:
        if len(text) > 20 or abs(int(text)) > LARGEST:
            return self.bad("the number is too large")
        return int(text)

    def float(self, text: str) -> object:
        number = float(text)
        return number if math.isfinite(number) else self.bad("the number is too large")

    def constant(self, name: str) -> object:
        return self.bad(f"{name} is not JSON")


def _too_deep(value: object, left: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    if left == 0:
        return True
    inner = value.values() if isinstance(value, dict) else value
    return any(_too_deep(child, left - 1) for child in inner if type(child) in (dict, list))


def _refuse_faults(document: object) -> None:
    errors = []
    for error in _faults(document, ""):
        errors.append(error)
        if len(errors) == MOST_FAULTS:
            break
    if errors:
        raise Unreadable("The body holds values that can't be stored.", errors)


def _faults(value: object, at: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, _Bad):
        yield at, value.message
    elif isinstance(value, str):
        yield from ((at, message) for message in _text_faults(value))
    elif isinstance(value, dict):
        for key, child in value.items():
            yield from ((path(at, key), f"the name {message}") for message in _text_faults(key))
            yield from _faults(child, path(at, key))
    elif isinstance(value, list):
        for place, child in enumerate(value):
            yield from _faults(child, path(at, place))


def _text_faults(text: str) -> Iterator[str]:
    if "\0" in text:
        yield "holds a NUL character"
    if _HALF.search(text):
        yield "holds half of a surrogate pair"
