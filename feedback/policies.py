"""Which promises a client makes: its ordered policies, their versions, and the rules the engine judges by."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max, Min
from django.utils import timezone

from clients import audit, calendars
from clients.hours import HorizonError, Hours
from clients.models import Calendar, Client
from clients.refusal import Conflict, Refused

from . import sla
from .models import Policy, PolicyVersion

HOUR = 3600
DAY = 8 * HOUR
DEFAULTS = (
    ({"de": "1–2 Sterne", "en": "1–2 stars"}, {"stars_max": 2}, 2 * HOUR, 2 * DAY),
    ({"de": "Kritik", "en": "Criticism"}, {"sentiments": ["negative"]}, 2 * HOUR, 2 * DAY),
    ({"de": "Fragen", "en": "Questions"}, {"question": True}, 4 * HOUR, None),
    ({"de": "Lob", "en": "Praise"}, {"sentiments": ["positive"]}, 3 * DAY, None),
    ({"de": "Alles andere", "en": "Everything else"}, {}, 8 * HOUR, None),
)


@dataclass(frozen=True)
class Rulebook:
    """What the engine needs to know of a client: its rules, its calendar, and from when on people are alerted."""

    rules: tuple[sla.Rule, ...]
    hours: Hours
    enforce_from: datetime


def rulebooks(client_ids: Iterable[int]) -> dict[int, Rulebook]:
    """The rulebook of each client in scope."""
    clients = Client.objects.select_related("agency").in_bulk(list(client_ids))
    documents = dict(Calendar.objects.filter(client_id__among=clients).values_list("client_id", "document"))
    versions = PolicyVersion.objects.filter(client_id__among=clients).select_related("policy").order_by("number")
    found: dict[int, dict[Policy, list]] = {id: {} for id in clients}
    for version in versions:
        found[version.client_id].setdefault(version.policy, []).append(version)
    return {id: _rulebook(client, documents[id], found[id]) for id, client in clients.items()}


def _rulebook(client: Client, document: dict, policies: dict[Policy, list[PolicyVersion]]) -> Rulebook:
    calendar = {"client": calendars.build(document), "agency": calendars.build(client.agency.calendar)}
    placed = [
        (version.position, policy.id, _rule(version, calendar[version.calendar], ends))
        for policy, versions in policies.items()
        for version, ends in zip(versions, [*(v.valid_from for v in versions[1:]), policy.archived_at], strict=True)
    ]
    rules = tuple(rule for _, _, rule in sorted(placed, key=lambda place: place[:2]))
    return Rulebook(rules, calendar["client"], client.enforce_from)


def _rule(row: PolicyVersion, hours: Hours, ends: datetime | None) -> sla.Rule:
    """One version as a rule of its own, which ends where the next one begins: match and place have versions too."""
    match = sla.Match(
        channels=frozenset(row.channels),
        kinds=frozenset(row.kinds),
        sentiments=frozenset(row.sentiments),
        stars_min=row.stars_min,
        stars_max=row.stars_max,
        question=row.question,
        campaigns=frozenset(row.campaigns),
        vip=row.vip,
    )
    return sla.Rule(row.policy_id, match, (_version(row, hours),), ends)


def _version(row: PolicyVersion, hours: Hours) -> sla.Version:
    return sla.Version(
        id=row.id,
        number=row.number,
        valid_from=row.valid_from,
        hours=hours,
        first=row.first_seconds,
        next=row.next_seconds,
        resolution=row.resolution_seconds,
        warn_percent=row.warn_percent,
        warn_before=row.warn_before_seconds,
        reopen_days=row.reopen_days,
        pause_first=row.pause_first,
        minimum_grace=row.grace_seconds,
        severity=row.severity,
    )


def make_defaults(client: Client, *, since: datetime | None = None) -> None:
    """The promises a new client starts with, in force since then (None: from now on); all of them can be changed."""
    valid_from = since or timezone.now()
    for position, (names, match, seconds, resolution) in enumerate(DEFAULTS):
        policy = Policy.objects.create(client=client, name=names.get(client.language, names["en"]))
        PolicyVersion.objects.create(
            client=client,
            policy=policy,
            number=1,
            position=position,
            valid_from=valid_from,
            first_seconds=seconds,
            next_seconds=seconds,
            resolution_seconds=resolution,
            warn_percent=75,
            **match,
        )


@transaction.atomic
def add_policy(*, client: Client, name: str, values: dict, actor) -> Policy:
    """A new promise, at the top of the list unless `values` names a position. Raises Refused."""
    check(client, values)
    top = current(client).aggregate(top=Min("position"))["top"]
    values = {"position": 0 if top is None else top - 1} | values
    policy = Policy.objects.create(client=client, name=name)
    PolicyVersion.objects.create(client=client, policy=policy, number=1, user=actor, **values)
    audit.record(client, actor, "policy.added", "policy", policy.id, after={"name": name} | values)
    return policy


@transaction.atomic
def change_policy(*, policy: Policy, name: str | None, values: dict, actor) -> PolicyVersion:
    """A new version with these values changed; it serves clocks that start from now on. Raises Refused, Conflict."""
    Policy.objects.select_for_update().get(pk=policy.pk)
    if policy.archived_at:
        raise Conflict("This policy is archived: add a new one.", "archived")
    last = policy.versions.order_by("-number").first()
    before = {field: getattr(last, field) for field in FIELDS}
    check(policy.client, before | values)
    if name and name != policy.name:
        policy.name = name
        policy.save(update_fields=["name"])
    version = PolicyVersion.objects.create(
        client_id=policy.client_id, policy=policy, number=last.number + 1, user=actor, **(before | values)
    )
    changed = {key: value for key, value in values.items() if before[key] != value}
    audit.record(
        policy.client, actor, "policy.changed", "policy", policy.id, {key: before[key] for key in changed}, changed
    )
    return version


@transaction.atomic
def move_policy(*, policy: Policy, up: bool, actor) -> None:
    """Try the policy one place earlier or later; those whose place changes get a new version. Raises Conflict."""
    Client.objects.select_for_update(no_key=True).get(pk=policy.client_id)
    rows = list(current(policy.client))
    place = next((place for place, row in enumerate(rows) if row.policy_id == policy.id), None)
    if place is None:
        raise Conflict("This policy is archived: add a new one.", "archived")
    other = place + (-1 if up else 1)
    if not 0 <= other < len(rows):
        return
    places = sorted(row.position for row in rows)
    if len(set(places)) < len(places):
        places = list(range(len(rows)))
    rows[place], rows[other] = rows[other], rows[place]
    for row, position in zip(rows, places, strict=True):
        if row.position != position:
            change_policy(policy=row.policy, name=None, values={"position": position}, actor=actor)


@transaction.atomic
def archive_policy(*, policy: Policy, actor) -> None:
    """No new promises by this policy and no more alerts from it; its clocks and breaches stay."""
    if policy.archived_at is None:
        policy.archived_at = timezone.now()
        policy.save(update_fields=["archived_at"])
        audit.record(policy.client, actor, "policy.archived", "policy", policy.id)


FIELDS = (
    "position", "channels", "kinds", "sentiments", "stars_min", "stars_max", "question", "campaigns", "vip",
    "first_seconds", "next_seconds", "resolution_seconds", "calendar", "warn_percent", "warn_before_seconds",
    "reopen_days", "pause_first", "grace_seconds", "severity",
)  # fmt: skip


def current(client: Client):
    """The newest version of each policy that is not archived, in the order in which they are tried."""
    newest = Policy.objects.filter(client=client, archived_at=None).annotate(newest=Max("versions__id"))
    return (
        PolicyVersion.objects.filter(client=client, id__in=newest.values("newest"))
        .select_related("policy")
        .order_by("position", "policy_id")
    )


def check(client: Client, values: dict) -> None:
    """Raises Refused, naming each field, for a promise that can't be kept or never ends."""
    names = {"first": "first_seconds", "next": "next_seconds", "resolution": "resolution_seconds",
             "warn_before": "warn_before_seconds", "minimum_grace": "grace_seconds"}  # fmt: skip
    engine = {key: values[names.get(key, key)] for key in
              ("first", "next", "resolution", "warn_percent", "warn_before", "reopen_days", "minimum_grace", "severity")
              if names.get(key, key) in values}  # fmt: skip
    errors = [(names.get(field, field), message) for field, message in sla.check(**engine)]
    targets = [values.get(field) for field in ("first_seconds", "next_seconds", "resolution_seconds")]
    if not errors and not any(targets):
        errors = [("first_seconds", "promise at least one of first_seconds, next_seconds, resolution_seconds")]
    low, high = values.get("stars_min"), values.get("stars_max")
    if low and high and low > high:
        errors.append(("stars_min", "must not be above stars_max"))
    if not errors:
        errors = _unreachable(client, values.get("calendar", "client"), max(t for t in targets if t))
    if errors:
        raise Refused(errors=errors)


def check_reach(client: Client) -> None:
    """Raises Refused when the client's calendar can't reach its longest promise."""
    targets = [t for v in current(client) for t in (v.first_seconds, v.next_seconds, v.resolution_seconds) if t]
    if errors := targets and _unreachable(client, "client", max(targets)):
        raise Refused("week", errors[0][1])


def _unreachable(client: Client, whose: str, seconds: int) -> list[tuple[str, str]]:
    document = client.agency.calendar if whose == "agency" else Calendar.objects.get(client=client).document
    try:
        calendars.build(document).add(timezone.now(), seconds)
    except HorizonError:
        return [("calendar", "the opening hours don't reach the longest target within 400 days")]
    return []
