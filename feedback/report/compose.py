"""Composes the figures of a client's month from the sums; every one of them can be opened down to its rows (`rows`)."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from textwrap import shorten

from django.db import connection

from campaigns import home, metrics, overview, reverse
from campaigns import rollup as numbers
from campaigns.effort import budget, outcomes
from campaigns.models import Assumption, MixTarget
from campaigns.vocabulary import Layer, PostKind
from clients.models import Calendar, Client
from feedback import cases, goals, rollup
from feedback import overview as answering

VERSION = 2
TOP, SAID = 3, 20
DAY = timedelta(days=1)
COUNTED = ("reach", "impressions", "views", "reactions", "comments", "shares", "clicks", "engagement")

REVIEWS = """
SELECT (i.received_at AT TIME ZONE %(zone)s)::date >= %(low)s, count(*), avg(i.stars),
    count(*) FILTER (WHERE EXISTS (
        SELECT FROM feedback_interaction r WHERE r.client_id = i.client_id AND r.conversation_id = i.conversation_id
        AND r.direction = 'out' AND r.deleted_at IS NULL AND r.received_at >= i.received_at))
FROM feedback_interaction i
WHERE i.client_id = %(client)s AND i.direction = 'in' AND i.kind = 'review' AND i.deleted_at IS NULL
    AND (i.received_at AT TIME ZONE %(zone)s)::date BETWEEN %(before)s AND %(high)s
GROUP BY 1
"""
POSTS = """
SELECT p.id, p.post_id, ch.name, o.kind, coalesce(nullif(o.title, ''), o.text),
    coalesce(sum(n.reach), 0), coalesce(sum(n.reactions), 0) + coalesce(sum(n.comments), 0) + coalesce(sum(n.shares), 0)
FROM campaigns_publication p
JOIN campaigns_post o ON o.client_id = p.client_id AND o.id = p.post_id
JOIN clients_channel ch ON ch.id = p.channel_id
LEFT JOIN campaigns_numbersday n ON n.client_id = p.client_id AND n.publication_id = p.id AND n.day <= %(high)s
WHERE p.client_id = %(client)s AND p.state = 'sent'
    AND (p.sent_at AT TIME ZONE %(zone)s)::date BETWEEN %(low)s AND %(high)s
GROUP BY 1, 2, 3, 4, 5
ORDER BY 7 DESC, 6 DESC, 1
"""
# What the agency decided in the client's place: it shows in the report.
DECIDED = """
SELECT o.id, min(d.at), string_agg(DISTINCT ch.name, ', '), left(coalesce(nullif(o.title, ''), o.text), 200), d.verdict,
    d.reason, u.name
FROM campaigns_decision d JOIN campaigns_publication p ON p.client_id = d.client_id AND p.id = d.publication_id
JOIN campaigns_post o ON o.client_id = p.client_id AND o.id = p.post_id JOIN clients_channel ch ON ch.id = p.channel_id
LEFT JOIN agency_user u ON u.id = d.user_id
WHERE d.client_id = %(client)s AND d.stage = 'client' AND d.reason <> ''
    AND (d.at AT TIME ZONE %(zone)s)::date BETWEEN %(low)s AND %(high)s
