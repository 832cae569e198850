"""The calendar of posts for a program that subscribes calendars, at an address that only they know who have it.

A person's address holds no secret of ours to be stored: it is signed over the person and their password, so that a new
password makes it void, and the rights behind it are read at each request. That of a client lies in `campaigns.feeds`.
"""

from collections.abc import Collection
from datetime import timedelta

import icalendar
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from agency.models import User
from campaigns import cards, feeds
from clients import access

BACK, AHEAD, LASTS = timedelta(days=62), timedelta(days=186), timedelta(minutes=15)
SUMMARY = 60
_signer = signing.Signer(sep=".", salt="clients.feed")


def address(user: User) -> str:
    key = _signer.sign_object([user.id, _mark(user)])
    return settings.BASE_URL + reverse("portal-feed", args=[key])


@never_cache
@require_safe
def calendar(request: HttpRequest, key: str) -> HttpResponse:
    """Raises access.NotFound for an address that works no more."""
    user = _user(key)
    principal = access.of_user(user)
    if principal is None:
        raise access.NotFound("This address does not work, or no longer.")
    access.enter(principal)
    return _answer(principal.client_ids, user.language)


@never_cache
@require_safe
def of_client(request: HttpRequest, key: str) -> HttpResponse:
    """Raises access.NotFound for an address that works no more."""
    client = feeds.enter(key)
    return _answer([client.id], client.language, client.name)


def _answer(clients: Collection[int], language: str, name: str = "") -> HttpResponse:
    now = timezone.now()
    with translation.override(language):
        made = _calendar(cards.planned(clients, now - BACK, now + AHEAD), now, name)
    answer = HttpResponse(made.to_ical(), content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'inline; filename="resonanz.ics"'
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _user(key: str) -> User:
    try:
        id, mark = _signer.unsign_object(key)
    except (signing.BadSignature, ValueError, TypeError):
        id = mark = None
    user = User.objects.filter(id=id, is_active=True).first() if isinstance(id, int) else None
    if user is None or not constant_time_compare(mark, _mark(user)):
        raise access.NotFound("This address does not work, or no longer.")
    return user


def _mark(user: User) -> str:
    """Of the password as it is kept: another one gives another mark."""
    return salted_hmac("clients.feed", user.password).hexdigest()[:24]


def _calendar(found: list[dict], now, name: str) -> icalendar.Calendar:
    made = icalendar.Calendar()
    made.add("prodid", "-//Resonanz//DE")
    made.add("version", "2.0")
    made.add("x-wr-calname", f"{_('Posts')} – {name}" if name else _("Posts"))
    for card in found:
        post, event = card["post"], icalendar.Event()
        words = " ".join((post.title or post.text).split())
        event.add("uid", f"post-{post.id}@{settings.BASE_URL.partition('://')[2]}")
        event.add("dtstamp", now)
        event.add("dtstart", post.publish_at)
        event.add("dtend", post.publish_at + LASTS)
        event.add("summary", f"{_STAGES[card['stage']]()}: {words[:SUMMARY]}")
        event.add("description", f"{', '.join(card['channels'])}\n\n{post.text}")
        event.add("status", "CONFIRMED" if card["stage"] in ("planned", "sent") else "TENTATIVE")
        made.add_component(event)
    return made


_STAGES = {
    "waiting": lambda: _("Waits for your approval"),
    "planned": lambda: _("Planned"),
    "held": lambda: _("On hold"),
    "sent": lambda: _("Published"),
    "missed": lambda: _("Not published"),
}
