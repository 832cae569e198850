"""Tables of figures as people open them: on a page, as a CSV file in their language, as an Excel workbook."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import xlsxwriter
from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from clients import access
from feedback.tables import BOM, defused, line

POINTS = {"de": ",", "en": "."}
FORMATS = {"number": "#,##0", "decimal": "#,##0.0", "percent": "0.0%", "points": "0.0", "length": "[h]:mm:ss"} | {
    "money": '#,##0.00 "€"'
}
LOCAL_DAY = 14  # Excel's own short date, which follows its reader's country
NAME = 31  # signs of a sheet's name, as Excel allows
PARTS = {"length": 86_400, "money": 100}  # of what a workbook counts in


@dataclass(frozen=True)
class Table:
    """`columns` are (name, unit): text, day, number, decimal, percent (0 to 1), points, length (seconds) or money
    (cents); with the unit each, the cells are (value, unit).

    `rows` hold plain values, None where there is none.
    """

    title: str
    columns: Sequence[tuple[str, str]]
    rows: Sequence[Sequence]


def answer(tables: Iterable[Table], form: str, name: str) -> HttpResponse:
    """The tables as a file of this form and name. Raises access.NotFound for an unknown form."""
    if form not in FORMS:
        raise access.NotFound("There is no such file.")
    kind, made = FORMS[form]
    found = HttpResponse(made(tables), content_type=kind)
    found["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return found


def as_csv(tables: Iterable[Table]) -> bytes:
    """One table below the other, after a byte order mark. German: semicolons, decimal commas, dates as 27.03.2026;
    English: commas, points, ISO 8601. Cells that look like formulas are defused; lengths are in minutes."""
    lines, language = [], get_language()
    for place, table in enumerate(tables):
        if place:
            lines.append([])
        lines.append([_plain(table.title)])
        lines.append([_plain(_headed(name, unit)) for name, unit in table.columns])
        for row in table.rows:
            cells = zip(row, table.columns, strict=True)
            lines.append([_cell(value, unit, language) for value, (_, unit) in cells])
    return (BOM + "".join(line(cells, language) for cells in lines)).encode()


def as_xlsx(tables: Iterable[Table]) -> bytes:
    """A sheet for each table, with numbers that can be counted on."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        bold = book.add_format({"bold": True})
        styles = {unit: book.add_format({"num_format": form}) for unit, form in FORMATS.items()}
        styles["day"] = book.add_format({"num_format": LOCAL_DAY})
        for place, table in enumerate(tables, 1):
            sheet = book.add_worksheet(_sheet_name(table.title, place))
            sheet.freeze_panes(1, 1)
            for column, (name, unit) in enumerate(table.columns):
                sheet.write_string(0, column, f"{name} ({_('points')})" if unit == "points" else str(name), bold)
                sheet.set_column(column, column, 28 if column == 0 else 16)
            for number, row in enumerate(table.rows, 1):
                for column, value in enumerate(row):
                    _write(sheet, number, column, value, table.columns[column][1], styles)
    return out.getvalue()


def _write(sheet, number: int, column: int, value, unit: str, styles: dict) -> None:
    if unit == "each":
        value, unit = value
    if value is None:
        return
    if unit == "text":
        sheet.write_string(number, column, str(value))
    elif unit == "day":
        sheet.write_datetime(number, column, value, styles[unit])
    else:
        sheet.write_number(number, column, value / PARTS.get(unit, 1), styles[unit])


def _headed(name: str, unit: str) -> str:
    more = {"percent": "%", "length": _("minutes"), "points": _("points")}.get(unit)
    return f"{name} ({more})" if more else str(name)


def _cell(value, unit: str, language: str) -> str:
    if unit == "each":
        value, unit = value
    if value is None:
        return ""
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}" if language == "de" else value.isoformat()
    if unit == "text":
        return _plain(value)
    if unit == "number":
        return str(int(value))
    if unit == "money":
        return f"{value / 100:.2f}".replace(".", POINTS[language])
    scaled = {"percent": value * 100, "length": value / 60}.get(unit, value)
    return f"{scaled:.1f}".replace(".", POINTS[language])


def _plain(text) -> str:
    """Text that no spreadsheet takes for a formula."""
    return defused(str(text))


def _sheet_name(title: str, place: int) -> str:
    return f"{place} " + "".join(sign for sign in str(title) if sign not in "[]:*?/\\'")[: NAME - 3]


FORMS = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_xlsx),
}
