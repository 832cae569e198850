"""How far the clients' goals are on their way, by what was really published, reached and answered."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from campaigns import mix, rhythm
from campaigns.models import Goal, Strategy
from campaigns.strategy.measures import MEASURES, Progress, progress

# Each goal with the figure of its measure, in its unit, over the local days from `low` to `high`.
VALUES = """
SELECT g.*, CASE g.measure
    WHEN 'posts' THEN (SELECT count(DISTINCT p.post_id) FROM campaigns_publication p
        WHERE p.client_id = g.client_id AND p.state = 'sent'
        AND (p.sent_at AT TIME ZONE g.zone)::date BETWEEN g.low AND g.high)
    WHEN 'reach' THEN (SELECT sum(n.reach) FROM campaigns_numbersday n
        WHERE n.client_id = g.client_id AND n.day BETWEEN g.low AND g.high AND n.publication_id IS NOT NULL)
    WHEN 'engagement' THEN (SELECT sum(coalesce(n.reactions, 0) + coalesce(n.comments, 0) + coalesce(n.shares, 0))
        FROM campaigns_numbersday n
        WHERE n.client_id = g.client_id AND n.day BETWEEN g.low AND g.high AND n.publication_id IS NOT NULL)
    WHEN 'clicks' THEN (SELECT coalesce(sum(c.clicks), 0) FROM campaigns_clickday c
        WHERE c.client_id = g.client_id AND c.day BETWEEN g.low AND g.high)
    WHEN 'followers' THEN (SELECT sum(latest.total) FROM (
        SELECT DISTINCT ON (n.channel_id) n.followers_total AS total FROM campaigns_numbersday n
        WHERE n.client_id = g.client_id AND n.publication_id IS NULL
        AND n.followers_total IS NOT NULL AND n.day <= g.high
        ORDER BY n.channel_id, n.day DESC) latest)
    WHEN 'reviews' THEN (SELECT count(*) FROM feedback_interaction i
        WHERE i.client_id = g.client_id AND i.direction = 'in' AND i.kind = 'review' AND i.deleted_at IS NULL
        AND (i.received_at AT TIME ZONE g.zone)::date BETWEEN g.low AND g.high)
    WHEN 'stars' THEN (SELECT avg(i.stars) FROM feedback_interaction i
        WHERE i.client_id = g.client_id AND i.direction = 'in' AND i.stars IS NOT NULL AND i.deleted_at IS NULL
        AND (i.received_at AT TIME ZONE g.zone)::date BETWEEN g.low AND g.high)
    WHEN 'answered' THEN (SELECT 100.0 * sum(s.answered) / nullif(sum(s.answered + s.waiting + s.closed), 0)
        FROM feedback_serviceday s
        WHERE s.client_id = g.client_id AND s.clock_kind IN ('first', 'next') AND s.day BETWEEN g.low AND g.high)
    WHEN 'in_time' THEN (SELECT 100.0 * sum(s.met) / nullif(sum(s.met + s.breached
            + (SELECT count(*) FROM unnest(s.open_due) due WHERE due < %(now)s)), 0)
        FROM feedback_serviceday s
        WHERE s.client_id = g.client_id AND s.clock_kind IN ('first', 'next') AND s.day BETWEEN g.low AND g.high)
    WHEN 'first_response' THEN (
        SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY seconds) / 60.0
        FROM feedback_serviceday s, unnest(s.business) seconds
        WHERE s.client_id = g.client_id AND s.clock_kind = 'first' AND s.day BETWEEN g.low AND g.high)
END AS figure
FROM (
    SELECT o.*, c.document ->> 'zone' AS zone, o.begins_on AS low, least(o.ends_on, %(last)s) AS high
    FROM campaigns_goal o JOIN clients_calendar c ON c.client_id = o.client_id
    WHERE o.client_id = ANY(%(clients)s) AND o.dropped_at IS NULL
) g
ORDER BY g.client_id, g.ends_on, g.id
"""


@dataclass(frozen=True, slots=True)
class Standing:
    goal: Goal
    progress: Progress


@dataclass(frozen=True, slots=True)
class Drift:
    """Something that is done otherwise than signed: cadence (of a channel), mix (of a kind) or goal, and how."""

    sort: str
    name: str
    state: str


def standings(clients: Collection[int], today: date, now: datetime) -> list[Standing]:
    """The goals in force, by client and end, each as it stands on this local day; in one query."""
    rows = Goal.objects.raw(VALUES, {"clients": list(clients), "last": today, "now": now})
    return [Standing(goal, _progress(goal, today)) for goal in rows]


def _progress(goal: Goal, today: date) -> Progress:
    """None of the figures is measured where nobody told any."""
    value = None if goal.figure is None else float(goal.figure)
    return progress(MEASURES[goal.measure], goal.start, goal.target, goal.begins_on, goal.ends_on, today, value)


def drift(
    signed: Strategy, rows: Collection[rhythm.Rhythm], kinds: Mapping[str, int], standing: Collection[Standing]
) -> list[Drift]:
    """What is done otherwise than signed, by the rhythm of the channels and the kinds of posts of the last 28 days.

    Empty while all goes as agreed.
    """
    found = [Drift("cadence", row.channel.name, row.standing.state) for row in rows if row.standing.state != "ok"]
    found += [Drift("cadence", row.channel.name, "too_many") for row in rows if row.too_many]
    found += [Drift("mix", kind, "short") for kind in mix.short(kinds, signed.document["mix"])]
    lagging = ("behind", "missed")
    return found + [
        Drift("goal", one.goal.text, one.progress.state) for one in standing if one.progress.state in lagging
    ]
