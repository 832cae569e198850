"""Rows as files: lines of CSV or JSON that can be appended to, and a workbook made from such lines."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import xlsxwriter

BOM, FORMULAS = "\ufeff", ("=", "+", "-", "@", "\t", "\r")
SHEET_ROWS = 1_048_576  # of Excel, the header included
CELL = 32_767  # characters that Excel takes
Columns = Sequence[tuple[str, str]]


def csv_head(columns: Columns, language: str) -> bytes:
    """German files begin with a byte order mark, by which Excel knows UTF-8."""
    return ((BOM if language == "de" else "") + line([name for name, _ in columns], language)).encode()


def csv_lines(columns: Columns, rows: Iterable[Sequence], language: str, zone: ZoneInfo) -> bytes:
    """German: semicolons, decimal commas, local times as 27.03.2026 15:45:00; English: commas, points, ISO 8601."""
    write = _german if language == "de" else _english
    return "".join(
        line([write(value, unit, zone) for value, (_, unit) in zip(row, columns, strict=True)], language)
        for row in rows
    ).encode("utf-8", "replace")


def json_lines(columns: Columns, rows: Iterable[Sequence], zone: ZoneInfo) -> bytes:
    """An object a line; instants in UTC."""
    names = [name for name, _ in columns]
    lines = (json.dumps(dict(zip(names, map(_plain, row), strict=True)), ensure_ascii=False) + "\n" for row in rows)
    return "".join(lines).encode("utf-8", "replace")


def workbook(
    target: str, lines: Iterable[bytes], columns: Columns, title: str, zone: ZoneInfo, beat: Callable[[], object],
    sheet_rows: int = SHEET_ROWS,
) -> None:  # fmt: skip
    """The lines of `json_lines` as a workbook, a new sheet wherever one is full; keeps one row in memory.

    Texts are cut at Excel's 32,767 characters; times are those of the zone. `beat` is called every so many rows.
    """
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
               "strings_to_numbers": False}  # fmt: skip
    with xlsxwriter.Workbook(target, options) as book:
        styles = {
            "moment": book.add_format({"num_format": "dd.mm.yyyy hh:mm:ss"}),
            "day": book.add_format({"num_format": "dd.mm.yyyy"}),
            "decimal": book.add_format({"num_format": "0.0000"}),
            "head": book.add_format({"bold": True}),
        }
        sheet = _sheet(book, columns, title, 1, styles)
        number, sheets = 1, 1
        for place, line in enumerate(lines):
            if number == sheet_rows:
                number, sheets = 1, sheets + 1
                sheet = _sheet(book, columns, title, sheets, styles)
            for column, (value, (_, unit)) in enumerate(zip(json.loads(line).values(), columns, strict=True)):
                _write(sheet, number, column, value, unit, styles, zone)
            number += 1
            if place % 10_000 == 0:
                beat()


def _sheet(book, columns: Columns, title: str, number: int, styles: dict):
    sheet = book.add_worksheet(f"{title[:25]} {number}")
    sheet.freeze_panes(1, 0)
    for column, (name, unit) in enumerate(columns):
        sheet.set_column(column, column, 40 if name == "text" else 20 if unit == "moment" else 14)
        sheet.write_string(0, column, name, styles["head"])
    return sheet


def _write(sheet, number: int, column: int, value, unit: str, styles: dict, zone: ZoneInfo) -> None:
    if value is None or value == "":
        return
    if unit == "moment":
        local = datetime.fromisoformat(value).astimezone(zone).replace(tzinfo=None, microsecond=0)
        sheet.write_datetime(number, column, local, styles[unit])
    elif unit == "day":
        sheet.write_datetime(number, column, datetime.fromisoformat(value), styles[unit])
    elif unit == "flag":
        sheet.write_boolean(number, column, value)
    elif unit == "text":
        sheet.write_string(number, column, value[:CELL])
    else:
        sheet.write_number(number, column, value, styles.get(unit))


def line(cells: Sequence[str], language: str) -> str:
    """One line of a CSV file, with its end."""
    out = io.StringIO()
    csv.writer(out, delimiter=";" if language == "de" else ",", lineterminator="\r\n").writerow(cells)
    return out.getvalue()


def _german(value, unit: str, zone: ZoneInfo) -> str:
    if value is None:
        return ""
    if unit == "moment":
        return f"{value.astimezone(zone):%d.%m.%Y %H:%M:%S}"
    if unit == "day":
        return f"{value:%d.%m.%Y}"
    if unit == "flag":
        return "ja" if value else "nein"
    return str(value).replace(".", ",") if unit == "decimal" else _english(value, unit, zone)


def _english(value, unit: str, zone: ZoneInfo) -> str:
    if value is None:
        return ""
    if unit == "moment":
        return value.astimezone(zone).isoformat(timespec="seconds")
    if unit == "day":
        return value.isoformat()
    if unit == "flag":
        return "yes" if value else "no"
    return defused(str(value)) if unit == "text" else str(value)


def defused(cell: str) -> str:
    """The cell so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if cell.startswith(FORMULAS) else cell


def _plain(value):
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value
