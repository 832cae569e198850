"""A monthly report counted again in plain Python from the rows: what the composed one must agree with.

Nothing of the product's SQL or sums is used: numbers come from the snapshots, clicks from the single clicks, service
from the clocks, each found by a loop over all rows of the client.
"""

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from math import ceil
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from campaigns.models import (
    Assumption,
    Click,
    Contract,
    Decision,
    Goal,
    MixTarget,
    Outcome,
    Publication,
    Question,
    Snapshot,
    Strategy,
    TimeEntry,
)  # fmt: skip
from clients.models import Client
from feedback.models import Case, Clock, Interaction

DAY = timedelta(days=1)
OF_POSTS = ("impressions", "reach", "views", "reactions", "comments", "shares", "clicks")
ENGAGED = ("reactions", "comments", "shares")
SUMS = ("posts", "reach", "engagement", "clicks", "reviews")


class Recount:
    """One client's month, from `low` to `high`, as it was known at `now`."""

    def __init__(self, client: Client, low: date, high: date, now: datetime):
        self.client, self.low, self.high, self.now = client, low, high, now
        self.zone = ZoneInfo(client.calendar.document["zone"])
        self.before = low - (high - low) - DAY, low - DAY
        self.messages = [one for one in Interaction.objects.filter(client=client) if one.deleted_at is None]
        self.clocks = [one for one in Clock.objects.filter(client=client) if one.kind in ("first", "next")]
        self.cases = [one for one in Case.objects.filter(client=client) if one.closed_at]
        rows = Publication.objects.filter(client=client).select_related("post", "channel")
        self.publications = list(rows)
        self.sent = [one for one in self.publications if one.state == "sent"]
        self.snapshots = sorted(Snapshot.objects.filter(client=client), key=lambda one: one.observed_at)
        self.clicks = [
            (one.link.publication_id, self.day(one.at))
            for one in Click.objects.filter(client=client).select_related("link")
        ]
        self.outcomes = [one for one in Outcome.objects.filter(client=client) if one.voided_at is None]
        self.entries = [one for one in TimeEntry.objects.filter(client=client) if one.seconds is not None]

    def document(self) -> dict:
        now, before = (self.low, self.high), self.before
        return {
            "answers": self.answers(*now),
            "answers_before": self.answers(*before),
            "reviews": {"now": self.reviews(*now), "before": self.reviews(*before)},
            "cases": self.ended(*now),
            "cases_before": self.ended(*before),
            "posts": self.posts(),
            "home": self.home(),
            "effect": self.effect(*now),
            "effect_before": self.effect(*before),
            "channels": self.channels(),
            "followers": {"now": self.followers(self.high), "before": self.followers(self.low - DAY)},
            "days": self.days(),
            "top": self.top(),
            "mix": self.mix(),
            "goals": self.goals(),
            "time": self.time(),
            "returns": self.returns(),
            "client_response": self.client_response(),
            "decided_for_client": self.decided(),
        }

    def day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def answers(self, low: date, high: date) -> dict:
        received = [one for one in self.messages if low <= self.day(one.received_at) <= high]
        asked = [one for one in self.clocks if low <= self.day(one.started_at) <= high]
        counted = [one for one in asked if one.outcome != "cancelled"]
        due = [one for one in self.clocks if one.due_at and low <= self.day(one.due_at) <= high]
        met = sum(one.outcome == "met" for one in due)
        breached = sum(one.outcome == "breached" and bool(one.stopped_at) and not one.late_ingest for one in due)
        overdue = sum(
            not one.stopped_at and not one.late_ingest and one.due_at < self.now
            and (one.paused_at is None or one.outcome == "breached")
            for one in due
        )  # fmt: skip
        took = sorted(
            one.business_seconds for one in counted if one.kind == "first" and one.business_seconds is not None
        )
        kept = met + breached + overdue
        return {
            "received": sum(one.direction == "in" for one in received),
            "sent": sum(one.direction == "out" for one in received),
            "n": len(counted),
            "answered": sum(one.wall_seconds is not None for one in counted),
            "open": sum(one.stopped_at is None for one in asked),
            "met": met,
            "breached": breached,
            "overdue": overdue,
            "share_met": round(met / kept, 4) if kept else None,
            "first": {
                "median": observed(took, 0.5),
                "p90": observed(took, 0.9),
                "n": sum(one.kind == "first" for one in counted),
            },
        }

    def reviews(self, low: date, high: date) -> dict:
        found = [
            one
            for one in self.messages
            if one.direction == "in" and one.kind == "review" and low <= self.day(one.received_at) <= high
        ]
        stars = [one.stars for one in found if one.stars is not None]
        replied = 0
        for one in found:
            answers = [
                other
                for other in self.messages
                if other.direction == "out"
                and other.conversation_id == one.conversation_id
                and other.received_at >= one.received_at
            ]
            replied += bool(answers)
        return {"n": len(found), "stars": round(sum(stars) / len(stars), 2) if stars else None, "replied": replied}

    def ended(self, low: date, high: date) -> dict:
        found = [one.outcome for one in self.cases if low <= self.day(one.closed_at) <= high]
        return {"closed": len(found), "recovered": found.count("recovered")}

    def out(self, low: date, high: date) -> list[Publication]:
        return [one for one in self.sent if low <= self.day(one.sent_at) <= high]

    def posts(self) -> dict:
        out = self.out(self.low, self.high)
        return {"n": len({one.post_id for one in out}), "by_channel": dict(Counter(one.channel.name for one in out))}

    def home(self) -> dict:
        links = {one.post_id: one.post.link for one in self.out(self.low, self.high)}
        home = urlsplit(self.client.homepage).hostname
        led = sum(bool(home) and urlsplit(link).hostname == home for link in links.values())
        return {
            "posts": len(links),
            "home": led,
            "share_home": led / len(links) if links and home else None,
            "link_clicks": self.clicked(self.low, self.high),
        }

    def clicked(self, low: date, high: date) -> int:
        return sum(low <= day <= high for _publication, day in self.clicks)

    def value(self, publication: int | None, channel: int | None, name: str, until: date) -> int | None:
        """What the counter of a post or channel stood at, at the end of this day."""
        found = None
        for one in self.snapshots:
            of = one.publication_id == publication and (channel is None or one.channel_id == channel)
            if of and getattr(one, name) is not None and self.day(one.observed_at) <= until:
                found = getattr(one, name)
        return found

    def moved(self, publication: int, name: str, low: date, high: date) -> int | None:
        """How far it moved, None where nobody told it by then, or nobody looked in these days."""
        looked = any(
            one.publication_id == publication and low <= self.day(one.observed_at) <= high for one in self.snapshots
        )
        end = self.value(publication, None, name, high)
        if not looked or end is None:
            return None
        return end - (self.value(publication, None, name, low - DAY) or 0)

    def effect(self, low: date, high: date, channel: int | None = None) -> dict:
        sums = dict.fromkeys(OF_POSTS)
        for row in self.publications:
            if channel in (None, row.channel_id):
                for name in OF_POSTS:
                    moved = self.moved(row.id, name, low, high)
                    sums[name] = sums[name] if moved is None else (sums[name] or 0) + moved
        return sums

    def channels(self) -> list[dict]:
        names = {one.channel.name: one.channel_id for one in self.publications}
        found = [{"channel": name} | self.effect(self.low, self.high, id) for name, id in sorted(names.items())]
        return [one for one in found if one["reach"] is not None]

    def followers(self, day: date) -> int | None:
        channels = {one.channel_id for one in self.snapshots if one.publication_id is None}
        found = [self.value(None, channel, "followers", day) for channel in channels]
        known = [one for one in found if one is not None]
        return sum(known) if known else None

    def days(self) -> list[dict]:
        found, day = [], self.low
        while day <= self.high:
            reach = sum(self.moved(row.id, "reach", day, day) or 0 for row in self.publications)
            received = sum(one.direction == "in" and self.day(one.received_at) == day for one in self.messages)
            found.append({"day": day.isoformat(), "reach": reach, "received": received})
            day += DAY
        return found

    def top(self) -> list[dict]:
        found = []
        for row in self.out(self.low, self.high):
            did = {name: self.value(row.id, None, name, self.high) or 0 for name in ("reach", *ENGAGED)}
            engagement = sum(did[name] for name in ENGAGED)
            found.append((-engagement, -did["reach"], row.id))
        return [
            {"publication": id, "reach": -reach, "engagement": -engagement} for engagement, reach, id in sorted(found)
        ][:3]

    def mix(self) -> list[dict]:
        kinds = Counter({one.post_id: one.post.kind for one in self.out(self.low, self.high)}.values())
        targets = {one.kind: one.share for one in MixTarget.objects.filter(client=self.client)}
        names = ("tip", "job", "event", "product", "behind_the_scenes", "reaction")
        return [{"kind": name, "n": kinds[name], "target": targets.get(name)} for name in names]

    def goals(self) -> list[dict]:
        found = []
        for goal in Goal.objects.filter(client=self.client).order_by("ends_on", "id"):
            if goal.dropped_at is None and goal.begins_on <= self.high:
                value = self.measured(goal.measure, goal.begins_on, min(goal.ends_on, self.high))
                share, due = self.way(goal, value)
                row = {"slug": goal.slug, "target": goal.target, "value": value, "share": share, "due": due}
                found.append(row | {"state": self.state(goal, value, share, due)})
        return found

    def measured(self, measure: str, low: date, high: date) -> float | None:
        answers, effect = self.answers(low, high), self.effect(low, high)
        stars = [
            one.stars
            for one in self.messages
            if one.direction == "in" and one.stars is not None and low <= self.day(one.received_at) <= high
        ]
        asked = [one for one in self.clocks if low <= self.day(one.started_at) <= high]
        told = [one for one in asked if one.outcome != "cancelled" or one.stopped_at is None]
        answered = sum(one.wall_seconds is not None for one in told)
        first = answers["first"]["median"]
        engaged = [effect[name] for name in ENGAGED if effect[name] is not None]
        return {
            "posts": len({one.post_id for one in self.out(low, high)}),
            "reach": effect["reach"],
            "engagement": sum(engaged) if engaged else None,
            "clicks": self.clicked(low, high),
            "followers": self.followers(high),
            "reviews": self.reviews(low, high)["n"],
            "stars": sum(stars) / len(stars) if stars else None,
            "answered": 100 * answered / len(told) if told else None,
            "in_time": None if answers["share_met"] is None else 100 * answers["share_met"],
            "first_response": None if first is None else first / 60,
        }[measure]

    def way(self, goal: Goal, value: float | None) -> tuple[float | None, float]:
        due = min(1.0, max(0.0, (self.high - goal.begins_on).days / (goal.ends_on - goal.begins_on).days))
        if value is None:
            return None, due
        start = 0 if goal.measure in SUMS else goal.start
        falls = goal.measure == "first_response"
        if value <= goal.target if falls else value >= goal.target:
            return 1.0, due
        return ((value - start) / (goal.target - start) if goal.target != start else 0.0), due

    def state(self, goal: Goal, value: float | None, share: float | None, due: float) -> str:
        if value is None:
            return "unknown"
        if share == 1.0:
            return "reached" if goal.measure in SUMS or self.high >= goal.ends_on else "on_track"
        if self.high > goal.ends_on:
            return "missed"
        return "on_track" if share >= due * 0.9 else "behind"

    def time(self) -> dict:
        contract = Contract.objects.filter(client=self.client).first() or Contract()
        strategy = next(
            (one for one in Strategy.objects.filter(client=self.client) if one.signed_at and not one.superseded_at),
            None,
        )
        agreed = strategy.document["budget"] if strategy else {"minutes": 0, "cents": 0}
        ours, own = defaultdict(int), 0
        for one in self.entries:
            if self.low <= one.day <= self.high and one.by_client:
                own += one.seconds
            elif self.low <= one.day <= self.high:
                ours[one.person_id, one.activity, one.day] += one.seconds
        billed, step = defaultdict(int), contract.step or 1
        for (_person, activity, _day), seconds in ours.items():
            billed[activity] += ceil(seconds / 60 / step) * step
        return {
            "minutes": sum(billed.values()),
            "budget": contract.minutes or agreed["minutes"],
            "by_activity": dict(billed),
            "fee": contract.fee_cents or agreed["cents"],
            "client_minutes": round(own / 60),
        }

    def returns(self) -> dict:
        layers = {name: {"counts": Counter(), "cents": 0, "without_value": 0} for name in LAYERS}
        for one in self.outcomes:
            if self.low <= one.day <= self.high:
                layer = layers[one.layer]
                layer["counts"][one.kind] += one.count
                layer["cents"] += one.cents or 0
                layer["without_value"] += one.count if one.cents is None else 0
                if one.cents is None:
                    self.assume(layers["assumed"], one.kind, one.day, one.count)
        visits = [day for _publication, day in self.clicks if self.low <= day <= self.high]
        for day in visits:
            self.assume(layers["assumed"], "visit", day, 1)
        return layers | {"visits": len(visits)}

    def assume(self, layer: dict, kind: str, day: date, count: int) -> None:
        known = [
            (one.since, one.cents)
            for one in Assumption.objects.filter(client=self.client)
            if one.kind == kind and one.since <= day
        ]
        if known:
            layer["counts"][kind] += count
            layer["cents"] += count * max(known)[1]

    def client_response(self) -> dict:
        asked = {"questions": [], "approvals": []}
        for one in Question.objects.filter(client=self.client):
            if one.withdrawn_at is None:
                asked["questions"].append((one.asked_at, one.answered_at, one.business_seconds))
        for one in Decision.objects.filter(client=self.client):
            if one.wall_seconds is not None:
                since = one.at - timedelta(seconds=one.wall_seconds)
                asked["approvals"].append((since, one.at, one.business_seconds))
        for one in self.publications:
            if one.state == "client_review" and one.asked_at:
                asked["approvals"].append((one.asked_at, None, None))
        found = {}
        for what, rows in asked.items():
            inside = [row for row in rows if self.low <= self.day(row[0]) <= self.high]
            took = sorted(row[2] for row in inside if row[2] is not None)
            answered = sum(row[1] is not None for row in inside)
            found[what] = {"n": len(inside), "answered": answered, "median": observed(took, 0.5)}
        return found

    def decided(self) -> list[tuple]:
        found = {}
        for one in Decision.objects.filter(client=self.client).select_related("publication", "user"):
            if one.stage == "client" and one.reason and self.low <= self.day(one.at) <= self.high:
                key = one.publication.post_id, one.verdict, one.reason, one.user.name if one.user else ""
                found[key] = min(found.get(key, one.at), one.at)
        return sorted((at.isoformat(), *key) for key, at in found.items())[:20]


