"""How often each channel of a client speaks and about what, against what was agreed; people are told before a gap."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import F, Max, OuterRef, Subquery

from agency.models import User
from clients import access, audit, notices, turns
from clients.models import Calendar, Channel, Client
from clients.refusal import Refused

from . import cadence, mix
from .models import Cadence, MixTarget, Publication
from .vocabulary import PostKind, State

# What is expected to go out at its time: drafts, and what is held or has failed, are no plan.
COMING = (
    State.IN_REVIEW, State.CLIENT_REVIEW, State.APPROVED, State.SCHEDULED, State.SENDING, State.UNCONFIRMED,
)  # fmt: skip
DAY, WEEK = timedelta(days=1), timedelta(days=7)
# As local days, made by PostgreSQL: hundreds of clients have thousands of posts, and Python is slow at time zones.
SAID = """
SELECT p.channel_id, array_agg((p.sent_at AT TIME ZONE z.zone)::date) FILTER (WHERE p.state = 'sent'),
    array_agg((o.publish_at AT TIME ZONE z.zone)::date) FILTER (WHERE p.state <> 'sent')
FROM campaigns_publication p JOIN campaigns_post o ON o.client_id = p.client_id AND o.id = p.post_id
JOIN (
    SELECT client_id, document ->> 'zone' AS zone FROM clients_calendar WHERE client_id = ANY(%(clients)s)
) z ON z.client_id = p.client_id
WHERE p.client_id = ANY(%(clients)s) AND (
    p.state = 'sent' AND p.sent_at > %(recent)s OR p.state = ANY(%(coming)s) AND o.publish_at > %(begun)s
)
GROUP BY p.channel_id
"""
Days = dict[int, tuple[date, ZoneInfo]]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """One channel: what was agreed, how it stands, and its posts of this local week, sent and still to come."""

    client: Client
    channel: Channel
    least: int
    most: int | None
    standing: cadence.Standing
    last_on: date | None
    sent: int
    planned: int

    @property
    def too_many(self) -> bool:
        return self.most is not None and self.sent + self.planned > self.most


@transaction.atomic
def agree(*, client: Client, channel: Channel, actor: User | None, least: int, most: int | None) -> Cadence:
    """How many posts a week the channel is to have. Raises Refused."""
    if most is not None and most < least:
        raise Refused("most", "must not be less than least")
    before = Cadence.objects.filter(client=client, channel=channel).first()
    made, _ = Cadence.objects.update_or_create(
        client=client, channel=channel, defaults={"least": least, "most": most}
    )
    after = {"channel": channel.slug, "least": least, "most": most}
    known = before and {"channel": channel.slug, "least": before.least, "most": before.most}
    if known != after:
        audit.record(client, actor, "cadence.agreed", "cadence", made.id, known, after)
    return made


@transaction.atomic
def aim(*, client: Client, actor: User | None, targets: Mapping[str, int]) -> dict[str, int]:
    """The share of each kind of post in percent, 100 together, in place of those before. Raises Refused."""
    if targets and sum(targets.values()) != 100:
        raise Refused("targets", f"must be 100 percent together, not {sum(targets.values())}")
    Client.objects.select_for_update(no_key=True).get(pk=client.pk)
    before = aims(client)
    MixTarget.objects.filter(client=client).delete()
    MixTarget.objects.bulk_create(MixTarget(client=client, kind=kind, share=share) for kind, share in targets.items())
    if before != targets:
        audit.record(client, actor, "value_mix.aimed", "value_mix", None, before, dict(targets))
    return aims(client)


def aims(client: Client) -> dict[str, int]:
    return _in_order(dict(MixTarget.objects.filter(client=client).values_list("kind", "share")))


def rhythms(clients: Collection[Client], now: datetime, today: Days | None = None) -> list[Rhythm]:
    """Of each channel that is served, in the order of clients; in a fixed number of queries.

    `today` are the clients' local days, where the caller knows them.
    """
    today, said = today or local_days(clients, now), _said(clients, now)
    channels = defaultdict(list)
    agreed = {name: F(f"cadences__{name}") for name in ("least", "most", "since")}
    last = Publication.objects.filter(client=OuterRef("client"), channel=OuterRef("pk"), state=State.SENT)
    agreed["last"] = Subquery(last.order_by("-sent_at").values("sent_at")[:1])
    served = Channel.objects.filter(client__among=clients, disabled_at=None)
    shown = served.only("client_id", "slug", "name", "network")
    for channel in shown.annotate(**agreed).order_by("slug"):
        channels[channel.client_id].append(channel)
    return [
        _rhythm(client, channel, *said.get(channel.id, ([], [])), *today[client.id])
        for client in clients
        for channel in channels[client.id]
    ]


def _rhythm(client, channel, sent_on: list[date], coming_on: list[date], today: date, zone: ZoneInfo) -> Rhythm:
    """By the days of its posts of the last week or so, else by that of its last one; and of those to come."""
    if not sent_on and channel.last:
        sent_on = [channel.last.astimezone(zone).date()]
    least, since = channel.least or 0, channel.since.astimezone(zone).date() if channel.since else today
    monday = today - today.weekday() * DAY
    return Rhythm(
        client=client,
        channel=channel,
        least=least,
        most=channel.most,
        standing=cadence.standing(sent_on, coming_on, least=least, since=since, today=today),
        last_on=max(sent_on, default=None),
        sent=sum(day >= monday for day in sent_on),
        planned=sum(today <= day < monday + WEEK for day in coming_on),
    )


def _said(clients: Iterable[Client], now: datetime) -> dict[int, tuple[list[date], list[date]]]:
    """By channel: the local days of its posts of the last week or so, and of those to come."""
    values = {"clients": [client.id for client in clients], "recent": now - WEEK - DAY, "begun": now - DAY}
    with connection.cursor() as cursor:
        cursor.execute(SAID, values | {"coming": [str(state) for state in COMING]})
        return {channel: (sent or [], coming or []) for channel, sent, coming in cursor.fetchall()}


def kinds(clients: Collection[Client], now: datetime, today: Days | None = None) -> dict[int, Counter]:
    """By client: how many posts of each kind went out in the last 28 local days."""
    today, counts = today or local_days(clients, now), {client.id: Counter() for client in clients}
    sent = Publication.objects.filter(client__among=clients, state=State.SENT, sent_at__gt=now - (mix.DAYS + 1) * DAY)
    first = sent.values("client_id", "post_id", "post__kind").annotate(at=Max("sent_at"))
    for row in first:
        day, zone = today[row["client_id"]]
        if day - (mix.DAYS - 1) * DAY <= row["at"].astimezone(zone).date() <= day:
            counts[row["client_id"]][row["post__kind"]] += 1
    return counts


def mixes(
    clients: Collection[Client], now: datetime, today: Days | None = None
) -> dict[int, tuple[dict[str, int], dict[str, int]]]:
    """By client: how many posts of each kind went out in the last 28 local days, and the share each kind is to have."""
    counts, targets = kinds(clients, now, today), {client.id: {} for client in clients}
    for row in MixTarget.objects.filter(client__among=clients):
        targets[row.client_id][row.kind] = row.share
    return {id: (dict(counts[id]), _in_order(targets[id])) for id in counts}


def _in_order(targets: dict[str, int]) -> dict[str, int]:
    return {kind: targets[kind] for kind in PostKind.values if kind in targets}


def watch(*, now: datetime) -> None:
    """Tell of silent channels, of silences to come and of mixes that are off: once of each. One client at a time."""
    turns.each(access.live_client_ids(), lambda id: _watch(Client.objects.get(pk=id), now))


def _watch(client: Client, now: datetime) -> None:
    today = local_days([client], now)
    for rhythm in rhythms([client], now, today):
        _tell_of_silence(client, rhythm)
    counts, targets = mixes([client], now, today)[client.id]
    month = today[client.id][0].strftime("%Y-%m")
    for kind in mix.short(counts, targets):
        notices.tell(client, "mix_off", f"{kind}:{month}", kind=kind)


def _tell_of_silence(client: Client, rhythm: Rhythm) -> None:
    """A gap is known by the day it begins on: it stays the same until something is published or planned before it."""
    standing, channel = rhythm.standing, rhythm.channel
    if standing.gap is None or standing.state == cadence.OK:
        return
    key, first = f"{channel.id}:{standing.gap[0]}", standing.gap[0].isoformat()
    if standing.state == cadence.AT_RISK or standing.days_since is None:
        notices.tell(client, "silence_ahead", key, channel=channel.name, day=first)
    else:
        notices.tell(client, "silent", key, channel=channel.name, days=str(standing.days_since))


def local_days(clients: Iterable[Client], now: datetime) -> Days:
    """By client: its local day, and the zone it is told in."""
    zones = Calendar.objects.filter(client__among=clients).values_list("client_id", "document__zone")
    return {id: (now.astimezone(ZoneInfo(zone)).date(), ZoneInfo(zone)) for id, zone in zones}
