"""What is written down about changes, in their own transaction: who, what, before and after, in which request."""

import json
from collections.abc import Collection, Iterable

import structlog
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from agency.models import Agency, LogEntry, User

from .models import Client, Event

SECRET = frozenset({"credentials", "digest", "hook_key", "password", "secret", "token", "webhook_secret"})

NEWEST = """
SELECT coalesce(sum(newest.id), 0) FROM unnest(%(clients)s) AS of (id), LATERAL (
    SELECT id FROM clients_event WHERE client_id = of.id ORDER BY at DESC, id DESC LIMIT 1
) newest
"""


def version(client_ids: Collection[int]) -> int:
    """Another one with each event of these clients, who are in scope: one step in an index for each of them."""
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, {"clients": list(client_ids)})
        return int(cursor.fetchone()[0])


def record(
    client: Client,
    actor: User | None,
    action: str,
    subject: str = "",
    subject_id: int | None = None,
    before: dict | None = None,
    after: dict | None = None,
) -> Event:
    """One event of a client that is in scope; `actor` None is a rule of ours."""
    return Event.objects.create(
        client=client,
        actor=actor,
        action=action,
        subject=subject,
        subject_id=subject_id,
        before=_shown(before),
        after=_shown(after),
        request_id=_request_id(),
    )


def record_many(events: Iterable[tuple[Client, str, str, int | None, dict | None]]) -> None:
    """What rules of ours did to clients in scope, in one statement: (client, action, subject, subject_id, after)."""
    request_id = _request_id()
    Event.objects.bulk_create(
        Event(client=client, action=action, subject=subject, subject_id=id, after=_shown(after), request_id=request_id)
        for client, action, subject, id, after in events
    )


def log(
    agency: Agency, actor: User | None, action: str, subject: str, before: dict | None = None, after: dict | None = None
) -> LogEntry:
    """One entry of the agency's own log: clients, people and tokens come and go."""
    return LogEntry.objects.create(
        agency=agency,
        actor=actor,
        action=action,
        subject=subject[:200],
        before=_shown(before),
        after=_shown(after),
        request_id=_request_id(),
    )


def _request_id() -> str:
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))[:64]


def _shown(values: dict | None) -> dict | None:
    """The values as plain JSON, without those that nobody may read again."""
    if values is None:
        return None
    return json.loads(json.dumps({k: v for k, v in values.items() if k not in SECRET}, cls=DjangoJSONEncoder))
