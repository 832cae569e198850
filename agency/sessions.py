"""Who is signed in with which browser: the sessions of Django, whose owner is known, so that they can be ended."""

import hashlib
import time
from datetime import UTC, datetime

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as Stored
from django.db.models import QuerySet
from django.utils import timezone

from .models import Session, User

SEEN_EVERY = 300  # seconds between two notes that a session is in use
AGENT, SINCE, SEEN, CHOSEN = "agent", "since", "seen", "agency"


class SessionStore(Stored):
    """The engine that the settings name."""

    @classmethod
    def get_model_class(cls):
        return Session

    def save(self, must_create=False):
        if SESSION_KEY in self:
            self.setdefault(SINCE, int(time.time()))
            self.setdefault(SEEN, int(time.time()))
        super().save(must_create)

    def create_model_instance(self, data):
        row = super().create_model_instance(data)
        if user := data.get(SESSION_KEY):
            row.user_id, row.agent = int(user), data.get(AGENT, "")
            row.since, row.seen_at = (datetime.fromtimestamp(data[name], UTC) for name in (SINCE, SEEN))
        return row


def begin(session: SessionStore, agent: str) -> None:
    """Note with which browser somebody just signed in."""
    now = int(time.time())
    session.update({AGENT: agent[:300], SINCE: now, SEEN: now})


def seen(session: SessionStore) -> None:
    """Note that the session is in use, every few minutes."""
    now = int(time.time())
    if now - session.get(SEEN, now) > SEEN_EVERY:
        session[SEEN] = now


def of(user: User) -> QuerySet[Session]:
    """Where the person is signed in, the latest use first."""
    return Session.objects.filter(user=user, expire_date__gt=timezone.now()).order_by("-seen_at", "session_key")


def name(session_key: str) -> str:
    """What a page may call a session: its key would open it."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:20]


def end(user: User, named: str) -> bool:
    """Sign the person out of the session of this name; whether there was one."""
    found = [key for key in of(user).values_list("session_key", flat=True) if name(key) == named]
    return bool(Session.objects.filter(user=user, session_key__in=found).delete()[0])


def end_all(user: User, *, but: str | None = None) -> int:
    """Sign the person out everywhere, except in the session with this key; from how many."""
    return Session.objects.filter(user=user).exclude(session_key=but or "").delete()[0]


def tidy() -> None:
    """Delete the sessions that have expired."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
