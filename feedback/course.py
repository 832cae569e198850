"""What the page of a conversation reads, by written queries (`agency/rows`): it is the page that is opened most."""

from datetime import datetime
from typing import NamedTuple

from django.db import connection

from agency.models import User
from agency.rows import Joined
from clients import access
from clients.models import Calendar, Channel, Client

from .models import Clock, Conversation, Interaction, Playbook, Policy, PolicyVersion, Reply

FIND = Joined(
    """
    FROM feedback_conversation conversation
    JOIN clients_client client ON client.id = conversation.client_id
    JOIN clients_calendar calendar ON calendar.client_id = conversation.client_id
    JOIN clients_channel channel ON channel.id = conversation.channel_id
    LEFT JOIN feedback_playbook playbook ON playbook.client_id = conversation.client_id
    WHERE conversation.id = %(id)s AND conversation.client_id = ANY(%(clients)s) AND client.slug = %(slug)s
    """,
    conversation=Conversation,
    client=Client,
    calendar=Calendar,
    channel=Channel,
    playbook=Playbook,
)
MESSAGES = Joined(
    """
    FROM feedback_interaction message WHERE message.conversation_id = %(id)s
    ORDER BY message.received_at DESC, message.id DESC LIMIT %(most)s
    """,
    message=Interaction,
)
REPLIES = Joined(
    """
    FROM feedback_reply reply JOIN agency_user writer ON writer.id = reply.user_id
    LEFT JOIN agency_user releaser ON releaser.id = reply.releaser_id
    WHERE reply.conversation_id = %(id)s ORDER BY reply.id
    """,
    reply=Reply,
    writer=User,
    releaser=User,
)
PROMISES = Joined(
    """
    FROM feedback_clock clock
    LEFT JOIN feedback_policyversion version ON version.id = clock.policy_version_id
    LEFT JOIN feedback_policy policy ON policy.id = version.policy_id
    WHERE clock.conversation_id = %(id)s AND (clock.due_at IS NOT NULL OR clock.target_seconds IS NOT NULL)
    ORDER BY clock.started_at, clock.kind, clock.cycle
    """,
    clock=Clock,
    version=PolicyVersion,
    policy=Policy,
)
MARKS = """
SELECT 'note', mark.at, who.name, mark.text, '' FROM feedback_note mark JOIN agency_user who ON who.id = mark.user_id
WHERE mark.conversation_id = %(id)s
UNION ALL
SELECT 'step', mark.at, who.name, mark.reason, mark.action FROM feedback_step mark
LEFT JOIN agency_user who ON who.id = mark.user_id WHERE mark.conversation_id = %(id)s
"""


class Mark(NamedTuple):
    """A note, or a step with its reason as `text`; what a rule did has no `who`."""

    kind: str
    at: datetime
    who: str | None
    text: str
    action: str


def find(principal: access.Principal, client: str, id: int) -> Conversation:
    """One conversation of this client with all that its page names. Raises access.NotFound."""
    row = FIND.one(id=id, slug=client, clients=list(principal.client_ids))
    if row is None:
        raise access.NotFound(f"There is no conversation '{id}'.")
    found, owner, calendar, channel, playbook = row
    found.client, found.channel = owner, channel
    owner.agency, owner.calendar = principal.agency, calendar
    Client._meta.get_field("playbook").set_cached_value(owner, playbook)
    return found


def messages(conversation: Conversation, most: int) -> list[Interaction]:
    """The newest first."""
    return [message for (message,) in MESSAGES.all(id=conversation.id, most=most)]


def replies(conversation: Conversation) -> list[Reply]:
    """Those that were written here, with their writers and who released them."""
    found = []
    for reply, writer, releaser in REPLIES.all(id=conversation.id):
        reply.user, reply.releaser = writer, releaser
        found.append(reply)
    return found


def marks(conversation: Conversation) -> list[Mark]:
    """All notes and steps, in no order."""
    with connection.cursor() as cursor:
        cursor.execute(MARKS, {"id": conversation.id})
        return [Mark(*row) for row in cursor.fetchall()]


def clocks(conversation: Conversation) -> list[tuple[Clock, PolicyVersion | None, Policy | None]]:
    """What was promised, the oldest first, and by which version of which policy."""
    return [(clock, version, policy) for clock, version, policy in PROMISES.all(id=conversation.id)]
