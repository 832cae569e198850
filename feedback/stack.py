"""One decision about a stack of conversations, and how it is taken back."""

from collections.abc import Iterable

from agency.models import User
from clients.refusal import Conflict, Refused

from . import desk
from .models import Conversation


def resolve(*, conversations: Iterable[Conversation], user: User) -> list[Conversation]:
    """Those that are resolved now; what was closed before, and criticism without an outcome, is left out."""
    return [one for one in conversations if _applies(desk.resolve, conversation=one, user=user)]


def reopen(*, conversations: Iterable[Conversation], user: User) -> list[Conversation]:
    return [one for one in conversations if _applies(desk.reopen, conversation=one, user=user)]


def assign(*, conversations: Iterable[Conversation], user: User, assignee: User | None) -> list[Conversation]:
    """Those that were somebody else's before."""
    given = [one for one in conversations if one.assignee_id != (assignee and assignee.id)]
    for one in given:
        desk.assign(conversation=one, user=user, assignee=assignee)
    return given


def _applies(decide, **about) -> bool:
    try:
        decide(**about)
    except (Conflict, Refused):
        return False
    return True
