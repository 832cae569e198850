"""Opens every figure of a report down to the rows it comes from."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext_lazy as _

from campaigns import reverse
from campaigns.effort import sums
from campaigns.models import Assumption, Contract, Goal
from campaigns.strategy.measures import MEASURES
from clients.models import Calendar, Client

from . import compose

MOST = 5_000
SCALES = {"minutes": 60, "percent": 0.01}  # of a goal's unit: how its figures are told


@dataclass(frozen=True)
class Asked:
    """Which figure of a month: its key among KEYS, and the part it tells `of` (a channel, a kind …), '' for all.

    `before`: of as many days before the month; `day`: of this one alone.
    """

    key: str
    of: str = ""
    before: bool = False
    day: date | None = None


@dataclass(frozen=True)
class Rows:
    """What a figure is made of. `total` is the figure as these rows make it today, in `unit`; None without any rows,
    and where there are more than are shown. `how` says in a word how they make it.

    Kinds of the columns: text, word (one of `told.WORDS`), number, decimal, seconds, cents, at (an instant), day.
    `links` are (what, id) of the page on which a row can be seen, None where there is none.
    """

    title: str
    columns: list[tuple[str, str]]
    rows: list[tuple]
    total: float | None
    unit: str
    how: str
    links: list[tuple[str, int] | None]


RECEIVED = """
SELECT i.received_at, ch.name, i.kind, left(i.text, 120), i.conversation_id
FROM feedback_interaction i JOIN clients_channel ch ON ch.id = i.channel_id
WHERE i.client_id = %(client)s AND i.direction = 'in' AND i.deleted_at IS NULL
    AND (i.received_at AT TIME ZONE %(zone)s)::date BETWEEN %(low)s AND %(high)s
ORDER BY i.received_at, i.id LIMIT %(most)s
"""
PROMISES = """
SELECT c.due_at, ch.name, c.kind,
    CASE WHEN c.outcome = 'met' THEN 'met' WHEN c.stopped_at IS NULL THEN 'overdue' ELSE 'breached' END,
    c.business_seconds, c.conversation_id
FROM feedback_clock c JOIN clients_channel ch ON ch.id = c.channel_id
WHERE c.client_id = %(client)s AND c.kind IN ('first', 'next')
    AND (c.due_at AT TIME ZONE %(zone)s)::date BETWEEN %(low)s AND %(high)s
    AND (c.outcome = 'met' OR (c.outcome = 'breached' AND c.stopped_at IS NOT NULL AND NOT c.late_ingest)
        OR (c.stopped_at IS NULL AND NOT c.late_ingest AND c.due_at < %(now)s
            AND (c.paused_at IS NULL OR c.outcome = 'breached')))
ORDER BY c.due_at LIMIT %(most)s
"""
FIRST = """
SELECT c.started_at, ch.name, c.business_seconds, c.conversation_id
FROM feedback_clock c JOIN clients_channel ch ON ch.id = c.channel_id
WHERE c.client_id = %(client)s AND c.kind = 'first' AND c.outcome <> 'cancelled' AND c.business_seconds IS NOT NULL
    AND (c.started_at AT TIME ZONE %(zone)s)::date BETWEEN %(low)s AND %(high)s
ORDER BY c.business_seconds, c.id LIMIT %(most)s
"""
REVIEWS = """
SELECT i.received_at, ch.name, i.stars, left(i.text, 120),
    CASE WHEN EXISTS (
        SELECT FROM feedback_interaction r WHERE r.client_id = i.client_id AND r.conversation_id = i.conversation_id
        AND r.direction = 'out' AND r.deleted_at IS NULL AND r.received_at >= i.received_at
    ) THEN 'answered' ELSE 'waiting' END,
    i.conversation_id
FROM feedback_interaction i JOIN clients_channel ch ON ch.id = i.channel_id
WHERE i.client_id = %(client)s AND i.direction = 'in' AND i.kind = 'review' AND i.deleted_at IS NULL
    AND (i.received_at AT TIME ZONE %(zone)s)::date BETWEEN %(low)s AND %(high)s
