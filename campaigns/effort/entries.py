"""What people write down about their time: by hand or by timer; settled months stay as they are."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone

from agency.models import User
from campaigns.models import Campaign, LockedMonth, Post, TimeEntry
from campaigns.vocabulary import Activity
from clients import audit
from clients.models import Calendar, Client
from clients.refusal import Conflict, Refused

LONGEST = timedelta(hours=12)  # a timer that ran longer was forgotten
MOST_MINUTES = 24 * 60
FIELDS = ("activity", "day", "seconds", "note", "campaign", "post")


@transaction.atomic
def start(
    *,
    client: Client,
    person: User,
    activity: str,
    served: frozenset[int],
    by_client: bool = False,
    post: Post | None = None,
    conversation: int | None = None,
    note: str = "",
) -> TimeEntry:
    """Start the person's timer; one that runs for any of the `served` clients is stopped. Raises Refused, Conflict."""
    _one_at_a_time(person)
    now = timezone.now()
    stop(person=person, served=served)
    day = _local(client, now)
    _check(client, activity, day)
    return TimeEntry.objects.create(
        client=client, person=person, activity=activity, by_client=by_client, day=day, started_at=now, note=note[:500],
        post=post, campaign=post and post.campaign, conversation=conversation,
    )  # fmt: skip


def running(person: User, served: frozenset[int]) -> TimeEntry | None:
    rows = TimeEntry.objects.filter(client__in=served, person=person, seconds=None)
    return rows.select_related("client", "post").first()


@transaction.atomic
def stop(*, person: User, served: frozenset[int]) -> TimeEntry | None:
    """Stop the person's timer, if one runs; one that was forgotten counts twelve hours and says so."""
    now, stopped = timezone.now(), None
    for entry in TimeEntry.objects.select_for_update().filter(client__in=served, person=person, seconds=None):
        ran = now - entry.started_at
        if ran > LONGEST:
            ran = LONGEST
            entry.note = f"{entry.note} (Timer > 12 h)".strip()[:500]
        entry.seconds, entry.updated_at = max(1, round(ran.total_seconds())), now
        entry.save(update_fields=["seconds", "note", "updated_at"])
        stopped = entry
    return stopped


@transaction.atomic
def enter(
    *,
    client: Client,
    person: User,
    activity: str,
    day: date,
    minutes: int,
    note: str = "",
    by_client: bool = False,
    campaign: Campaign | None = None,
    post: Post | None = None,
) -> TimeEntry:
    """Time that was spent, written down by hand. Raises Refused, Conflict."""
    _check(client, activity, day, minutes)
    return TimeEntry.objects.create(
        client=client, person=person, activity=activity, day=day, seconds=minutes * 60, note=note[:500],
        by_client=by_client, campaign=campaign or (post and post.campaign), post=post,
    )  # fmt: skip


@transaction.atomic
def change(entry: TimeEntry, *, actor: User, **changes) -> TimeEntry:
    """New `activity`, `day`, `minutes` or `note`. Raises Refused, Conflict."""
    entry = TimeEntry.objects.select_for_update(of=["self"]).select_related("client").get(pk=entry.pk)
    _open(entry.client, entry.day)
    before = _facts(entry)
    minutes = changes.pop("minutes", None)
    if minutes is not None:
        changes["seconds"] = minutes * 60
    for field, value in changes.items():
        setattr(entry, field, value)
    _check(entry.client, entry.activity, entry.day, minutes)
    entry.updated_at = timezone.now()
    entry.save()
    if before != _facts(entry):
        audit.record(entry.client, actor, "time.changed", "time_entry", entry.id, before, _facts(entry))
    return entry


@transaction.atomic
def remove(entry: TimeEntry, *, actor: User) -> None:
    """Raises Conflict in a settled month."""
    _open(entry.client, entry.day)
    audit.record(entry.client, actor, "time.removed", "time_entry", entry.id, before=_facts(entry))
    entry.delete()


def _check(client: Client, activity: str, day: date, minutes: int | None = None) -> None:
    if activity not in Activity.values:
        raise Refused("activity", f"must be one of {', '.join(Activity.values)}")
    if minutes is not None and not 1 <= minutes <= MOST_MINUTES:
        raise Refused("minutes", f"must be a whole number from 1 to {MOST_MINUTES}")
    if day > _local(client, timezone.now()):
        raise Refused("day", "must not lie ahead")
    _open(client, day)


def _open(client: Client, day: date) -> None:
    if LockedMonth.objects.filter(client=client, month=day.replace(day=1)).exists():
        raise Conflict("This month is settled: its time can't be changed.", "month_locked")


def _local(client: Client, now: datetime) -> date:
    zone = Calendar.objects.values_list("document__zone", flat=True).get(client=client)
    return now.astimezone(ZoneInfo(zone)).date()


def _one_at_a_time(person: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('timer'), %s)", [person.id % 2**31])


def _facts(entry: TimeEntry) -> dict:
    return {
        "activity": entry.activity, "day": entry.day, "seconds": entry.seconds, "note": entry.note,
        "person": entry.person_id,
    }  # fmt: skip
