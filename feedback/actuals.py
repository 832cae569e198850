"""What really happened, told as answers to the readiness check, so that a check can be held against the facts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection

from clients.models import Calendar, Client
from clients.readiness.questionnaire import BY_KEY

from . import overview

DAYS = 90
ENOUGH = 3  # cases below which nothing is concluded
# Each threshold with the answer that a figure of at least this much stands for.
POSTS_PER_WEEK = ((0.9, "weekly"), (0.2, "monthly"), (0, "yearly"))
WITH_PICTURES = ((0.6, "yes"), (0.2, "some"), (0, "no"))
REVIEWS = ((10, "many"), (1, "few"), (0, "none"))
IN_TIME = ((0.95, "with_deputy"), (0.8, "one"), (0.5, "whoever"), (0, "nobody"))
WEEKENDS = ((0.5, "somebody"), (0, "nobody"))
CRITICISM = ((0.9, "answer"), (0, "if_needed"))

# Posts that went out, those with pictures, reviews that came in; messages of a weekend, those answered within a day.
FACTS = """
SELECT
    (SELECT count(DISTINCT post_id) FROM campaigns_publication
        WHERE client_id = %(client)s AND sent_at >= %(since)s AND sent_at < %(now)s),
    (SELECT count(DISTINCT p.post_id) FROM campaigns_publication p
        WHERE p.client_id = %(client)s AND p.sent_at >= %(since)s AND p.sent_at < %(now)s
        AND EXISTS (SELECT FROM campaigns_attachment a WHERE a.client_id = p.client_id AND a.post_id = p.post_id)),
    (SELECT count(*) FROM feedback_interaction
        WHERE client_id = %(client)s AND direction = 'in' AND kind = 'review' AND deleted_at IS NULL
        AND received_at >= %(since)s AND received_at < %(now)s),
    count(*), count(*) FILTER (WHERE answered_at < started_at + interval '1 day')
FROM feedback_clock
WHERE client_id = %(client)s AND kind IN ('first', 'next') AND stop_reason <> 'no_reply_needed'
    AND started_at >= %(since)s AND started_at < %(now)s - interval '1 day'
    AND extract(isodow FROM started_at AT TIME ZONE %(zone)s) > 5
"""


@dataclass(frozen=True, slots=True)
class Actual:
    """`answer` is what the figure stands for, `share` 0 to 1 or a number a week, observed in `n` cases.

    `against` the answer that was given: better, worse or as_said; '' without one.
    """

    question: str
    answer: str
    figure: float
    n: int
    against: str = ""


def of(client: Client, answers: dict[str, str], now: datetime, zone: str = "") -> list[Actual]:
    """What the last 90 days say to the questions that facts can answer; without enough cases nothing is said.

    `zone` is the client's, where it is known already.
    """
    zone = zone or Calendar.objects.values_list("document__zone", flat=True).get(client=client)
    values = {"client": client.id, "since": now - timedelta(days=DAYS), "now": now, "zone": zone}
    with connection.cursor() as cursor:
        cursor.execute(FACTS, values)
        posts, pictured, reviews, weekends, soon = cursor.fetchone()
    today = now.astimezone(ZoneInfo(zone)).date()
    told = overview.answers([client.id], today - timedelta(days=DAYS - 1), today, now)["now"]
    turns, negative = told["total"][None] or {}, told["sentiment"].get("negative", {})
    criticised = negative.get("answered", 0) + negative.get("waiting", 0)
    found = [
        _actual("stories", POSTS_PER_WEEK, posts * 7 / DAYS, posts, enough=0),
        _actual("pictures", WITH_PICTURES, _share(pictured, posts), posts),
        _actual("reviews", REVIEWS, reviews, reviews, enough=0),
        _actual("weekday", IN_TIME, turns.get("share_met"), turns.get("met", 0) + turns.get("breached", 0)),
        _actual("saturday", WEEKENDS, _share(soon, weekends), weekends),
        _actual("criticism", CRITICISM, _share(negative.get("answered", 0), criticised), criticised),
    ]
    return [_held_against(one, answers) for one in found if one]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _actual(question: str, steps, figure: float | None, n: int, enough: int = ENOUGH) -> Actual | None:
    if figure is None or n < enough:
        return None
    return Actual(question, next(answer for least, answer in steps if figure >= least), figure, n)


def _held_against(actual: Actual, answers: dict[str, str]) -> Actual:
    points: Callable[[str], int | None] = BY_KEY[actual.question].options.get
    said, found = points(answers.get(actual.question, "")), points(actual.answer)
    if said is None:
        return actual
    against = "as_said" if said == found else "better" if found > said else "worse"
    return Actual(actual.question, actual.answer, actual.figure, actual.n, against)
