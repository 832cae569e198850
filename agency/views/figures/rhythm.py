"""How often each channel speaks, against what was agreed."""

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agency import alphabet
from campaigns import rhythm
from campaigns.cadence import AT_RISK, OK, SILENT

from ..sheets import Table
from .asked import Asked
from .tiles import Tile

ORDER = {SILENT: 0, AT_RISK: 1, OK: 2}
STATES = {SILENT: gettext_lazy("silent"), AT_RISK: gettext_lazy("at risk"), OK: gettext_lazy("fine")}
MOST = 50


def told(asked: Asked) -> dict:
    found = sorted(asked.told(rhythm.rhythms, asked.now), key=_place)
    count = {state: sum(row.standing.state == state for row in found) for state in ORDER}
    promised = sum(1 for row in found if row.least)
    return {
        "rows": [_row(row) for row in found[:MOST]],
        "left": max(0, len(found) - MOST),
        "tiles": [
            Tile(_("Channels"), str(len(found)), hint=_("%(n)s with an agreed rhythm") % {"n": promised}),
            Tile(_("Silent"), str(count[SILENT]), tone="bad" if count[SILENT] else "good"),
            Tile(_("At risk"), str(count[AT_RISK]), hint=_("a gap begins within five days")),
            Tile(_("Posts this week"), str(sum(row.sent for row in found)),
                 hint=_("%(n)s still to come") % {"n": sum(row.planned for row in found)}),
        ],
        "tables": lambda: [_table(found)],
        "definitions": _definitions(),
    }  # fmt: skip


def _place(row: rhythm.Rhythm) -> tuple:
    return ORDER[row.standing.state], not row.least, alphabet.key(row.client.name), alphabet.key(row.channel.name)


def _row(row: rhythm.Rhythm) -> dict:
    return {
        "row": row,
        "state": row.standing.state,
        "word": STATES[row.standing.state],
        "agreed": agreed(row),
        "gap": gap(row),
    }


def agreed(row: rhythm.Rhythm) -> str:
    if row.most is not None:
        return _("%(least)s to %(most)s a week") % {"least": row.least, "most": row.most}
    return _("at least %(least)s a week") % {"least": row.least} if row.least else _("nothing agreed")


def gap(row: rhythm.Rhythm) -> str:
    """The silence that is on or comes next, in words."""
    if row.standing.gap is None:
        return ""
    first, last = row.standing.gap
    days = {"from": formats.date_format(first, "SHORT_DATE_FORMAT")}
    if last is None:
        return _("from %(from)s on, nothing is planned") % days
    return _("%(from)s to %(to)s") % (days | {"to": formats.date_format(last, "SHORT_DATE_FORMAT")})


def _table(found: list[rhythm.Rhythm]) -> Table:
    columns = [
        (_("Client"), "text"), (_("Channel"), "text"), (_("State"), "text"), (_("Agreed"), "text"),
        (_("Last post"), "day"), (_("Days since"), "number"), (_("This week"), "number"),
        (_("Still to come"), "number"), (_("Next gap"), "text"),
    ]  # fmt: skip
    rows = [
        (row.client.name, row.channel.name, STATES[row.standing.state], agreed(row), row.last_on,
         row.standing.days_since, row.sent, row.planned, gap(row))
        for row in found
    ]  # fmt: skip
    return Table(_("Rhythm"), columns, rows)


def _definitions() -> list[tuple[str, str]]:
    return [
        (_("Silent"), _("The last post is longer ago than the agreed number a week allows.")),
        (_("At risk"), _("By what is planned a silence begins within the next five days.")),
        (_("Next gap"), _("The days without a post that are on now or come next, by what is planned.")),
        (_("This week"), _("Posts since Monday, in the client's time zone. The chosen period does not count here.")),
    ]
