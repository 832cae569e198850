"""Answers kept under the key that a caller gave its request, so that asking twice has one effect and one answer.

A row is written in the transaction of the effect. It is seen only by who may see every client that its asker could see
then, and read only with the key itself: the rows hold but its hash.
"""

import base64
import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import connection, transaction

from . import scope
from .models import Client, KeptAnswer
from .refusal import Conflict

KEPT = timedelta(hours=24)
AT_ONCE = 1_000
USED = "idempotency_key_used"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def claim(asker: str, key: str) -> bool:
    """Whether this transaction is now the only one that works under the key; until it ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"answer {asker} {key}"])
        return cursor.fetchone()[0]


def find(asker: str, key: str) -> KeptAnswer | None:
    return KeptAnswer.objects.filter(asker=asker, key_hash=_hash(key)).first()


def read(row: KeptAnswer, key: str) -> Answer:
    """Raises Conflict where it was sealed with a secret that is gone."""
    try:
        body = _seal(row.asker, key).decrypt(bytes(row.body))
    except InvalidToken:
        raise Conflict("This Idempotency-Key was used; its answer can't be read any more.", USED) from None
    return Answer(row.status, row.headers, body)


def keep(asker: str, key: str, fingerprint: str, answer: Answer, client_ids: Collection[int]) -> None:
    """Raises Conflict, which undoes the effect: the key was used by the same asker with clients it has lost."""
    made = KeptAnswer.objects.bulk_create(
        [
            KeptAnswer(
                asker=asker,
                key_hash=_hash(key),
                fingerprint=fingerprint,
                client_ids=sorted(client_ids),
                status=answer.status,
                headers=answer.headers,
                body=_seal(asker, key).encrypt(answer.body),
            )
        ],
        ignore_conflicts=True,
    )
    if not KeptAnswer.objects.filter(asker=asker, key_hash=made[0].key_hash, fingerprint=fingerprint).exists():
        raise Conflict("This Idempotency-Key was used before.", USED)


def tidy(now: datetime) -> int:
    """Forget some of the answers that were kept long enough; how many."""
    with transaction.atomic():
        scope.enter(Client.objects.values_list("id", flat=True))
        old = KeptAnswer.objects.filter(created_at__lt=now - KEPT).order_by("created_at")
        locked = old.select_for_update(skip_locked=True).values_list("id", flat=True)[:AT_ONCE]
        return KeptAnswer.objects.filter(id__in=list(locked)).delete()[0]


def fingerprint(*parts: bytes) -> str:
    """Of parts in this order; none can be told for the end of another."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8) + part)
    return whole.hexdigest()


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _seal(asker: str, key: str) -> Fernet:
    secret = hmac.digest(settings.SECRET_KEY.encode(), f"answer {asker} {key}".encode(), "sha256")
    return Fernet(base64.urlsafe_b64encode(secret))
