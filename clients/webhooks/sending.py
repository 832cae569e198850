"""Sends deliveries: claimed and committed first, called outside any transaction, at least once, each line in order."""

import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db import connection
from django.utils import timezone

from agency import rights
from agency.models import Endpoint, Role
from clients import access, notices
from clients.models import Attempt, Delivery
from clients.scope import scope
from clients.vault import Sealed

from . import deliveries, endpoints, schedule, signing, wire
from .wire import Outcome

SLOTS = 16  # calls at once
WEAK_SLOTS = 6  # of them to endpoints whose last call failed
EACH, WEAK_EACH = 4, 1  # to one endpoint
LEASE = timedelta(seconds=60)  # a call takes 15 s, and what the look-up of a name takes
WORKS = 20.0  # seconds in which new calls begin
TURN = 0.5
ROOM = {"weak_slots": WEAK_SLOTS, "each": EACH, "weak_each": WEAK_EACH}
AGENT = "Resonanz-Webhooks/1"
# Healthy endpoints first, each with its next due rows; a row waits while an earlier one of its line is not done.
CLAIM = """
WITH flying AS (
    SELECT endpoint_id, count(*) AS n FROM clients_delivery WHERE state = 'sending' AND next_at > %(now)s GROUP BY 1
), open AS (
    SELECT e.id, e.failed_at IS NOT NULL AS weak,
        greatest(0, CASE WHEN e.failed_at IS NULL THEN %(each)s ELSE %(weak_each)s END - coalesce(f.n, 0)) AS room
    FROM agency_endpoint e LEFT JOIN flying f ON f.endpoint_id = e.id
    WHERE e.disabled_at IS NULL AND e.removed_at IS NULL AND (e.rest_until IS NULL OR e.rest_until <= %(now)s)
        AND EXISTS (SELECT FROM clients_delivery d
            WHERE d.endpoint_id = e.id AND d.state IN ('waiting', 'sending') AND d.next_at <= %(now)s)
), next AS (
    SELECT d.id, o.weak, d.place, row_number() OVER (PARTITION BY o.weak ORDER BY d.place, d.next_at) AS turn
    FROM open o CROSS JOIN LATERAL (
        SELECT w.id, w.next_at, row_number() OVER (ORDER BY w.next_at, w.id) AS place FROM clients_delivery w
        WHERE w.endpoint_id = o.id AND w.state IN ('waiting', 'sending') AND w.next_at <= %(now)s
            AND (w.line = '' OR NOT EXISTS (SELECT FROM clients_delivery b
                WHERE b.endpoint_id = w.endpoint_id AND b.line = w.line AND b.outgoing_id < w.outgoing_id
                    AND b.state IN ('waiting', 'sending')))
        ORDER BY w.next_at, w.id LIMIT o.room
    ) d
), chosen AS (
    SELECT id, weak, turn FROM next
    WHERE NOT weak OR turn <= %(weak_slots)s - (SELECT coalesce(sum(f.n), 0) FROM flying f
        JOIN agency_endpoint e ON e.id = f.endpoint_id AND e.failed_at IS NOT NULL)
    ORDER BY weak, turn LIMIT %(slots)s
), due AS (
    SELECT d.id FROM clients_delivery d JOIN chosen USING (id)
    WHERE d.state IN ('waiting', 'sending') AND d.next_at <= %(now)s FOR UPDATE OF d SKIP LOCKED
)
UPDATE clients_delivery d SET state = 'sending', fence = d.fence + 1, next_at = %(lease)s
FROM due WHERE d.id = due.id RETURNING d.id
"""


@dataclass(frozen=True)
class Job:
    """A claimed delivery with all that its call needs; `fault` where it can't be made."""

    row: Delivery
    at: datetime
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    trusted: bool = False
    fault: str = ""


def deliver_due() -> int:
    """Send until nothing is due, beginning no call after 20 s; returns how many were made.

    A call that ends makes room for the next at once: a slow endpoint holds up its own few, nobody else's.
    """
    end, done = time.monotonic() + WORKS, 0
    flying: dict[Future, Job] = {}
    with ThreadPoolExecutor(SLOTS) as pool:
        while True:
            if time.monotonic() < end and len(flying) < SLOTS:
                flying |= {pool.submit(_call, job): job for job in _claimed(SLOTS - len(flying))}
            if not flying:
                return done
            landed, _ = wait(flying, timeout=TURN, return_when=FIRST_COMPLETED)
            for call in landed:
                record(flying.pop(call), call.result())
                done += 1