ORDER BY i.received_at LIMIT %(most)s
"""
CASES = """
SELECT c.closed_at, ch.name, c.kind, c.outcome, c.note, c.conversation_id
FROM feedback_case c JOIN feedback_conversation v ON v.client_id = c.client_id AND v.id = c.conversation_id
JOIN clients_channel ch ON ch.id = v.channel_id
WHERE c.client_id = %(client)s AND c.closed_at IS NOT NULL
    AND (c.closed_at AT TIME ZONE %(zone)s)::date BETWEEN %(low)s AND %(high)s
ORDER BY c.closed_at LIMIT %(most)s
"""
POSTS = """
SELECT min(p.sent_at), string_agg(ch.name, ', ' ORDER BY ch.name), o.kind,
    left(coalesce(nullif(o.title, ''), o.text), 120), o.id
FROM campaigns_publication p
JOIN campaigns_post o ON o.client_id = p.client_id AND o.id = p.post_id JOIN clients_channel ch ON ch.id = p.channel_id
WHERE p.client_id = %(client)s AND p.state = 'sent'
    AND (p.sent_at AT TIME ZONE %(zone)s)::date BETWEEN %(low)s AND %(high)s
    AND (%(of)s = '' OR {part} = %(of)s)
GROUP BY o.id, o.kind, o.title, o.text ORDER BY 1, o.id LIMIT %(most)s
"""
MOVED = """
SELECT n.day, ch.name, left(coalesce(nullif(o.title, ''), o.text), 120), {figure}, o.id
FROM campaigns_numbersday n
JOIN campaigns_publication p ON p.client_id = n.client_id AND p.id = n.publication_id
JOIN campaigns_post o ON o.client_id = p.client_id AND o.id = p.post_id JOIN clients_channel ch ON ch.id = n.channel_id
WHERE n.client_id = %(client)s AND n.day {days} AND {figure} IS NOT NULL AND (%(of)s = '' OR {part} = %(of)s)
ORDER BY n.day, n.id LIMIT %(most)s
"""
PARTS = """CASE WHEN num_nonnulls(n.reactions, n.comments, n.shares) > 0
    THEN coalesce(n.reactions, 0) + coalesce(n.comments, 0) + coalesce(n.shares, 0) END"""
VISITS = """
SELECT c.day, ch.name, left(coalesce(nullif(o.title, ''), o.text), 120), c.clicks, o.id
FROM campaigns_clickday c
JOIN campaigns_publication p ON p.client_id = c.client_id AND p.id = c.publication_id
JOIN campaigns_post o ON o.client_id = p.client_id AND o.id = p.post_id JOIN clients_channel ch ON ch.id = p.channel_id
WHERE c.client_id = %(client)s AND c.day BETWEEN %(low)s AND %(high)s ORDER BY c.day, c.id LIMIT %(most)s
"""
FOLLOWERS = """
SELECT DISTINCT ON (n.channel_id) n.day, ch.name, n.followers_total
FROM campaigns_numbersday n JOIN clients_channel ch ON ch.id = n.channel_id
WHERE n.client_id = %(client)s AND n.publication_id IS NULL AND n.followers_total IS NOT NULL AND n.day <= %(high)s
ORDER BY n.channel_id, n.day DESC
"""
TIME = """
SELECT t.day, u.name, t.activity, sum(t.seconds)::int, string_agg(DISTINCT nullif(t.note, ''), '; ')
FROM campaigns_timeentry t JOIN agency_user u ON u.id = t.person_id
WHERE t.client_id = %(client)s AND t.day BETWEEN %(low)s AND %(high)s AND t.seconds IS NOT NULL
    AND t.by_client = {by_client} AND (%(of)s = '' OR t.activity = %(of)s)
GROUP BY t.day, t.person_id, u.name, t.activity ORDER BY t.day, t.person_id, t.activity LIMIT %(most)s
"""
OUTCOMES = """
SELECT o.day, o.layer, o.kind, o.count, o.cents, o.source || ' ' || o.external_id, o.note
FROM campaigns_outcome o
WHERE o.client_id = %(client)s AND o.day BETWEEN %(low)s AND %(high)s AND o.voided_at IS NULL
    AND (%(of)s = '' OR %(of)s IN (o.layer, o.layer || ' ' || o.kind))
