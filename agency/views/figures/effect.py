"""What the posts did: how far they went, who reacted, and whether they led home."""

from django.utils.translation import gettext as _

from agency.templatetags.charts import Chart, Series
from campaigns import home, metrics, overview

from ..sheets import Table
from . import words
from .asked import Asked
from .tiles import Tile, tile

PARTS = ("reactions", "comments", "shares")


def told(asked: Asked) -> dict:
    low, high = asked.period.low, asked.period.high
    found = asked.summed(overview.posts, low, high, asked.rate)
    days = asked.summed(overview.days, low, high)
    homes = asked.summed(home.shares, low, high)
    now, before = found["now"]["total"][None], found["before"]["total"][None]
    counters, led = _counters(now, before), _home(asked, homes)
    apart = [_apart(_("By channel"), _("Channel"), _channels(asked, found["now"]["channel"]))]
    if asked.many:
        named = [(asked.names[id], row) for id, row in found["now"]["client"].items()]
        apart.append(_apart(_("By client"), _("Client"), named))
    return {
        "tiles": _tiles(asked, now, before, homes),
        "charts": _charts(asked, days),
        "counters": counters,
        "apart": apart,
        "home": led,
        "tables": lambda: [counters, _by_day(asked, days), *apart, led],
        "filled_to": metrics.filled_to(asked.ids, asked.now),
        "definitions": _definitions(),
    }


def _tiles(asked: Asked, now: dict, before: dict, homes: list[dict]) -> list[Tile]:
    posts, led = sum(row["posts"] for row in homes), sum(row["home"] for row in homes)
    named = [row for row in homes if row["share_home"] is not None]
    share = led / sum(row["posts"] for row in named) if named else None
    rate, rate_before = now["rate"], before["rate"]
    return [
        tile(_("Reach"), now["reach"], before["reach"], better=1, hint=_("people reached, counted for each post")),
        tile(
            _("Engagement"), now["engagement"], before["engagement"], better=1,
            hint=_("reactions, comments, shares, clicks"),
        ),
        tile(
            _("Engagement rate"), rate["value"], rate_before["value"], "percent", better=1,
            hint=f"{words.RATES[asked.rate]} · {covered(rate)}",
        ),
        tile(_("Posts published"), posts, None),
        tile(_("Link clicks"), sum(row["link_clicks"] for row in homes), None, hint=_("counted by our short links")),
        tile(
            _("Lead home"), share, None, "percent",
            hint=_("%(led)s of %(posts)s posts link to the homepage") % {"led": led, "posts": posts},
        ),
    ]  # fmt: skip


def covered(rate: dict) -> str:
    """Of how many posts a rate is."""
    return _("%(covered)s of %(of)s posts") % {"covered": rate["covered"], "of": rate["of"]}


def _charts(asked: Asked, found: dict) -> list[Chart]:
    days, back = asked.period.days, asked.period.low - asked.period.before[0]

    def of(day, names):
        told = [found[day][name] for name in names if day in found and found[day][name] is not None]
        return sum(told) if told else 0

    def both(slug, title, names):
        now = Series(_("This period"), [of(day, names) for day in days], "area")
        before = Series(_("Period before"), [of(day - back, names) for day in days], "before")
        return Chart(slug, title, days, [now, before])

    return [
        both("reach", _("Reach by day"), ("reach",)),
        both("engaged", _("Reactions, comments and shares by day"), PARTS),
    ]


def _counters(now: dict, before: dict) -> Table:
    columns = [
        (_("Counter"), "text"), (_("This period"), "number"), (_("Period before"), "number"),
        (_("Difference"), "number"),
    ]  # fmt: skip
    names = {**words.COUNTERS, "engagement": _("Engagement")}
    rows = [
        (name, now[key], before[key], None if None in (now[key], before[key]) else now[key] - before[key])
        for key, name in names.items()
    ]
    return Table(_("Counters of posts"), columns, rows)


def _channels(asked: Asked, rows: dict) -> list[tuple[str, dict]]:
    return [(words.channel(key, not asked.many), row) for key, row in rows.items()]


def _apart(title: str, column: str, rows: list[tuple[str, dict]]) -> Table:
    columns = [
        (column, "text"), *((name, "number") for name in words.COUNTERS.values()), (_("Rate"), "percent"),
        (_("Covered"), "text"),
    ]  # fmt: skip
    told = [
        (name, *(row[key] for key in words.COUNTERS), row["rate"]["value"], covered(row["rate"]))
        for name, row in sorted(rows, key=lambda one: -(one[1]["reach"] or 0))
    ]
    return Table(title, columns, told)


def _by_day(asked: Asked, found: dict) -> Table:
    columns = [(_("Day"), "day"), *((name, "number") for name in words.COUNTERS.values())]
    rows = [(day, *(found[day][key] for key in words.COUNTERS)) for day in asked.period.days if day in found]
    return Table(_("By day"), columns, rows)


def _home(asked: Asked, homes: list[dict]) -> Table:
    columns = [
        (_("Client"), "text"), (_("Posts"), "number"), (_("With a link"), "number"), (_("Lead home"), "number"),
        (_("Share"), "percent"), (_("Link clicks"), "number"),
    ]  # fmt: skip
    rows = [
        (asked.names[row["client_id"]], row["posts"], row["with_link"], row["home"], row["share_home"],
         row["link_clicks"])
        for row in homes if row["posts"] or row["link_clicks"]
    ]  # fmt: skip
    return Table(_("Ways to the homepage"), columns, sorted(rows, key=lambda row: row[0]))


def _definitions() -> list[tuple[str, str]]:
    return [
        (_("Reach"), _("People a post was shown to. Whoever sees two posts counts twice.")),
        (_("Impressions and views"), _("How often posts were shown, and how often they were watched.")),
        (_("Engagement"), _("Reactions, comments and shares, and clicks where the client counts them.")),
        (
            _("Engagement rate"),
            _("Engagement divided by the chosen counter, both added up over the covered posts: those that have it. "
              "A post on two channels counts as two."),
        ),
        (_("Clicks and link clicks"), _("Clicks are told by the networks, link clicks by our own short links.")),
        (_("Lead home"), _("Published posts whose link is on the host of the client's homepage.")),
        (_("A dash"), _("The network does not tell this. It is not zero.")),
    ]  # fmt: skip