LAYERS = ("measured", "declared", "assumed")


def observed(values: list[int], share: float) -> int | None:
    """The smallest of the sorted values that at least this share of them does not exceed."""
    return values[ceil(len(values) * share) - 1] if values else None


def comparable(document: dict) -> dict:
    """A composed report's figures in the same shape: without texts, rates and dates."""
    names = {"effect": OF_POSTS, "effect_before": OF_POSTS, "channels": ("channel", *OF_POSTS)}
    names |= {"top": ("publication", "reach", "engagement"), "returns": (*LAYERS, "visits")}
    names |= {"goals": ("slug", "target", "value", "share", "due", "state")}
    found = {name: _only(document[name], wanted) for name, wanted in names.items()}
    same = ("answers", "answers_before", "reviews", "cases", "cases_before", "posts", "home", "followers", "days", "mix")
    found |= {name: document[name] for name in (*same, "time")}
    found["client_response"] = {
        what: {"n": row["n"], "answered": row["answered"], "median": row["business"]["median"]}
        for what, row in document["client_response"].items()
    }
    found["decided_for_client"] = [
        (row["at"], row["post"], row["verdict"], row["reason"], row["by"]) for row in document["decided_for_client"]
    ]
    return found


def _only(value, names):
    if isinstance(value, list):
        return [_only(one, names) for one in value]
    return {name: value[name] for name in names}