ORDER BY o.day, o.id LIMIT %(most)s
"""
CLICKED = """
SELECT c.day, sum(c.clicks)::int FROM campaigns_clickday c
WHERE c.client_id = %(client)s AND c.day BETWEEN %(low)s AND %(high)s GROUP BY 1 ORDER BY 1
"""
ANSWERED = """
SELECT c.started_at, ch.name, c.kind,
    CASE WHEN c.stopped_at IS NULL THEN 'waiting' WHEN c.wall_seconds IS NULL THEN 'closed' ELSE 'answered' END,
    c.conversation_id
FROM feedback_clock c JOIN clients_channel ch ON ch.id = c.channel_id
WHERE c.client_id = %(client)s AND c.kind IN ('first', 'next')
    AND (c.outcome <> 'cancelled' OR c.stopped_at IS NULL)
    AND (c.started_at AT TIME ZONE %(zone)s)::date BETWEEN %(low)s AND %(high)s
ORDER BY c.started_at, c.id LIMIT %(most)s
"""
STARRED = """
SELECT i.received_at, ch.name, i.stars, left(i.text, 120), i.conversation_id
FROM feedback_interaction i JOIN clients_channel ch ON ch.id = i.channel_id
WHERE i.client_id = %(client)s AND i.direction = 'in' AND i.stars IS NOT NULL AND i.deleted_at IS NULL
    AND (i.received_at AT TIME ZONE %(zone)s)::date BETWEEN %(low)s AND %(high)s
ORDER BY i.received_at, i.id LIMIT %(most)s
"""
ASKED = f"""
{reverse.EACH}
SELECT since, what, until, business_seconds FROM asked
WHERE client_id = %(client)s AND what = %(of)s
    AND (since AT TIME ZONE %(zone)s)::date BETWEEN %(low)s AND %(high)s
ORDER BY since LIMIT %(most)s
"""
AGREED = """
SELECT 'contract', minutes * 60 FROM campaigns_contract WHERE client_id = %(client)s AND minutes > 0
UNION ALL
SELECT 'strategy', (document -> 'budget' ->> 'minutes')::int * 60 FROM campaigns_strategy
WHERE client_id = %(client)s AND signed_at IS NOT NULL AND superseded_at IS NULL
"""
FEE = "SELECT 'contract', fee_cents FROM campaigns_contract WHERE client_id = %(client)s AND fee_cents > 0"
AIMS = "SELECT kind, share FROM campaigns_mixtarget WHERE client_id = %(client)s AND kind = %(of)s"

WITHIN, UNTIL = "BETWEEN %(low)s AND %(high)s", "<= %(high)s"
AT, CHANNEL, TEXT = (_("When"), "at"), (_("Channel"), "text"), (_("Text"), "text")
DAY, POST, TOOK = (_("Day"), "day"), (_("Post"), "text"), (_("Took"), "seconds")
KIND, RESULT, REACH = (_("Kind"), "word"), (_("Result"), "word"), (_("Reach"), "number")
MANY, WORTH = (_("How many"), "number"), (_("Worth"), "cents")
TALK, ITS_POST = "talk", "post"


@dataclass(frozen=True)
class Period:
    """Whose rows, and from when to when, both local days included; `of`: which part, '' for all."""

    client: Client
    zone: str
    low: date
    high: date
    now: datetime
    of: str


@dataclass(frozen=True)
class Opened:
    """How a figure is opened: `find` its rows, of which the last cell names what a row `leads` to, and how they make
    it: `total`, in `unit` (number, decimal, percent, length in seconds, money in cents) and in words (`how`)."""

    title: str
    find: Callable[[Period], list[tuple]]
    columns: list[tuple[str, str]]
    total: Callable[[Sequence[tuple]], float | None] = len
    leads: str | None = None
    unit: str = "number"
    how: str = _("Number")


def _sql(text: str, **parts: str) -> Callable[[Period], list[tuple]]:
    text = text.format(**parts) if parts else text

    def find(of: Period) -> list[tuple]:
        values = {"client": of.client.id, "zone": of.zone, "low": of.low, "high": of.high, "now": of.now, "of": of.of}
        with connection.cursor() as cursor:
            cursor.execute(text, values | {"most": MOST})
            return cursor.fetchall()

    return find


def _sum(column: int, empty: float | None = None) -> Callable[[Sequence[tuple]], float | None]:
    def total(rows: Sequence[tuple]) -> float | None:
        told = [row[column] for row in rows if row[column] is not None]
        return sum(told) if told else empty

    return total


def _share(column: int, *wanted: str) -> Callable[[Sequence[tuple]], float | None]:
    return lambda rows: round(sum(row[column] in wanted for row in rows) / len(rows), 4) if rows else None


def _mean(column: int) -> Callable[[Sequence[tuple]], float | None]:
    def total(rows: Sequence[tuple]) -> float | None:
        told = [row[column] for row in rows if row[column] is not None]
        return round(sum(told) / len(told), 2) if told else None

    return total


def _observed(column: int, share: float) -> Callable[[Sequence[tuple]], float | None]:
    """The smallest value that at least this share of them does not exceed."""

    def total(rows: Sequence[tuple]) -> float | None:
        told = sorted(row[column] for row in rows if row[column] is not None)
        return told[max(0, math.ceil(len(told) * share) - 1)] if told else None

    return total


def _told(column: int) -> Callable[[Sequence[tuple]], float | None]:
    """What the first row says."""
    return lambda rows: rows[0][column] if rows else None


def _billed(of: Period) -> list[tuple]:
    """Time of ours, with what of it is billed: a person's of an activity and day, in the steps agreed."""
    step = Contract.objects.filter(client=of.client).values_list("step", flat=True).first() or 0
    return [
        (day, name, activity, seconds, sums.billed({(): seconds}, step) * 60, note)
        for day, name, activity, seconds, note in _sql(TIME, by_client="FALSE")(of)
    ]


