"""Reads a file of posts: one post a line, with commas or semicolons, in UTF-8."""

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from clients.refusal import Refused

NEEDED = ("kind", "text", "channels")
COLUMNS = (*NEEDED, "publish_at", "local_time", "campaign", "title", "link", "tags", "evergreen", "ref")
LISTS = ("channels", "tags")
MOST, LONGEST_REF = 1_000, 80
FLAGS = {"": False, "false": False, "no": False, "nein": False, "0": False} | dict.fromkeys(
    ("true", "yes", "ja", "1"), True
)
_GERMAN = re.compile(r"(\d\d?)\.(\d\d?)\.(\d{4})[ T](\d\d?):(\d\d)(?::00)?(?: Uhr)?")
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(?::00)?")


@dataclass(frozen=True, slots=True)
class Line:
    """`number` of the line in the file, counted from 1; `values` as the API takes them, or what is `wrong`."""

    number: int
    ref: str = ""
    values: dict | None = None
    wrong: tuple[str, str] = ("", "")


def read(source: bytes) -> list[Line]:
    """Every line after the header. Raises Refused for a file without our columns or with too many lines."""
    rows = csv.reader(io.StringIO(source.decode("utf-8-sig", "surrogateescape"), newline=""), delimiter=_comma(source))
    header = _header(rows)
    found = list(_lines(rows, header))
    if len(found) > MOST:
        raise Refused("csv", f"must have at most {MOST} lines, not {len(found)}", "too_large")
    return found


def _comma(source: bytes) -> str:
    first = source.split(b"\n", 1)[0]
    return ";" if first.count(b";") > first.count(b",") else ","


def _header(rows) -> list[str]:
    try:
        header = [name.strip().lower() for name in next(rows, [])]
    except csv.Error as error:
        raise Refused("csv", f"can't be read: {error}") from None
    if missing := [name for name in NEEDED if name not in header]:
        raise Refused("csv", f"the first line must name the columns; missing: {', '.join(missing)}")
    if strange := [name for name in header if name not in COLUMNS]:
        raise Refused("csv", f"unknown column {ascii(strange[0][:40])}; known are {', '.join(COLUMNS)}")
    if len(set(header)) < len(header):
        raise Refused("csv", "names a column twice")
    return header


def _lines(rows, header: list[str]) -> Iterator[Line]:
    while True:
        number = rows.line_num + 1
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield Line(number, wrong=("line", f"can't be read: {error}"))
            continue
        if any(cell.strip() for cell in cells):
            yield _line(number, header, cells)


def _line(number: int, header: list[str], cells: list[str]) -> Line:
    if len(cells) != len(header):
        return Line(number, wrong=("line", f"has {len(cells)} cells, the header {len(header)}"))
    row = {name: cell if name == "text" else cell.strip() for name, cell in zip(header, cells, strict=True)}
    ref = row.pop("ref", "") or _hash(row)
    if len(ref) > LONGEST_REF or not ref.isprintable():
        return Line(number, wrong=("ref", f"must have at most {LONGEST_REF} characters, all of them printable"))
    flag = row.pop("evergreen", "").lower()
    if flag not in FLAGS:
        return Line(number, ref, wrong=("evergreen", "must be true or false"))
    values: dict = {name: cell for name, cell in row.items() if cell and name not in LISTS}
    values |= {name: [part.strip() for part in row.get(name, "").split("|") if part.strip()] for name in LISTS}
    if "local_time" in values:
        values["local_time"] = _local(values["local_time"])
    return Line(number, ref, values | {"evergreen": FLAGS[flag]})


def _hash(row: dict) -> str:
    """The same for the same line, in whatever order its columns are."""
    said = "\0".join(f"{name}={row[name]}" for name in sorted(row) if row[name])
    return "line:" + hashlib.sha256(said.encode("utf-8", "surrogateescape")).hexdigest()[:64]


def _local(text: str) -> str:
    """The wall time as the API takes it; what is none stays, to be refused with all else."""
    if found := _GERMAN.fullmatch(text):
        day, month, year, hour, minute = found.groups()
        return f"{year}-{month:0>2}-{day:0>2}T{hour:0>2}:{minute}"
    found = _ISO.fullmatch(text)
    return f"{found[1]}T{found[2]}" if found else text