GROUP BY o.id, o.title, o.text, d.verdict, d.reason, u.name
ORDER BY 2 LIMIT %(most)s
"""


def last_day(month: date) -> date:
    return (month + 32 * DAY).replace(day=1) - DAY


def compose(client: Client, month: date, now: datetime) -> dict:
    """The month that begins on this local day as plain JSON: counts, seconds, cents and shares of 0 to 1.

    None is what nobody told or knows. A month that still runs is told until today.
    """
    zone = Calendar.objects.values_list("document__zone", flat=True).get(client=client)
    low, high = month, last_day(month)
    values = {"client": client.id, "zone": zone, "low": low, "high": high, "most": SAID}
    values["before"] = low - (high - low + DAY)
    told = answering.answers([client.id], low, high, now)
    effect = overview.posts([client.id], low, high, "reach")
    posts = _ask(POSTS, values)
    filled = min(rollup.filled_to([client.id], now), numbers.filled_to([client.id], now))
    return {
        "version": VERSION,
        "client": client.name,
        "agency": client.agency.name,
        "homepage": client.homepage,
        "zone": zone,
        "low": low.isoformat(),
        "high": high.isoformat(),
        "composed_at": now.isoformat(),
        "filled_to": filled.isoformat(),
        "answers": _answers(told["now"]["total"][None]),
        "answers_before": _answers(told["before"]["total"][None]),
        "sentiments": {name: row["received"] for name, row in told["now"]["sentiment"].items()},
        "reviews": _reviews(values),
        "cases": _cases(client, low, high),
        "cases_before": _cases(client, values["before"], low - DAY),
        "posts": _posts(posts),
        "home": _home(client, low, high),
        "effect": _effect(effect["now"]["total"][None]),
        "effect_before": _effect(effect["before"]["total"][None]),
        "channels": [{"channel": name} | _effect(row) for name, row in sorted(effect["now"]["channel"].items())],
        "followers": _followers(client, low, high),
        "days": _days(client, low, high, told["now"]["day"]),
        "top": [_top(row) for row in posts[:TOP]],
        "mix": _mix(client, posts),
        "goals": _goals(client, high, now),
        "time": _time(client, month, now),
        "returns": _returns(client, low, high),
        "client_response": {
            what: _plain(row) for (_id, what), row in reverse.report([client.id], low, high, now).items()
        },
        "decided_for_client": [
            {"post": post, "at": at.isoformat(), "channels": channels, "text": shorten(text, 90, placeholder="…"),
             "verdict": verdict, "reason": reason, "by": name or ""}
            for post, at, channels, text, verdict, reason, name in _ask(DECIDED, values)
        ],
    }


def _answers(row: dict) -> dict:
    names = ("received", "sent", "n", "answered", "open", "met", "breached", "overdue", "share_met")
    first = {"median": row["first"]["median"], "p90": row["first"]["p90"], "n": row["first"]["n"]}
    return {name: row[name] for name in names} | {"first": first}


def _reviews(values: dict) -> dict:
    found = {now: (n, stars, replied) for now, n, stars, replied in _ask(REVIEWS, values)}
    return {name: _review(found.get(now)) for name, now in (("now", True), ("before", False))}


def _review(row: tuple | None) -> dict:
    n, stars, replied = row or (0, None, 0)
    return {"n": n, "stars": None if stars is None else round(float(stars), 2), "replied": replied}


def _cases(client: Client, low: date, high: date) -> dict:
    """Criticism that came to an end, and how much of it ended well."""
    return asdict(cases.total(cases.recovered([client.id], low, high).values()))


def _posts(rows: Sequence[tuple]) -> dict:
    """How many posts went out; one on two channels counts once, on each channel once."""
    by_channel: dict[str, int] = {}
    for _id, _post, channel, *_rest in rows:
        by_channel[channel] = by_channel.get(channel, 0) + 1
    return {"n": len({post for _id, post, *_rest in rows}), "by_channel": dict(sorted(by_channel.items()))}


def _mix(client: Client, rows: Sequence[tuple]) -> list[dict]:
    kinds = {post: kind for _id, post, _channel, kind, *_rest in rows}
    targets = dict(MixTarget.objects.filter(client=client).values_list("kind", "share"))
    counts = {kind: sum(one == kind for one in kinds.values()) for kind in PostKind.values}
    return [{"kind": kind, "n": counts[kind], "target": targets.get(kind)} for kind in PostKind.values]


def _home(client: Client, low: date, high: date) -> dict:
    (row,) = home.shares([client.id], low, high)
    return {name: row[name] for name in ("posts", "home", "share_home", "link_clicks")}


def _effect(row: dict) -> dict:
    rate = row["rate"]
    return {name: row[name] for name in COUNTED} | {"rate": _plain(rate)}


def _followers(client: Client, low: date, high: date) -> dict:
    """On the last day of the month and on the one before it began; None where nobody told."""
    found = {}
    for name, day in (("now", high), ("before", low - DAY)):
        rows = metrics.rows([client.id], day, day, "total", "followers")
        found[name] = rows[0]["followers_total"] if rows else None
    return found


def _days(client: Client, low: date, high: date, said: dict) -> list[dict]:
    moved = overview.days([client.id], low, high)
    return [
        {
            "day": day.isoformat(),
            "reach": moved.get(day, {}).get("reach") or 0,
            "received": said[day]["received"] if day in said else 0,
        }
        for day in (low + number * DAY for number in range((high - low).days + 1))
    ]


def _top(row: tuple) -> dict:
    publication, post, channel, kind, text, reach, engagement = row
    return {
        "publication": publication, "post": post, "channel": channel, "kind": kind,
        "text": shorten(text, 160, placeholder="…"), "reach": int(reach), "engagement": int(engagement),
    }  # fmt: skip


def _goals(client: Client, high: date, now: datetime) -> list[dict]:
    """The goals that counted in the month, as they stood on its last day."""
    return [
        {
            "slug": goal.slug, "text": goal.text, "measure": goal.measure, "target": goal.target, "start": goal.start,
            "ends_on": goal.ends_on.isoformat(),
        } | asdict(way)
        for goal, way in ((one.goal, one.progress) for one in goals.standings([client.id], high, now))
        if goal.begins_on <= high
    ]  # fmt: skip


def _time(client: Client, month: date, now: datetime) -> dict:
    """Minutes only: what an hour costs the agency is no business of the report's."""
    found = budget.months([client], [month], now)[client.id, month]
    spent = found.billed or {name: round(seconds / 60) for name, seconds in found.by_activity.items()}
    by_activity = dict(sorted(spent.items()))
    return {"minutes": found.minutes, "budget": found.budget, "by_activity": by_activity, "fee": found.fee} | {
        "client_minutes": found.client_minutes,
    }  # fmt: skip


def _returns(client: Client, low: date, high: date) -> dict:
    found = outcomes.returns([client.id], low, high).get((client.id, None), outcomes.nothing())
    used = Assumption.objects.filter(client=client, since__lte=high).order_by("kind", "-since")
    latest = {row.kind: {"cents": row.cents, "reason": row.reason} for row in reversed(used)}
    return {layer: asdict(getattr(found, layer)) for layer in Layer.values} | {
        "visits": found.visits, "assumptions": latest,
    }  # fmt: skip


def _plain(value):
    """Without what JSON can't hold."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _ask(sql: str, values: dict) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
