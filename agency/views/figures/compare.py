"""Each client beside its own past and beside the agency's other clients, of whom nobody is named."""

from django.utils.translation import gettext as _

from agency import alphabet
from campaigns import benchmark, metrics

from ..sheets import Table
from .asked import Asked
from .effect import covered

MOST = 24


def told(asked: Asked) -> dict:
    days = int(asked.period.choice) if asked.period.choice in ("7", "28", "90") else 28
    found = benchmark.rows(asked.ids, days, asked.rate, asked.now)
    found.sort(key=lambda row: (row["rate"]["value"] is None, alphabet.key(asked.names[row["client_id"]])))
    highest = max((value for row in found for value in _values(row) if value is not None), default=0) or 1
    return {
        "days": days,
        "rows": [_row(asked, row, highest) for row in found[:MOST]],
        "left": max(0, len(found) - MOST),
        "tables": lambda: [_table(asked, found)],
        "filled_to": metrics.filled_to(asked.ids, asked.now),
        "definitions": _definitions(),
    }


def _values(row: dict) -> tuple:
    return row["rate"]["value"], row["own"]["median"], row["cohort"]["median"]


def _row(asked: Asked, row: dict, highest: float) -> dict:
    lengths = [None if value is None else round(value / highest * 100, 1) for value in _values(row)]
    named = dict(zip(("length", "own_length", "cohort_length"), lengths, strict=True))
    named |= {"name": asked.names[row["client_id"]], "covered": covered(row["rate"])}
    return row | named | {"below": -(row["own"]["points"] or 0)}


def _table(asked: Asked, found: list[dict]) -> Table:
    columns = [
        (_("Client"), "text"), (_("Rate"), "percent"), (_("Covered"), "text"), (_("Own median"), "percent"),
        (_("Against own"), "points"), (_("Others' median"), "percent"), (_("Against others"), "points"),
    ]  # fmt: skip
    rows = [
        (asked.names[row["client_id"]], row["rate"]["value"], covered(row["rate"]), row["own"]["median"],
         row["own"]["points"], row["cohort"]["median"], row["cohort"]["points"])
        for row in found
    ]  # fmt: skip
    return Table(_("Comparison"), columns, rows)


def _definitions() -> list[tuple[str, str]]:
    return [
        (_("Rate"), _("Of the last whole days of the client, today excluded: 7, 28 or 90; of other periods 28.")),
        (
            _("Own median"),
            _("The middle of the client's rates in the twelve periods of that length before; at least three."),
        ),
        (
            _("Others' median"),
            _("The middle of the agency's other clients, counted hourly and rounded; only where there are at least "
              "five others, so that nobody can be recognised."),
        ),
    ]  # fmt: skip
