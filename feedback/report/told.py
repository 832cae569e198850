"""A report's figures in words: the same sections for the page, the paper and the workbook, in the language at work."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaigns.strategy.measures import MEASURES

LAYERS = ("measured", "declared", "assumed")
STEADY = 0.03  # less is no change worth telling
FEW_DAYS = 3  # with something in them: fewer make no chart
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
    "met": gettext_lazy("in time"), "breached": gettext_lazy("late"), "overdue": gettext_lazy("overdue"),
    "answered": gettext_lazy("answered"), "waiting": gettext_lazy("waits"), "closed": gettext_lazy("closed"),
    "first": gettext_lazy("First answer"), "next": gettext_lazy("Further answer"),
    "comment": gettext_lazy("Comment"), "mention": gettext_lazy("Mention"), "review": gettext_lazy("Review"),
    "message": gettext_lazy("Message"),
    "questions": gettext_lazy("Questions"), "approvals": gettext_lazy("Approvals"),
    "contract": gettext_lazy("Contract"), "strategy": gettext_lazy("Signed strategy"),
    "factual_error": gettext_lazy("Factual error"), "justified_complaint": gettext_lazy("Justified complaint"),
    "unfair": gettext_lazy("Unfair criticism"), "troll": gettext_lazy("Troll"), "illegal": gettext_lazy("Illegal"),
    "recovered": gettext_lazy("Won back"), "settled": gettext_lazy("Settled"), "stands": gettext_lazy("Stands"),
    "removed_by_network": gettext_lazy("Removed by the network"),
}  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """One figure as people read it. `value` in `unit` (number, decimal, percent as 0 to 1, length in seconds, money in
    cents), None where it is not known; `opens` is the key by which `rows` shows what it is made of, with its part
    (`of`), `before` the month or on one `day`.
    """

    text: str
    value: float | None = None
    unit: str = "number"
    opens: str = ""
    of: str = ""
    before: bool = False
    day: str = ""

    def __str__(self) -> str:
        return self.text

    @property
    def query(self) -> str:
        """What a link to its rows says besides its key."""
        given = {"of": self.of, "before": "1" if self.before else "", "day": self.day}
        return urlencode({name: value for name, value in given.items() if value})


@dataclass(frozen=True)
class Said:
    """A sentence of texts and figures."""

    parts: tuple[str | Figure, ...] = ()

    def __str__(self) -> str:
        return "".join(map(str, self.parts))

    def __add__(self, other: "Said") -> "Said":
        return Said((*self.parts, " ", *other.parts)) if self.parts and other.parts else self or other

    def __bool__(self) -> bool:
        return bool(self.parts)


@dataclass(frozen=True)
class Tile:
    """A figure that stands for itself, and what it was before."""

    name: str
    now: Figure
    before: Figure | None = None
    hint: str = ""

    @property
    def change(self) -> str:
        """How much more or less than before, for counts."""
        if not self.before or self.hint or self.now.unit != "number" or not self.before.value:
            return ""
        moved = (self.now.value or 0) / self.before.value - 1
        return ("+" if moved > 0 else "−" if moved < 0 else "±") + percent(abs(moved))


@dataclass(frozen=True)
class Table:
    """Cells are texts, figures or sentences; `numbers` names the columns that are set to the right. `shares` are how
    far each row is on its way, 0 to 1; `wide` is the column with the most to say.
    """

    title: str
    columns: list[str]
    rows: list[list[str | Figure | Said]]
    numbers: tuple[int, ...] = ()
    shares: list[float | None] = field(default_factory=list)
    wide: int = 0


@dataclass(frozen=True)
class Chart:
    """A bar a day."""

    title: str
    days: list[str]
    figures: list[Figure]
    summary: Said

    @property
    def values(self) -> list[float]:
        return [one.value or 0 for one in self.figures]


@dataclass(frozen=True)
class Section:
    slug: str
    title: str
    said: list[Said] = field(default_factory=list)
    tiles: list[Tile] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)


def phrase(text: str, **given: str | Figure | Said) -> Said:
    """A translated text with figures in the places it names."""
    pieces = (text % {name: f"\0{name}\0" for name in given}).split("\0")
    found: list[str | Figure] = []
    for place, piece in enumerate(pieces):
        one = given[piece] if place % 2 else piece
        found += one.parts if isinstance(one, Said) else [one] if str(one) else []
    return Said(tuple(found))


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


def count(value: int | None, opens: str = "", of: str = "", **more) -> Figure:
    return Figure(number(value), value, "number", opens, of, **more)


def decimal(value: float | None, opens: str = "", of: str = "", **more) -> Figure:
    return Figure(number(value, 1), value, "decimal", opens, of, **more)


def share(value: float | None, opens: str = "", of: str = "", **more) -> Figure:
    return Figure(percent(value, 1), value, "percent", opens, of, **more)


def span(seconds: float | None, opens: str = "", of: str = "", **more) -> Figure:
    return Figure(length(seconds), seconds, "length", opens, of, **more)


def worked(minutes: int | None, opens: str = "", of: str = "", **more) -> Figure:
    return Figure(hours(minutes), None if minutes is None else minutes * 60, "length", opens, of, **more)


def worth(cents: int | None, opens: str = "", of: str = "", **more) -> Figure:
    return Figure(money(cents), cents, "money", opens, of, **more)


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
    said = [_reach(document), _answered(document), _reviewed(document), _ended(document), *_came(document)]
    return Section("short", _("The month in short"), [one for one in said if one])


def _reach(document: dict) -> Said:
    now, before = document["effect"]["reach"], document["effect_before"]["reach"]
    posts = document["posts"]["n"]
    said = phrase(
        ngettext("We published %(n)s post for you.", "We published %(n)s posts for you.", posts),
        n=count(posts, "posts"),
    )
    if not now:
        return said
    reach = count(now, "reach")
    if not before:
        return said + phrase(_("Your posts were seen %(reach)s times."), reach=reach)
    moved = now / before - 1
    if abs(moved) < STEADY:
        return said + phrase(_("Your posts were seen %(reach)s times, about as often as before."), reach=reach)
    text = (
        _("Your posts were seen %(reach)s times, %(share)s more than before.")
        if moved > 0
        else _("Your posts were seen %(reach)s times, %(share)s less than before.")
    )
    return said + phrase(text, reach=reach, share=percent(abs(moved)))


def _answered(document: dict) -> Said:
    told = document["answers"]
    if not told["received"]:
        return Said((_("No messages came in."),))
    said = phrase(
        ngettext("%(n)s message came in.", "%(n)s messages came in.", told["received"]),
        n=count(told["received"], "received"),
    )
    if told["first"]["median"] is not None:
        said += phrase(
            _("Half of the first answers took at most %(time)s of your opening hours."),
            time=span(told["first"]["median"], "first"),
        )
    due = told["met"] + told["breached"] + told["overdue"]
    if due:
        said += phrase(
            _("%(met)s of %(due)s answers were in time."), met=count(told["met"], "met"), due=count(due, "due")
        )
    return said


def _reviewed(document: dict) -> Said:
    told = document["reviews"]["now"]
    if not told["n"]:
        return Said()
    text = ngettext("%(n)s new review", "%(n)s new reviews", told["n"])
    said = phrase(text, n=count(told["n"], "reviews"))
    if told["stars"] is not None:
        stars = phrase(_(" with %(stars)s stars on average"), stars=decimal(told["stars"], "stars"))
        said = Said((*said.parts, *stars.parts))
    return phrase(
        _("%(reviews)s, %(replied)s of them answered."), reviews=said, replied=count(told["replied"], "replied")
    )


def _ended(document: dict) -> Said:
    told = document.get("cases")  # older reports do not know it
    if not told or not told["closed"]:
        return Said()
    text = ngettext(
        "%(well)s of %(n)s complaint ended well.", "%(well)s of %(n)s complaints ended well.", told["closed"]
    )
    return phrase(text, well=count(told["recovered"], "recovered"), n=count(told["closed"], "ended"))


def _came(document: dict) -> Iterator[Said]:
    """Measured and declared by themselves: they are never added up."""
    for layer, text in (("measured", _("Measured: %(told)s.")), ("declared", _("You told us of %(told)s."))):
        counts = document["returns"][layer]["counts"]
        if counts:
            yield phrase(text, told=_counted(layer, counts))


def _counted(layer: str, counts: dict[str, int]) -> Said:
    """How many of each kind."""
    parts: list[str | Figure] = []
    for kind, n in counts.items():
        opened = ("assumed", kind) if layer == "assumed" else ("outcomes", f"{layer} {kind}")
        parts += [", "] * bool(parts) + [count(n, *opened), f" {WORDS[kind]}"]
    return Said(tuple(parts) or ("–",))


def _effect(document: dict) -> Section:
    now, before, home = document["effect"], document["effect_before"], document["home"]
    followers = document["followers"]
    tiles = [
        Tile(_("Posts"), count(document["posts"]["n"], "posts")),
        Tile(_("Times seen (reach)"), count(now["reach"], "reach"), count(before["reach"], "reach", before=True)),
        Tile(_("Reactions"), count(_parts(now), "reactions"), count(_parts(before), "reactions", before=True)),
        Tile(_("Visits to the homepage"), count(home["link_clicks"], "visits")),
        Tile(
            _("Followers"),
            count(followers["now"], "followers"),
            count(followers["before"], "followers", before=True),
        ),
    ]
    by_channel = document["posts"]["by_channel"]
    channels = Table(
        _("By channel"),
        [_("Channel"), _("Posts"), _("Reach"), _("Reactions")],
        [[row["channel"], count(by_channel.get(row["channel"], 0), "posts", row["channel"]),
          count(row["reach"], "reach", row["channel"]), count(_parts(row), "reactions", row["channel"])]
         for row in document["channels"]],
        (1, 2, 3),
    )  # fmt: skip
    top = Table(
        _("What went best"), [_("Post"), _("Channel"), _("Reach"), _("Reactions")],
        [[row["text"], row["channel"], *_did(row)] for row in document["top"] if row["reach"] or row["engagement"]],
        (2, 3),
    )  # fmt: skip
    mix = Table(
        _("What posts were about"), [_("Kind"), _("Posts"), _("Agreed share")],
        [[str(WORDS[row["kind"]]), count(row["n"], "kinds", row["kind"]), _aim(row)]
         for row in document["mix"] if row["n"] or row["target"]],
        (1, 2),
    )  # fmt: skip
    chart = _chart(document, "reach", _("How often your posts were seen, day by day"))
    tables = [one for one in (channels, top, mix) if one.rows]
    return Section("effect", _("What we published and what it did"), [], _known(tiles), chart, tables)


def _did(row: dict) -> tuple[Figure, Figure]:
    """How often a post was seen and what people did with it, up to the end of the month."""
    id = str(row.get("publication", ""))  # older reports do not know it
    opened = ("postreach", "postreactions") if id else ("", "")
    return count(row["reach"], opened[0], id), count(row["engagement"], opened[1], id)


def _aim(row: dict) -> Figure | str:
    if row["target"] is None:
        return "–"
    return Figure(f"{row['target']}\u00a0%", row["target"], "number", "aim", row["kind"])


def _parts(row: dict) -> int | None:
    told = [row[name] for name in ("reactions", "comments", "shares") if row[name] is not None]
    return sum(told) if told else None


def _known(tiles: list[Tile]) -> list[Tile]:
    """A figure that nobody told is left out."""
    return [one for one in tiles if one.now.value is not None]


def _chart(document: dict, name: str, title: str) -> list[Chart]:
    """Nothing where there is hardly anything to see."""
    figures = [count(row[name], name, day=row["day"]) for row in document["days"]]
    most = max(figures, key=lambda one: one.value)
    if sum(bool(one.value) for one in figures) < FEW_DAYS:
        return []
    summary = phrase(
        _("%(sum)s in all, most on %(day)s: %(most)s."),
        sum=count(sum(one.value for one in figures), name), day=day(most.day), most=most,
    )  # fmt: skip
    return [Chart(title, [row["day"] for row in document["days"]], figures, summary)]


def _answers(document: dict) -> Section:
    now, before, reviews = document["answers"], document["answers_before"], document["reviews"]
    asked = document["client_response"]
    waits = Table(
        _("How long you took when we asked you"), [_("What we asked"), _("Asked"), _("Answered"), _("Half within")],
        [[name, count(asked[what]["n"], "asked", what), count(asked[what]["answered"], "askedanswered", what),
          span(asked[what]["business"]["median"], "askedfor", what)]
         for what, name in (("questions", _("Questions")), ("approvals", _("Approvals"))) if asked[what]["n"]],
        (1, 2, 3),
    )  # fmt: skip
    tiles = [
        Tile(_("Messages"), count(now["received"], "received"), count(before["received"], "received", before=True)),
        Tile(
            _("Answered in time"),
            share(now["share_met"], "promises"),
            share(before["share_met"], "promises", before=True),
        ),
        Tile(
            _("First answer, half within"),
            span(now["first"]["median"], "first"),
            span(before["first"]["median"], "first", before=True),
        ),
        Tile(
            _("First answer, nine in ten within"),
            span(now["first"]["p90"], "slow"),
            span(before["first"]["p90"], "slow", before=True),
        ),
        Tile(
            _("Reviews"), count(reviews["now"]["n"], "reviews"), count(reviews["before"]["n"], "reviews", before=True)
        ),
        Tile(
            _("Stars on average"),
            decimal(reviews["now"]["stars"], "stars"),
            decimal(reviews["before"]["stars"], "stars", before=True),
        ),
        Tile(
            _("Complaints that ended well"),
            share(_of_closed(document.get("cases")), "cases"),
            share(_of_closed(document.get("cases_before")), "cases", before=True),
        ),
    ]
    chart = _chart(document, "received", _("Messages, day by day"))
    said = [] if now["received"] else [Said((_("No messages came in."),))]
    return Section("answers", _("How we listened and answered"), said, _known(tiles), chart, [waits] * bool(waits.rows))


def _of_closed(told: dict | None) -> float | None:
    return round(told["recovered"] / told["closed"], 4) if told and told["closed"] else None


def _goals(document: dict) -> Section:
    goals_ = document["goals"]
    rows = [
        [row["text"], goal_value(row["measure"], row["value"], "goal", row["slug"]),
         goal_value(row["measure"], row["target"], "target", row["slug"]), day(row["ends_on"]),
         str(WORDS[row["state"]])]
        for row in goals_
    ]  # fmt: skip
    columns = [_("Goal"), _("On the last day of the month"), _("Target"), _("Until"), _("State")]
    shares = [None if row["share"] is None else min(1.0, max(0.0, row["share"])) for row in goals_]
    return Section("goals", _("How your goals stand"), tables=[Table(_("Goals"), columns, rows, (1, 2), shares)])


def goal_value(measure: str, value: float | None, opens: str = "", of: str = "") -> Figure:
    """Given in the unit of its measure."""
    if value is None:
        return Figure("–", None, "number", opens, of)
    unit = MEASURES[measure].unit
    if unit == "minutes":
        return span(value * 60, opens, of)
    if unit == "percent":
        return share(value / 100, opens, of)
    return decimal(value, opens, of) if unit == "stars" else count(value, opens, of)


def _effort(document: dict) -> Section:
    time, returns = document["time"], document["returns"]
    agreed = worked(time["budget"], "agreed") if time["budget"] else None
    tiles = [
        Tile(_("Our time"), worked(time["minutes"], "time"), agreed, _("of the agreed time") if agreed else ""),
        Tile(_("Your own time"), worked(time["client_minutes"], "owntime")),
    ]
    if time.get("fee"):
        tiles.append(Tile(_("Our fee"), worth(time["fee"], "fee")))
    spent = Table(
        _("What the time went into"), [_("Activity"), _("Time taken")],
        [[str(WORDS[name]), worked(minutes, "time", name)] for name, minutes in time["by_activity"].items()], (1,),
    )  # fmt: skip
    layers = Table(
        _("What came of it, by how it is known"), [_("How it is known"), _("What"), _("Worth")],
        [[str(WORDS[layer]), _counted(layer, returns[layer]["counts"]), _valued(layer, returns[layer])]
         for layer in LAYERS],
        (2,), wide=1,
    )  # fmt: skip
    said = [
        Said((_("Measured is what a system counted, declared what you told us, assumed what we take it for."),)),
        Said((_("Measured, declared and assumed figures are never added up."),)),
    ]
    said += [
        phrase(
            _("Assumed: one of “%(kind)s” is worth %(worth)s. %(reason)s"),
            kind=str(WORDS[kind]), worth=worth(row["cents"], "assumption", kind), reason=row["reason"],
        )
        for kind, row in returns["assumptions"].items()
        if returns["assumed"]["counts"].get(kind)
    ]  # fmt: skip
    return Section(
        "effort", _("What it cost and what it brought"), said, _known(tiles), [], [t for t in (spent, layers) if t.rows]
    )


def _valued(layer: str, row: dict) -> Figure:
    """A dash where none of them has a value."""
    known = sum(row["counts"].values()) > row["without_value"]
    opened = ("assumedworth", "") if layer == "assumed" else ("worth", layer)
    return worth(row["cents"] if known else None, *opened)


def _decided(document: dict) -> Section:
    zone = ZoneInfo(document["zone"])
    rows = [
        [date_format(datetime.fromisoformat(row["at"]).astimezone(zone), "SHORT_DATETIME_FORMAT"),
         row.get("text") or str(row["post"]), row["reason"], row["by"]]
        for row in document["decided_for_client"]
    ]  # fmt: skip
    table = Table(_("Decided by us in your place"), [_("When"), _("Post"), _("Why"), _("Who")], rows, wide=1)
    return Section("decided", _("In the open"), tables=[table])


def _definitions(document: dict) -> Section:
    fresh = datetime.fromisoformat(document["filled_to"]).astimezone(ZoneInfo(document["zone"]))
    said = [
        _("The month counts local days from %(low)s to %(high)s (%(zone)s); before means as many days before it.")
        % {"low": day(document["low"]), "high": day(document["high"]), "zone": document["zone"]},
        _("Reach: how often a post was shown to somebody, as the networks count it. Who sees two posts counts twice."),
        _("Reactions: likes, comments and shares together."),
        _("In time: answers within what was promised, of all that were due. Only your opening hours count."),
        _("A dash means that nobody told us the figure. It is not a zero."),
        _("Figures as of %(at)s.") % {"at": date_format(fresh, "SHORT_DATETIME_FORMAT")},
    ]
    return Section("definitions", _("How we count"), [Said((one,)) for one in said])


def figures(sections_: list[Section]) -> Iterator[Figure]:
    """Every figure that is told in them."""
    for section in sections_:
        cells = [*section.said, *(chart.summary for chart in section.charts)]
        cells += [cell for table in section.tables for row in table.rows for cell in row]
        for cell in cells:
            parts = cell.parts if isinstance(cell, Said) else (cell,)
            yield from (one for one in parts if isinstance(one, Figure))
        for tile in section.tiles:
            yield from (one for one in (tile.now, tile.before) if one)
        for chart in section.charts:
            yield from chart.figures
