"""Of which kinds the posts were, and at which hours they did best."""

from django.utils.translation import gettext as _

from agency.templatetags.charts import Bar, Heat
from agency.templatetags.charts import told as shown
from campaigns import metrics, mix, rhythm, timing

from ..sheets import Table
from . import words
from .asked import Asked

MOST = 4  # clients side by side
HOURS = (7, 21)  # always shown


def told(asked: Asked) -> dict:
    found = rhythm.mixes(asked.chosen[:MOST], asked.now)
    times = {
        row["client_id"]: row
        for row in timing.rows(asked.ids[:MOST], asked.period.low, asked.period.high, asked.rate, asked.now)
    }
    clients = [
        {
            "client": client,
            "mix": _bars(*found[client.id]),
            "total": sum(found[client.id][0].values()),
            "targets": bool(found[client.id][1]),
            "next": words.KINDS.get(mix.following(*found[client.id])),
            "heat": _heat(client.slug, times[client.id]),
            "best": _best(times[client.id]),
            "kinds": times[client.id]["kinds"],
        }
        for client in asked.chosen[:MOST]
    ]
    kinds = _kinds_table(asked, times)
    return {
        "shown": clients,
        "kinds": kinds,
        "left": max(0, len(asked.chosen) - MOST),
        "tables": lambda: [_mix_table(asked, found), kinds, _times_table(asked, times)],
        "filled_to": metrics.filled_to(asked.ids, asked.now),
        "definitions": _definitions(),
    }


def _bars(counts: dict[str, int], targets: dict[str, int]) -> list[Bar]:
    total = sum(counts.values())
    rows = []
    for kind, name in words.KINDS.items():
        share, target = mix.share(counts.get(kind, 0), total) or 0, targets.get(kind)
        note = _("target %(target)s %%") % {"target": target} if target is not None else ""
        text = f"{counts.get(kind, 0)} · {shown(share / 100, 'percent')}"
        rows.append(Bar(name, share / 100, text, None if target is None else target / 100, note))
    return rows


def _heat(slug: str, row: dict) -> Heat:
    by = row["best_by"] or "rate"
    days = list(words.WEEKDAYS)
    cells = {
        (days.index(cell["weekday"]), cell["hour"]): (cell[by], _cell(cell))
        for cell in row["cells"]
        if cell[by] is not None
    }
    hours = [hour for _day, hour in cells]
    columns = range(min([HOURS[0], *hours]), max([HOURS[1], *hours]) + 1)
    best = [(days.index(one["weekday"]), one["hour"]) for one in row["best"]]
    return Heat(f"heat-{slug}", _("Weekday and hour"), list(words.WEEKDAYS.values()), columns, cells, best)


def _cell(cell: dict) -> str:
    said = {
        "day": words.LONG_WEEKDAYS[cell["weekday"]], "hour": cell["hour"], "n": cell["n"],
        "rate": shown(cell["rate"], "percent"), "engagement": shown(cell["engagement"], "number"),
    }  # fmt: skip
    return _("%(day)s, %(hour)s h: %(n)s posts, rate %(rate)s, engagement %(engagement)s (medians)") % said


def _best(row: dict) -> list[str]:
    return [
        _("%(day)s, %(hour)s h") % {"day": words.LONG_WEEKDAYS[one["weekday"]], "hour": one["hour"]}
        for one in row["best"]
    ]


def _mix_table(asked: Asked, found: dict) -> Table:
    columns = [
        (_("Client"), "text"), (_("Kind"), "text"), (_("Posts"), "number"), (_("Share"), "percent"),
        (_("Target"), "percent"),
    ]  # fmt: skip
    rows = [
        (asked.names[id], name, counts.get(kind, 0), counts.get(kind, 0) / total if (total := sum(counts.values()))
         else None, None if targets.get(kind) is None else targets[kind] / 100)
        for id, (counts, targets) in found.items()
        for kind, name in words.KINDS.items()
    ]  # fmt: skip
    return Table(_("Mix of posts, last 28 days"), columns, rows)


def _kinds_table(asked: Asked, times: dict) -> Table:
    columns = [
        (_("Client"), "text"), (_("Kind"), "text"), (_("Posts"), "number"), (_("Median engagement"), "number"),
        (_("Rate"), "percent"), (_("Median rate"), "percent"),
    ]  # fmt: skip
    rows = [
        (asked.names[id], words.KINDS.get(one["kind"], one["kind"]), one["n"], one["engagement"], one["rate"]["value"],
         one["median_rate"])
        for id, row in times.items() for one in row["kinds"]
    ]  # fmt: skip
    return Table(_("What works by kind"), columns, rows)


def _times_table(asked: Asked, times: dict) -> Table:
    columns = [
        (_("Client"), "text"), (_("Weekday"), "text"), (_("Hour"), "number"), (_("Posts"), "number"),
        (_("Median rate"), "percent"), (_("Median engagement"), "number"),
    ]  # fmt: skip
    rows = [
        (asked.names[id], words.LONG_WEEKDAYS[cell["weekday"]], cell["hour"], cell["n"], cell["rate"],
         cell["engagement"])
        for id, row in times.items() for cell in row["cells"]
    ]  # fmt: skip
    return Table(_("Best times"), columns, rows)


def _definitions() -> list[tuple[str, str]]:
    return [
        (_("Mix of posts"), _("Kinds of the posts that went out in the last 28 local days. The mark is the target.")),
        (
            _("Best times"),
            _("Median over the posts of an hour, by the client's local time; only hours with at least three posts "
              "that went out in the period and are two days old."),
        ),
        (_("Rate"), _("Engagement divided by the chosen counter, over the posts that have it.")),
    ]  # fmt: skip
