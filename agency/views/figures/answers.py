"""How fast customers are answered, and how fast the clients answer us."""

from django.utils.translation import gettext as _

from agency.templatetags.charts import Chart, Series
from campaigns import reverse
from feedback import metrics, overview

from ..sheets import Table
from . import words
from .asked import Asked
from .tiles import tile


def told(asked: Asked) -> dict:
    found = asked.summed(overview.answers, asked.period.low, asked.period.high, asked.now, asked.basis)
    now, before = found["now"], found["before"]["total"][None]
    total = now["total"][None]
    taken = _taken(asked)
    apart = [_by_channel(asked, now["channel"]), _by_sentiment(now["sentiment"])]
    if asked.many:
        apart.append(_by_client(asked, now["client"]))
    clocks = _clocks(total, before)
    return {
        "tiles": _tiles(total, before),
        "charts": _charts(asked, now["day"], found["before"]["day"]),
        "clocks": clocks,
        "apart": apart,
        "taken": taken,
        "tables": lambda: [clocks, _by_day(asked, now["day"]), *apart, taken],
        "filled_to": metrics.filled_to(asked.ids, asked.now),
        "definitions": _definitions(),
    }


def _tiles(now: dict, before: dict) -> list:
    first, first_before = now["first"], before["first"]
    hint = _("%(met)s of %(due)s promises kept") % {
        "met": now["met"], "due": now["met"] + now["breached"] + now["overdue"],
    }  # fmt: skip
    return [
        tile(_("Answered in time"), now["share_met"], before["share_met"], "percent", better=1, hint=hint),
        tile(
            _("First answer, median"), first["median"], first_before["median"], "length", better=-1,
            hint=_("half are faster"),
        ),
        tile(
            _("First answer, 90 %"), first["p90"], first_before["p90"], "length", better=-1,
            hint=_("nine in ten are faster"),
        ),
        tile(_("Messages received"), now["received"], before["received"]),
        tile(_("Still open"), now["open"], None, hint=_("of %(n)s turns") % {"n": now["n"]}),
        tile(_("Overdue now"), now["overdue"], None),
    ]  # fmt: skip


def _charts(asked: Asked, now: dict, before: dict) -> list[Chart]:
    days = asked.period.days
    back = asked.period.low - asked.period.before[0]

    def first(name):
        return [now[day]["first"][name] if day in now else None for day in days]

    received = [now[day]["received"] if day in now else 0 for day in days]
    earlier = [before[day]["received"] if day in before else 0 for day in (one - back for one in days)]
    return [
        Chart(
            "first", _("First answer by day"), days,
            [Series(_("Median"), first("median")), Series(_("90 % within"), first("p90"))], "length",
            _("By the day of the customer's message; days without an answer have no point."),
        ),
        Chart(
            "received", _("Messages by day"), days,
            [Series(_("Received"), received, "bars"), Series(_("Period before"), earlier, "before")],
        ),
    ]  # fmt: skip


def _clocks(now: dict, before: dict) -> Table:
    columns = [
        (_("Promise"), "text"), (_("Counted"), "number"), (_("Answered"), "number"), (_("Median"), "length"),
        (_("Median before"), "length"), (_("90 % within"), "length"), (_("In time"), "percent"),
        (_("In time before"), "percent"), (_("Open"), "number"), (_("Overdue"), "number"),
    ]  # fmt: skip
    rows = [
        (name, now[clock]["n"], now[clock]["answered"], now[clock]["median"], before[clock]["median"],
         now[clock]["p90"], now[clock]["share_met"], before[clock]["share_met"], now[clock]["open"],
         now[clock]["overdue"])
        for clock, name in words.CLOCKS.items()
    ]  # fmt: skip
    return Table(_("Response times"), columns, rows)


def _apart(title: str, column: str, rows: list[tuple[str, dict]]) -> Table:
    """First answers, and the promises of both kinds of answer."""
    columns = [
        (column, "text"), (_("Received"), "number"), (_("Answered"), "number"), (_("Median"), "length"),
        (_("90 % within"), "length"), (_("In time"), "percent"), (_("Open"), "number"), (_("Overdue"), "number"),
    ]  # fmt: skip
    told = [
        (name, row["received"], row["answered"], row["first"]["median"], row["first"]["p90"], row["share_met"],
         row["open"], row["overdue"])
        for name, row in rows
    ]  # fmt: skip
    return Table(title, columns, told)


def _by_day(asked: Asked, rows: dict) -> Table:
    table = _apart(_("By day"), _("Day"), [(day, rows[day]) for day in asked.period.days if day in rows])
    return Table(table.title, [(_("Day"), "day"), *table.columns[1:]], table.rows)


def _by_channel(asked: Asked, rows: dict) -> Table:
    named = [(words.channel(key, not asked.many), row) for key, row in rows.items()]
    return _apart(_("By channel"), _("Channel"), sorted(named, key=lambda one: -one[1]["received"]))


def _by_sentiment(rows: dict) -> Table:
    named = [(words.SENTIMENTS.get(key, key), row) for key, row in rows.items()]
    return _apart(_("By sentiment"), _("Sentiment"), sorted(named, key=lambda one: -one[1]["received"]))


def _by_client(asked: Asked, rows: dict) -> Table:
    known = [(asked.names[id], rows[id]) for id in asked.ids if id in rows]
    known.sort(key=lambda one: (one[1]["share_met"] is None, one[1]["share_met"] or 0))
    return _apart(_("By client"), _("Client"), known)


def _taken(asked: Asked) -> Table:
    """How long the clients took when we asked them."""
    found = asked.summed(reverse.report, asked.period.low, asked.period.high, asked.now)
    columns = [
        (_("Client"), "text"), (_("What we asked"), "text"), (_("Asked"), "number"), (_("Answered"), "number"),
        (_("Open"), "number"), (_("Overdue"), "number"), (_("Median"), "length"), (_("90 % within"), "length"),
    ]  # fmt: skip
    what = {"questions": _("Questions"), "approvals": _("Approvals")}
    rows = [
        (asked.names[id], what[of], row["n"], row["answered"], row["open"], row["overdue"],
         row[asked.basis]["median"], row[asked.basis]["p90"])
        for (id, of), row in found.items() if row["n"]
    ]  # fmt: skip
    return Table(_("How long the client takes"), columns, sorted(rows, key=lambda row: (-row[5], -row[4], row[0])))


def _definitions() -> list[tuple[str, str]]:
    return [
        (_("First answer"), _("From a customer's first message to the first public answer of a person.")),
        (_("Next answer"), _("From a later unanswered message of a customer to the next answer.")),
        (_("Solution"), _("From the beginning of a conversation to its end.")),
        (_("In time"), _("Promises kept among those due in the period. Open and overdue ones count as broken.")),
        (_("Median and 90 %"), _("Values that were really observed: half and nine in ten answers were as fast.")),
        (_("Business time"), _("Counts only the client's opening hours, without pauses. Wall time counts every hour.")),
        (_("Period"), _("A time belongs to the local day of the message, a promise to the day on which it was due.")),
        (_("How long the client takes"), _("From our question or request for approval until the client decided.")),
    ]