def _claimed(slots: int) -> list[Job]:
    now = timezone.now()
    values = {"now": now, "lease": now + LEASE, "slots": slots} | ROOM
    with scope(access.live_client_ids()):
        with connection.cursor() as cursor:
            cursor.execute(CLAIM, values)
            ids = [id for (id,) in cursor.fetchall()]
        rows = Delivery.objects.filter(id__in=ids).select_related("outgoing", "endpoint").order_by("id")
        return [_job(row, now) for row in rows]


def _job(row: Delivery, now: datetime) -> Job:
    body = deliveries.body(row.outgoing)
    try:
        keys = endpoints.keys(row.endpoint, now=now)
    except Sealed:
        return Job(row, now, fault="The secret can't be read: rotate it.")
    signed = signing.headers(deliveries.message_id(row.outgoing), now, body, keys)
    headers = signed | {"Content-Type": "application/json", "User-Agent": AGENT}
    return Job(row, now, body.encode(), headers, endpoints.trusted(row.endpoint.url))


def _call(job: Job) -> Outcome:
    """Without the database."""
    if job.fault:
        return Outcome(None, job.fault, "", 0)
    return wire.post(job.row.endpoint.url, job.body, job.headers, trusted=job.trusted)


def record(job: Job, said: Outcome) -> None:
    """Write what came of a call, unless somebody else claimed the delivery meanwhile."""
    now = timezone.now()
    with scope([job.row.client_id]):
        row = Delivery.objects.select_for_update(of=["self"]).select_related("client__agency").filter(pk=job.row.pk)
        row = row.first()
        if row is None or row.fence != job.row.fence or row.state != "sending":
            return
        Attempt.objects.create(
            client_id=row.client_id, delivery=row, at=job.at, url=job.row.endpoint.url, status=said.status,
            error=said.error, answer=said.answer, milliseconds=said.milliseconds,
        )  # fmt: skip
        row.tries, row.status, row.error = row.tries + 1, said.status, said.error
        if said.taken:
            row.state, row.delivered_at = "delivered", now
            _recovered(row.endpoint_id)
        else:
            _failed(row, said, now)
        row.save(update_fields=["tries", "status", "error", "state", "delivered_at", "next_at"])
        _move_line(row, row.next_at if row.state == "waiting" else now)


def _move_line(row: Delivery, at: datetime) -> None:
    """Those behind it in its line are due no sooner and no later: the claim need not look at them until then."""
    if row.line:
        behind = Delivery.objects.filter(
            client_id=row.client_id, endpoint_id=row.endpoint_id, line=row.line, outgoing_id__gt=row.outgoing_id,
            state="waiting", tries=0,
        )  # fmt: skip
        behind.update(next_at=at)


def _recovered(endpoint_id: int) -> None:
    found = Endpoint.objects.filter(pk=endpoint_id, failed_at__isnull=False)
    found.update(failing_since=None, failed_at=None, rest_until=None)


def _failed(row: Delivery, said: Outcome, now: datetime) -> None:
    pause, rest = schedule.pause(row.tries), schedule.rest(said.status, said.retry_after, now=now)
    row.state = "waiting" if pause else "failed"
    row.next_at = now + max(pause or timedelta(), rest or timedelta())
    endpoint = Endpoint.objects.select_for_update().get(pk=row.endpoint_id)
    endpoint.failing_since = schedule.streak(endpoint.failing_since, endpoint.failed_at, now=now)
    endpoint.failed_at = now
    if rest:
        endpoint.rest_until = now + rest
    if said.status == 410:
        row.state = "waiting"  # for whoever enables it again
        _give_up(endpoint, endpoints.GONE, row, now)
    elif now - endpoint.failing_since >= schedule.GIVEN_UP_AFTER:
        _give_up(endpoint, endpoints.FAILING, row, now)
    endpoint.save(update_fields=["failing_since", "failed_at", "rest_until", "disabled_at", "disabled_as"])


def _give_up(endpoint: Endpoint, reason: str, row: Delivery, now: datetime) -> None:
    """Disable it and tell the owners and whoever set it up."""
    if endpoint.disabled_at is not None or endpoint.removed_at is not None:
        return
    endpoint.disabled_at, endpoint.disabled_as = now, reason
    people = {person.id: person for person in access.people(row.client, (Role.OWNER,))}
    people |= {p.id: p for p in access.people(row.client, rights.ALERTED) if p.id == endpoint.creator_id}
    notices.tell(
        row.client, f"webhook_{reason}", f"{endpoint.id}:{now:%Y%m%d%H%M}", people=people.values(),
        webhook=endpoint.description or urlsplit(endpoint.url).hostname,
    )  # fmt: skip
