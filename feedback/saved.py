"""Saved replies: a client's texts with gaps, kept by the agency and filled in for one conversation at a time."""

import re

from django.db import IntegrityError, transaction
from django.db.models import Case, Q, QuerySet, When
from django.utils import timezone

from agency.models import User
from campaigns import wording
from clients import audit
from clients.models import Client
from clients.refusal import Conflict, Refused

from .models import Conversation, SavedReply

FIELDS = ("shortcut", "language", "title", "text")
LANGUAGES = ("", "de", "en")
GAPS = ("customer", "client", "colleague", "channel")
LONGEST_TEXT, OFFERED = 10_000, 20
SHORTCUT = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@transaction.atomic
def add_saved_reply(*, client: Client, actor: User | None, **values) -> SavedReply:
    """A new text of FIELDS. Raises Refused."""
    reply = SavedReply(client=client, **values)
    _save(reply)
    audit.record(client, actor, "saved_reply.added", "saved_reply", reply.id, after=_facts(reply))
    return reply


@transaction.atomic
def change_saved_reply(*, reply: SavedReply, actor: User | None, version: int | None = None, **changes) -> SavedReply:
    """New values for any of FIELDS. Raises Refused, and Conflict where it is no longer the `version` given."""
    reply = SavedReply.objects.select_for_update(of=("self",)).select_related("client").get(
        client_id=reply.client_id, pk=reply.pk
    )
    if version is not None and version != reply.version:
        raise Conflict(f"It was changed meanwhile: it is version {reply.version} now.", "changed_meanwhile")
    before = _facts(reply)
    for field in FIELDS:
        setattr(reply, field, changes.get(field, getattr(reply, field)))
    if before != _facts(reply):
        reply.version, reply.updated_at = reply.version + 1, timezone.now()
        _save(reply)
        audit.record(reply.client, actor, "saved_reply.changed", "saved_reply", reply.id, before, _facts(reply))
    return reply


@transaction.atomic
def remove_saved_reply(*, reply: SavedReply, actor: User | None) -> None:
    audit.record(reply.client, actor, "saved_reply.removed", "saved_reply", reply.id, before=_facts(reply))
    reply.delete()


def offered(conversation: Conversation, words: str, user: User) -> list[tuple[SavedReply, str]]:
    """Up to OFFERED replies of the client that fit the words, each with its text filled in for this user.

    Shortcuts that begin with the words come first, then those in the language of the last message.
    """
    last = conversation.interactions.filter(direction="in").order_by("-received_at", "-id")
    language = last.values_list("language", flat=True).first() or ""
    found = _searched(SavedReply.objects.filter(client_id=conversation.client_id), words.strip())
    near = Case(When(shortcut__istartswith=words.strip(), then=0), default=1)
    spoken = Case(When(language=language, then=0), When(language="", then=1), default=2)
    values = {
        "customer": conversation.author_name,
        "client": conversation.client.name,
        "colleague": user.name,
        "channel": conversation.channel.name,
    }
    return [(one, filled(one.text, values)) for one in found.order_by(near, spoken, "shortcut", "id")[:OFFERED]]


def filled(text: str, values: dict[str, str]) -> str:
    """The text with its gaps filled in; one without a value goes, with the space before it."""
    for name in (name for name, value in values.items() if not value):
        text = text.replace(f" {{{name}}}", "").replace(f"{{{name}}}", "")
    return wording.filled(text, values)


def _searched(rows: QuerySet[SavedReply], words: str) -> QuerySet[SavedReply]:
    within = Q(shortcut__icontains=words) | Q(title__icontains=words) | Q(text__icontains=words)
    return rows.filter(within) if words else rows


def _save(reply: SavedReply) -> None:
    errors = []
    if not (SHORTCUT.fullmatch(reply.shortcut) and len(reply.shortcut) <= 40):
        errors.append(("shortcut", "use lower-case letters, digits and single hyphens, at most 40"))
    if reply.language not in LANGUAGES:
        errors.append(("language", "must be one of de, en, or empty for every language"))
    if not 1 <= len(reply.title.strip()) <= 200:
        errors.append(("title", "needs 1 to 200 characters"))
    if not reply.text.strip():
        errors.append(("text", "is needed"))
    elif len(reply.text) > LONGEST_TEXT:
        errors.append(("text", f"has more than {LONGEST_TEXT} characters"))
    elif unknown := [name for name in wording.gaps([reply.text]) if name not in GAPS]:
        errors.append(("text", f"unknown gap {{{unknown[0]}}}; known are {', '.join(GAPS)}"))
    if errors:
        raise Refused(errors=errors)
    try:
        with transaction.atomic():
            reply.save()
    except IntegrityError as error:
        raise Refused("shortcut", "The client already has this shortcut in this language.", "taken") from error


def _facts(reply: SavedReply) -> dict:
    return {field: getattr(reply, field) for field in FIELDS}