def _assumed(of: Period) -> list[tuple]:
    """What has no value of its own, with what it was assumed to be worth on its day. `of` may name one kind."""
    known = [*Assumption.objects.filter(client=of.client).order_by("since").values_list("kind", "since", "cents")]
    valueless = [
        (day, kind, count)
        for day, _layer, kind, count, cents, *_rest in _sql(OUTCOMES)(replace(of, of=""))
        if cents is None
    ]
    valueless += [(day, "visit", clicks) for day, clicks in _sql(CLICKED)(of)]
    found = []
    for day, kind, count in valueless:
        worth = [cents for one, since, cents in known if one == kind and since <= day]
        if worth and count and of.of in ("", kind):
            found.append((day, kind, count, worth[-1], count * worth[-1]))
    return found


def _assumption(of: Period) -> list[tuple]:
    rows = Assumption.objects.filter(client=of.client, kind=of.of, since__lte=of.high).order_by("-since")
    return [*rows.values_list("since", "kind", "cents", "reason")]


def _target(of: Period) -> list[tuple]:
    """The last cell is what the target is in its figure's unit: seconds, a share of 0 to 1, or as it is."""
    rows = Goal.objects.filter(client=of.client, slug=of.of).order_by("dropped_at")
    return [
        (goal.begins_on, goal.ends_on, goal.text, goal.target, goal.target * SCALES.get(MEASURES[goal.measure].unit, 1))
        for goal in rows
    ]


RECEIVED_COLUMNS, REVIEW_COLUMNS = [AT, CHANNEL, KIND, TEXT], [AT, CHANNEL, (_("Stars"), "number"), TEXT, RESULT]
PROMISE_COLUMNS, CASE_COLUMNS = [AT, CHANNEL, KIND, RESULT, TOOK], [AT, CHANNEL, KIND, RESULT, (_("Note"), "text")]
MOVED_COLUMNS, ASKED_COLUMNS = [DAY, CHANNEL, POST, (_("Number"), "number")], [
    AT, (_("What we asked"), "word"), (_("Answered"), "at"), TOOK,
]  # fmt: skip
OUTCOME_COLUMNS = [
    DAY, (_("How it is known"), "word"), (_("What"), "word"), MANY, WORTH, (_("Source"), "text"), (_("Note"), "text"),
]  # fmt: skip
ASSUMED_COLUMNS = [DAY, (_("What"), "word"), MANY, (_("Each worth"), "cents"), WORTH]
SUM, SHARE, LARGEST = _("Sum"), _("Share"), _("Half within")
FIRST_COLUMNS = [AT, CHANNEL, TOOK]
MESSAGES, DUE = _("Messages received"), _("Promises that were due")
ANSWERS, OF_PEOPLE = _("First answers"), _("Reviews")
ENDED, SEEN = _("Complaints that came to an end"), _("Times seen (reach)")
INTERACTED, ASKED_YOU = _("Reactions, comments, shares"), _("How long you took when we asked you")

