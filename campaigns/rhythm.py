"""How often each channel of a client speaks and about what, against what was agreed; people are told before a gap."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import transaction
from django.db.models import F, Max, OuterRef, Q, Subquery

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
    for channel in Channel.objects.filter(client__in=clients, disabled_at=None).annotate(**agreed).order_by("slug"):
        channels[channel.client_id].append(channel)
    return [
        _rhythm(client, channel, *_instants(channel, said), *today[client.id])
        for client in clients
        for channel in channels[client.id]
    ]


def _rhythm(client, channel, sent, coming, today: date, zone: ZoneInfo) -> Rhythm:
    sent_on, coming_on = _days(sent, zone), _days(coming, zone)
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


def _instants(channel: Channel, said: Mapping[int, tuple]) -> tuple[list[datetime], list[datetime]]:
    """Of its posts of the last week or so, else of its last one; and of those to come."""
    recent, ahead = said.get(channel.id, ([], []))
    return recent or [channel.last] * (channel.last is not None), ahead


def _said(clients, now: datetime) -> dict[int, tuple[list[datetime], list[datetime]]]:
    """By channel: the instants of its posts of the last week or so, and of those to come."""
    sent = Q(state=State.SENT, sent_at__gt=now - WEEK - DAY)
    coming = Q(state__in=COMING, post__publish_at__gt=now - DAY)
    rows = Publication.objects.filter(sent | coming, client__in=clients).values_list("channel_id").annotate(
        recent=ArrayAgg("sent_at", filter=sent, default=[]),
        ahead=ArrayAgg("post__publish_at", filter=coming, default=[]),
    )
    return {channel: (recent, ahead) for channel, recent, ahead in rows}


def kinds(clients: Collection[Client], now: datetime, today: Days | None = None) -> dict[int, Counter]:
    """By client: how many posts of each kind went out in the last 28 local days."""
    today, counts = today or local_days(clients, now), {client.id: Counter() for client in clients}
    sent = Publication.objects.filter(client__in=clients, state=State.SENT, sent_at__gt=now - (mix.DAYS + 1) * DAY)
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
    for row in MixTarget.objects.filter(client__in=clients):
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
    zones = Calendar.objects.filter(client__in=clients).values_list("client_id", "document__zone")
    return {id: (now.astimezone(ZoneInfo(zone)).date(), ZoneInfo(zone)) for id, zone in zones}


def _days(instants: Iterable[datetime], zone: ZoneInfo) -> list[date]:
    return [at.astimezone(zone).date() for at in instants]
