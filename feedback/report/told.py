"""A report's figures in words: the same sections for the page, the paper and the workbook, in the language at work."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaigns.strategy.measures import MEASURES

LAYERS = ("measured", "declared", "assumed")
STEADY = 0.03  # less is no change worth telling
WORDS = {
    "tip": gettext_lazy("Tip"), "job": gettext_lazy("Job"), "event": gettext_lazy("Event"),
    "product": gettext_lazy("Product"), "behind_the_scenes": gettext_lazy("Behind the scenes"),
    "reaction": gettext_lazy("Reaction"),
    "plan": gettext_lazy("Plan"), "create": gettext_lazy("Create"), "approve": gettext_lazy("Coordinate approvals"),
    "answer": gettext_lazy("Answer"), "report": gettext_lazy("Report"), "talk": gettext_lazy("Talk with the client"),
    "other": gettext_lazy("Other work"),
    "call": gettext_lazy("Calls"), "inquiry": gettext_lazy("Inquiries"), "booking": gettext_lazy("Bookings"),
    "order": gettext_lazy("Orders"), "guest": gettext_lazy("Guests"), "application": gettext_lazy("Applications"),
    "sign_up": gettext_lazy("Sign-ups"), "visit": gettext_lazy("Visits to the homepage"),
    "measured": gettext_lazy("Measured"), "declared": gettext_lazy("Declared"), "assumed": gettext_lazy("Assumed"),
    "positive": gettext_lazy("Positive"), "neutral": gettext_lazy("Neutral"), "negative": gettext_lazy("Negative"),
    "early": gettext_lazy("not begun"), "reached": gettext_lazy("reached"), "on_track": gettext_lazy("on its way"),
    "behind": gettext_lazy("behind"), "missed": gettext_lazy("target missed"),
    "unknown": gettext_lazy("nothing measured yet"),
}  # fmt: skip


@dataclass(frozen=True)
class Tile:
    """One figure: what it is, what it was before, and the key by which `rows` opens it."""

    name: str
    value: str
    before: str = ""
    rows: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Table:
    """Cells are texts; `numbers` names the columns that are set to the right; `raw` holds them as values."""

    title: str
    columns: list[str]
    rows: list[list[str]]
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Chart:
    """A bar a day."""

    title: str
    days: list[str]
    values: list[int]
    summary: str


@dataclass(frozen=True)
class Section:
    slug: str
    title: str
    said: list[str] = field(default_factory=list)
    tiles: list[Tile] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)


def number(value: float | None, places: int = 0) -> str:
    return "–" if value is None else number_format(round(value, places), places, use_l10n=True, force_grouping=True)


def percent(value: float | None, places: int = 0) -> str:
    return "–" if value is None else f"{number(value * 100, places)}\u00a0%"


def money(cents: int | None) -> str:
    return "–" if cents is None else f"{number(cents / 100, 2)}\u00a0€"


def hours(minutes: int | None) -> str:
    return "–" if minutes is None else _("%(hours)s h") % {"hours": f"{minutes // 60}:{minutes % 60:02}"}


def length(seconds: float | None) -> str:
    """Of business time, in the largest unit that says enough."""
    if seconds is None:
        return "–"
    if seconds < 3600:
        return _("%(n)s min") % {"n": number(max(1, round(seconds / 60)))}
    return _("%(hours)s h") % {"hours": f"{int(seconds) // 3600}:{int(seconds) % 3600 // 60:02}"}


def day(text: str) -> str:
    return date_format(date.fromisoformat(text), "SHORT_DATE_FORMAT")


def month(document: dict) -> str:
    return date_format(date.fromisoformat(document["low"]), "F Y")


def sections(document: dict) -> list[Section]:
    """Everything that there is something to say of."""
    return [*_sections(document)]


def _sections(document: dict) -> Iterator[Section]:
    yield _short(document)
    yield _effect(document)
    yield _answers(document)
    if document["goals"]:
        yield _goals(document)
    yield _effort(document)
    if document["decided_for_client"]:
        yield _decided(document)
    yield _definitions(document)


def _short(document: dict) -> Section:
    """The month in plain sentences."""
    said = [_reach(document), _answered(document), _reviewed(document), _ended(document), _came(document)]
    return Section("short", _("The month in short"), [one for one in said if one])


def _reach(document: dict) -> str:
    now, before = document["effect"]["reach"], document["effect_before"]["reach"]
    posts = document["posts"]["n"]
    said = ngettext("We published %(n)s post for you.", "We published %(n)s posts for you.", posts) % {
        "n": number(posts)
    }
    if not now:
        return said
    seen = _("Your posts were seen %(reach)s times") % {"reach": number(now)}
    if not before:
        return f"{said} {seen}."
    moved = now / before - 1
    if abs(moved) < STEADY:
        change = _("about as often as before")
    else:
        share = {"share": percent(abs(moved))}
        change = _("%(share)s more than before") % share if moved > 0 else _("%(share)s less than before") % share
    return f"{said} {seen}, {change}."


def _answered(document: dict) -> str:
    told = document["answers"]
    if not told["received"]:
        return _("No messages came in.")
    came = ngettext("%(n)s message came in.", "%(n)s messages came in.", told["received"])
    came %= {"n": number(told["received"])}
    if told["first"]["median"] is None:
        return came
    fast = _("Half of the first answers took at most %(time)s of your opening hours.") % {
        "time": length(told["first"]["median"])
    }
    due = told["met"] + told["breached"] + told["overdue"]
    if not due:
        return f"{came} {fast}"
    kept = _("%(met)s of %(due)s answers were in time.") % {"met": number(told["met"]), "due": number(due)}
    return f"{came} {fast} {kept}"


def _reviewed(document: dict) -> str:
    told = document["reviews"]["now"]
    if not told["n"]:
        return ""
    said = ngettext("%(n)s new review", "%(n)s new reviews", told["n"]) % {"n": number(told["n"])}
    stars = "" if told["stars"] is None else _(" with %(stars)s stars on average") % {"stars": number(told["stars"], 1)}
    return _("%(reviews)s%(stars)s, %(replied)s of them answered.") % {
        "reviews": said, "stars": stars, "replied": number(told["replied"]),
    }  # fmt: skip


def _ended(document: dict) -> str:
    told = document.get("cases")  # older reports do not know it
    if not told or not told["closed"]:
        return ""
    said = ngettext(
        "%(well)s of %(n)s complaint ended well.", "%(well)s of %(n)s complaints ended well.", told["closed"]
    )
    return said % {"well": number(told["recovered"]), "n": number(told["closed"])}


def _of_closed(told: dict | None) -> str:
    return percent(told["recovered"] / told["closed"]) if told and told["closed"] else "–"


def _came(document: dict) -> str:
    counts: dict[str, int] = {}
    for layer in ("measured", "declared"):
        for kind, n in document["returns"][layer]["counts"].items():
            counts[kind] = counts.get(kind, 0) + n
    if not counts:
        return ""
    told = ", ".join(f"{number(n)} {WORDS[kind]}" for kind, n in counts.items())
    return _("What we know came of it: %(told)s.") % {"told": told}


def _effect(document: dict) -> Section:
    now, before, home = document["effect"], document["effect_before"], document["home"]
    followers = document["followers"]
    tiles = [
        Tile(_("Posts"), number(document["posts"]["n"]), rows="posts"),
        Tile(_("Times seen (reach)"), number(now["reach"]), number(before["reach"]), "reach"),
        Tile(_("Reactions, comments, shares"), number(_parts(now)), number(_parts(before)), "reactions"),
        Tile(_("Visits to the homepage"), number(home["link_clicks"]), rows="visits"),
        Tile(_("Followers"), number(followers["now"]), number(followers["before"]), "followers"),
    ]
    by_channel = document["posts"]["by_channel"]
    channels = Table(
        _("By channel"),
        [_("Channel"), _("Posts"), _("Reach"), _("Reactions, comments, shares")],
        [[row["channel"], number(by_channel.get(row["channel"], 0)), number(row["reach"]), number(_parts(row))]
         for row in document["channels"]],
        (1, 2, 3),
    )  # fmt: skip
    top = Table(
        _("What went best"), [_("Post"), _("Channel"), _("Reach"), _("Reactions, comments, shares")],
        [[row["text"], row["channel"], number(row["reach"]), number(row["engagement"])] for row in document["top"]],
        (2, 3),
    )  # fmt: skip
    mix = Table(
        _("What posts were about"), [_("Kind"), _("Posts"), _("Aim")],
        [[str(WORDS[row["kind"]]), number(row["n"]), "–" if row["target"] is None else f"{row['target']}\u00a0%"]
         for row in document["mix"] if row["n"] or row["target"]],
        (1, 2),
    )  # fmt: skip
    chart = _chart(document, "reach", _("How often your posts were seen, day by day"))
    tables = [one for one in (channels, top, mix) if one.rows]
    return Section("effect", _("What we published and what it did"), [], tiles, [chart], tables)


def _parts(row: dict) -> int | None:
    told = [row[name] for name in ("reactions", "comments", "shares") if row[name] is not None]
    return sum(told) if told else None


def _chart(document: dict, name: str, title: str) -> Chart:
    values = [row[name] for row in document["days"]]
    best = max(range(len(values)), key=values.__getitem__)
    summary = _("%(sum)s in all, most on %(day)s: %(most)s.") % {
        "sum": number(sum(values)), "day": day(document["days"][best]["day"]), "most": number(values[best]),
    }  # fmt: skip
    return Chart(title, [row["day"] for row in document["days"]], values, summary)


def _answers(document: dict) -> Section:
    now, before, reviews = document["answers"], document["answers_before"], document["reviews"]
    stars = [
        number(one["stars"], 1) if one["stars"] is not None else "–" for one in (reviews["now"], reviews["before"])
    ]
    asked = document["client_response"]
    waits = Table(
        _("How long you took when we asked you"), [_("What we asked"), _("Asked"), _("Answered"), _("Median")],
        [[name, number(asked[what]["n"]), number(asked[what]["answered"]), length(asked[what]["business"]["median"])]
         for what, name in (("questions", _("Questions")), ("approvals", _("Approvals"))) if asked[what]["n"]],
        (1, 2, 3),
    )  # fmt: skip
    tiles = [
        Tile(_("Messages"), number(now["received"]), number(before["received"]), "received"),
        Tile(_("Answered in time"), percent(now["share_met"], 1), percent(before["share_met"], 1), "promises"),
        Tile(
            _("First answer, half within"), length(now["first"]["median"]), length(before["first"]["median"]), "first"
        ),
        Tile(
            _("First answer, nine in ten within"), length(now["first"]["p90"]), length(before["first"]["p90"]), "first"
        ),
        Tile(_("Reviews"), number(reviews["now"]["n"]), number(reviews["before"]["n"]), "reviews"),
        Tile(_("Stars on average"), stars[0], stars[1], "reviews"),
        Tile(
            _("Complaints that ended well"),
            _of_closed(document.get("cases")),
            _of_closed(document.get("cases_before")),
            "cases",
        ),
    ]
    chart = _chart(document, "received", _("Messages, day by day"))
    return Section("answers", _("How we listened and answered"), [], tiles, [chart], [waits] if waits.rows else [])


def _goals(document: dict) -> Section:
    rows = [
        [row["text"], goal_value(row["measure"], row["value"]), goal_value(row["measure"], row["target"]),
         day(row["ends_on"]), str(WORDS[row["state"]])]
        for row in document["goals"]
    ]  # fmt: skip
    columns = [_("Goal"), _("On the last day of the month"), _("Target"), _("Until"), _("State")]
    return Section("goals", _("How your goals stand"), tables=[Table(_("Goals"), columns, rows, (1, 2))])


def goal_value(measure: str, value: float | None) -> str:
    unit = MEASURES[measure].unit
    if value is None:
        return "–"
    if unit == "minutes":
        return length(value * 60)
    return percent(value / 100, 1) if unit == "percent" else number(value, 1 if unit == "stars" else 0)


def _effort(document: dict) -> Section:
    time, returns = document["time"], document["returns"]
    tiles = [
        Tile(_("Our time"), hours(time["minutes"]), hours(time["budget"]) if time["budget"] else "", "time",
             _("of the agreed time") if time["budget"] else ""),
        Tile(_("Your own time"), hours(time["client_minutes"]), rows="time"),
    ]  # fmt: skip
    spent = Table(
        _("What the time went into"), [_("Activity"), _("Time")],
        [[str(WORDS[name]), hours(minutes)] for name, minutes in time["by_activity"].items()], (1,),
    )  # fmt: skip
    layers = Table(
        _("What came of it, by how it is known"), [_("How it is known"), _("What"), _("Worth")],
        [[str(WORDS[layer]), _counted(returns[layer]["counts"]), money(returns[layer]["cents"])] for layer in LAYERS],
        (2,),
    )  # fmt: skip
    said = [_("Measured, declared and assumed figures are never added up.")]
    said += [
        _("Assumed: one of “%(kind)s” is worth %(worth)s. %(reason)s")
        % {"kind": WORDS[kind], "worth": money(row["cents"]), "reason": row["reason"]}
        for kind, row in returns["assumptions"].items()
        if returns["assumed"]["counts"].get(kind)
    ]
    return Section(
        "effort", _("What it cost and what it brought"), said, tiles, [], [t for t in (spent, layers) if t.rows]
    )


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{number(n)} {WORDS[kind]}" for kind, n in counts.items()) or "–"


def _decided(document: dict) -> Section:
    zone = ZoneInfo(document["zone"])
    rows = [
        [date_format(datetime.fromisoformat(row["at"]).astimezone(zone), "SHORT_DATETIME_FORMAT"), str(row["post"]),
         row["reason"], row["by"]]
        for row in document["decided_for_client"]
    ]  # fmt: skip
    table = Table(_("Decided by us in your place"), [_("When"), _("Post"), _("Why"), _("Who")], rows)
    return Section("decided", _("In the open"), tables=[table])


def _definitions(document: dict) -> Section:
    fresh = datetime.fromisoformat(document["filled_to"]).astimezone(ZoneInfo(document["zone"]))
    said = [
        _("The month counts local days from %(low)s to %(high)s (%(zone)s); before means as many days before it.")
        % {"low": day(document["low"]), "high": day(document["high"]), "zone": document["zone"]},
        _("Reach: how often a post was shown to somebody, as the networks count it. Who sees two posts counts twice."),
        _("In time: answers within what was promised, of all that were due. Only your opening hours count."),
        _("A dash means that nobody told us the figure. It is not a zero."),
        _("Figures as of %(at)s.") % {"at": date_format(fresh, "SHORT_DATETIME_FORMAT")},
    ]
    return Section("definitions", _("How we count"), said)