OPENED: dict[str, Opened] = {
    "received": Opened(MESSAGES, _sql(RECEIVED), RECEIVED_COLUMNS, len, TALK),
    "promises": Opened(DUE, _sql(PROMISES), PROMISE_COLUMNS, _share(3, "met"), TALK, "percent", SHARE),
    "due": Opened(DUE, _sql(PROMISES), PROMISE_COLUMNS, len, TALK),
    "met": Opened(DUE, _sql(PROMISES), PROMISE_COLUMNS, lambda rows: sum(row[3] == "met" for row in rows), TALK,
                  how=_("In time")),
    "first": Opened(ANSWERS, _sql(FIRST), FIRST_COLUMNS, _observed(2, 0.5), TALK, "length", LARGEST),
    "slow": Opened(ANSWERS, _sql(FIRST), FIRST_COLUMNS, _observed(2, 0.9), TALK, "length", _("Nine in ten within")),
    "reviews": Opened(OF_PEOPLE, _sql(REVIEWS), REVIEW_COLUMNS, len, TALK),
    "stars": Opened(OF_PEOPLE, _sql(REVIEWS), REVIEW_COLUMNS, _mean(2), TALK, "decimal", _("On average")),
    "replied": Opened(OF_PEOPLE, _sql(REVIEWS), REVIEW_COLUMNS,
                      lambda rows: sum(row[4] == "answered" for row in rows), TALK, how=_("Answered")),
    "cases": Opened(ENDED, _sql(CASES), CASE_COLUMNS, _share(3, "recovered"), TALK, "percent", SHARE),
    "ended": Opened(ENDED, _sql(CASES), CASE_COLUMNS, len, TALK),
    "recovered": Opened(ENDED, _sql(CASES), CASE_COLUMNS, lambda rows: sum(row[3] == "recovered" for row in rows),
                        TALK, how=_("Ended well")),
    "posts": Opened(_("Posts"), _sql(POSTS, part="ch.name"), RECEIVED_COLUMNS, len, ITS_POST),
    "kinds": Opened(_("Posts"), _sql(POSTS, part="o.kind"), RECEIVED_COLUMNS, len, ITS_POST),
    "reach": Opened(SEEN, _sql(MOVED, figure="n.reach", part="ch.name", days=WITHIN), MOVED_COLUMNS, _sum(3),
                    ITS_POST, how=SUM),
    "reactions": Opened(INTERACTED, _sql(MOVED, figure=PARTS, part="ch.name", days=WITHIN), MOVED_COLUMNS, _sum(3),
                        ITS_POST, how=SUM),
    "postreach": Opened(SEEN, _sql(MOVED, figure="n.reach", part="p.id::text", days=UNTIL), MOVED_COLUMNS,
                        _sum(3, 0), ITS_POST, how=SUM),
    "postreactions": Opened(INTERACTED, _sql(MOVED, figure=PARTS, part="p.id::text", days=UNTIL), MOVED_COLUMNS,
                            _sum(3, 0), ITS_POST, how=SUM),
    "visits": Opened(_("Visits to the homepage"), _sql(VISITS), MOVED_COLUMNS, _sum(3, 0), ITS_POST, how=SUM),
    "followers": Opened(_("Followers"), _sql(FOLLOWERS), [DAY, CHANNEL, (_("Followers"), "number")], _sum(2), how=SUM),
    "time": Opened(_("Our time"), _billed,
                   [DAY, (_("Person"), "text"), (_("Activity"), "word"), (_("Time taken"), "seconds"),
                    (_("Billed"), "seconds"), (_("Note"), "text")], _sum(4, 0), None, "length", SUM),
    "owntime": Opened(_("Your own time"), _sql(TIME, by_client="TRUE"),
                      [DAY, (_("Person"), "text"), (_("Activity"), "word"), (_("Time taken"), "seconds"),
                       (_("Note"), "text")], _sum(3, 0), None, "length", SUM),
    "agreed": Opened(_("The time agreed"), _sql(AGREED), [(_("Where"), "word"), (_("Time taken"), "seconds")],
                     _told(1), None, "length", _("In force")),
    "fee": Opened(_("Our fee"), _sql(FEE), [(_("Where"), "word"), (_("Fee"), "cents")], _told(1), None, "money",
                  _("In force")),
    "outcomes": Opened(_("What came of it"), _sql(OUTCOMES), OUTCOME_COLUMNS, _sum(3, 0), how=SUM),
    "worth": Opened(_("What came of it"), _sql(OUTCOMES), OUTCOME_COLUMNS, _sum(4), None, "money", SUM),
    "assumed": Opened(_("What is assumed"), _assumed, ASSUMED_COLUMNS, _sum(2, 0), how=SUM),
    "assumedworth": Opened(_("What is assumed"), _assumed, ASSUMED_COLUMNS, _sum(4), None, "money", SUM),
    "assumption": Opened(_("What is assumed"), _assumption, [(_("Since"), "day"), (_("What"), "word"),
                         (_("Each worth"), "cents"), (_("Why"), "text")], _told(2), None, "money", _("In force")),
    "asked": Opened(ASKED_YOU, _sql(ASKED), ASKED_COLUMNS, len),
    "askedanswered": Opened(ASKED_YOU, _sql(ASKED), ASKED_COLUMNS,
                            lambda rows: sum(row[2] is not None for row in rows), how=_("Answered")),
    "askedfor": Opened(ASKED_YOU, _sql(ASKED), ASKED_COLUMNS, _observed(3, 0.5), None, "length", LARGEST),
    "aim": Opened(_("What was agreed"), _sql(AIMS), [KIND, (_("Share in %"), "number")], _told(1), how=_("In force")),
    "target": Opened(_("What was agreed"), _target, [(_("From"), "day"), (_("Until"), "day"), (_("Goal"), "text"),
                     (_("Target"), "decimal")], _told(4), None, "decimal", _("In force")),
}  # fmt: skip
# What a goal's measure is made of, over the days from its beginning to the end of the month.
OF_GOAL = {
    "posts": OPENED["posts"],
    "reach": OPENED["reach"],
    "engagement": OPENED["reactions"],
    "clicks": OPENED["visits"],
    "followers": OPENED["followers"],
    "reviews": OPENED["reviews"],
    "stars": Opened(OF_PEOPLE, _sql(STARRED), REVIEW_COLUMNS[:4], _mean(2), TALK, "decimal", _("On average")),
    "answered": Opened(_("Messages that waited for an answer"), _sql(ANSWERED), [AT, CHANNEL, KIND, RESULT],
                       _share(3, "answered"), TALK, "percent", SHARE),
    "in_time": OPENED["promises"],
    "first_response": OPENED["first"],
}  # fmt: skip
GOAL = "goal"
KEYS = (*OPENED, GOAL)


