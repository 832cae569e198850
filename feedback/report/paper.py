"""A report on paper: a tagged PDF (PDF/UA-1), the same bytes each time it is made of the same report."""

import json
import unicodedata
from pathlib import Path

import structlog
import typst
from django.core.files.storage import default_storage
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from feedback.models import Report

from . import told

TEMPLATE = Path(__file__).with_name("report.typ")
ORNAMENTS = ("So", "Sk", "Cf", "Cc", "Co", "Cn", "Cs")
KEPT = "©®°\u00ad"
log = structlog.get_logger(__name__)


def pdf(report: Report, language: str) -> bytes:
    """The report as it is now, in this language."""
    with translation.override(language):
        data = json.dumps(_plain(_data(report, language)))
    given = {"sys_inputs": {"data": data}, "timestamp": int(report.composed_at.timestamp())}
    try:
        return typst.compile(TEMPLATE.read_bytes(), pdf_standards=["ua-1"], ignore_system_fonts=True, **given)
    except typst.TypstError as error:
        # A script that our font lacks: the standard forbids to draw what is missing, the machine's fonts may help.
        log.warning("report_beyond_the_font", report_id=report.id, reason=str(error)[:200])
        return typst.compile(TEMPLATE.read_bytes(), **given)


def _plain(value):
    """Without ornaments that no text font has: emoji and what joins and colours them."""
    if isinstance(value, dict):
        return {name: one if name.endswith("_logo") else _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if not isinstance(value, str):
        return value
    return "".join(sign for sign in value if sign in KEPT or unicodedata.category(sign) not in ORNAMENTS)


def _data(report: Report, language: str) -> dict:
    document = report.document
    month = told.month(document)
    return {
        "language": language,
        "title": _("Report for %(month)s") % {"month": month},
        "subtitle": f"{document['client']} · {told.day(document['low'])} – {told.day(document['high'])}",
        "agency": document["agency"],
        "client": document["client"],
        "agency_logo": _logo(report.client.agency.logo),
        "client_logo": _logo(report.client.logo),
        "comment": [one for one in report.comment.splitlines() if one.strip()],
        "signed": report.releaser.name if report.releaser else "",
        "footer": _("%(agency)s for %(client)s · %(month)s · made on %(day)s") % {
            "agency": document["agency"], "client": document["client"], "month": month,
            "day": date_format(report.composed_at, "SHORT_DATE_FORMAT"),
        },
        "sections": [_section(one) for one in told.sections(document)],
    }  # fmt: skip


def _section(section: told.Section) -> dict:
    return {
        "title": section.title,
        "said": [str(one) for one in section.said],
        "tiles": [{"name": one.name, "value": str(one.now), "under": _under(one)} for one in section.tiles],
        "charts": [
            {"title": one.title, "values": one.values, "summary": str(one.summary),
             "first": told.day(one.days[0]), "last": told.day(one.days[-1])}
            for one in section.charts
        ],
        "tables": [
            {"title": one.title, "columns": one.columns, "numbers": one.numbers, "shares": one.shares, "wide": one.wide,
             "rows": [[str(cell) for cell in row] for row in one.rows]}
            for one in section.tables
        ],
    }  # fmt: skip


def _under(tile: told.Tile) -> str:
    if tile.before is None:
        return ""
    if tile.hint:
        return f"{tile.hint}: {tile.before}"
    before = _("before: %(value)s") % {"value": tile.before}
    return f"{before} ({tile.change})" if tile.change else before


def _logo(path: str) -> list[int] | None:
    if not path or not default_storage.exists(path):
        return None
    with default_storage.open(path) as file:
        return list(file.read())