def rows(client: Client, month: date, asked: Asked, now: datetime) -> Rows | None:
    """The rows of a figure of the month that begins on this day, at most 5,000; None for an unknown figure."""
    zone = Calendar.objects.values_list("document__zone", flat=True).get(client=client)
    low, high = month, compose.last_day(month)
    if asked.before:
        low, high = low - (high - low) - timedelta(days=1), low - timedelta(days=1)
    if asked.day:
        low = high = asked.day
    of = Period(client, zone, low, high, now, asked.of)
    if asked.key == GOAL:
        return _goal(of)
    return _rows(OPENED[asked.key], of) if asked.key in OPENED else None


def _goal(of: Period) -> Rows | None:
    goal = Goal.objects.filter(client=of.client, slug=of.of).order_by("-dropped_at").last()
    if goal is None:
        return None
    of = replace(of, low=goal.begins_on, high=min(goal.ends_on, of.high), of="")
    return _rows(OF_GOAL[goal.measure], of)


def _rows(opened: Opened, of: Period) -> Rows:
    found = [tuple(map(_plain, row)) for row in opened.find(of)]
    shown = [row[: len(opened.columns)] for row in found]
    links = [(opened.leads, row[-1]) if opened.leads else None for row in found]
    total = None if len(found) == MOST else opened.total(found)
    return Rows(str(opened.title), opened.columns, shown, total, opened.unit, str(opened.how), links)


def _plain(cell):
    return float(cell) if isinstance(cell, Decimal) else cell
