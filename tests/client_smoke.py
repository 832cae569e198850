"""What an integrator would write with the generated client: run as `python -m tests.client_smoke ADDRESS TOKEN`."""

import sys
from datetime import UTC, datetime

from resonanz_client import AuthenticatedClient
from resonanz_client.api.channels import create_channel
from resonanz_client.api.clients import create_client, get_client
from resonanz_client.api.conversations import list_conversations, reply_to_conversation
from resonanz_client.api.interactions import create_interaction
from resonanz_client.api.metrics import get_response_times_metrics
from resonanz_client.models import (
    AddedChannel,
    AnsweredConversation,
    ChannelInput,
    ClientProfile,
    ConversationPage,
    Direction,
    IncomingInteraction,
    Interaction,
    InteractionKind,
    NetworkName,
    NewClient,
    ProblemDocument,
    ResponseTimes,
    WriterInput,
    WrittenReply,
)


def main(address: str, token: str) -> None:
    api = AuthenticatedClient(base_url=address, token=token, raise_on_unexpected_status=True)

    made = create_client.sync(client=api, body=NewClient(slug="bakery", name="Bäckerei Korn"))
    assert isinstance(made, ClientProfile), made
    channel = create_channel.sync(
        client=api,
        body=ChannelInput(client=made.slug, slug="social", name="Social", network=NetworkName.SANDBOX, account="korn"),
    )
    assert isinstance(channel, AddedChannel), channel
    message = create_interaction.sync(
        client=api,
        body=IncomingInteraction(
            client=made.slug, channel=channel.slug, external_id="m-1", thread_id="t-1", direction=Direction.IN,
            kind=InteractionKind.COMMENT, author=WriterInput(id="u-7", name="Carla"), text="Habt ihr Sonntag offen?",
            created_at=datetime.now(UTC).isoformat(),
        ),
    )  # fmt: skip
    assert isinstance(message, Interaction), message
    inbox = list_conversations.sync(client=api, client_query=[made.slug])
    assert isinstance(inbox, ConversationPage) and [one.id for one in inbox.results] == [message.conversation], inbox
    answered = reply_to_conversation.sync(
        client=api, id=inbox.results[0].id, body=WrittenReply(text="Ja, von acht bis elf.")
    )
    assert isinstance(answered, AnsweredConversation), answered
    numbers = get_response_times_metrics.sync(client=api, client_query=[made.slug])
    assert isinstance(numbers, ResponseTimes) and [row.client for row in numbers.rows] == [made.slug], numbers
    absent = get_client.sync("nobody", client=api)
    assert isinstance(absent, ProblemDocument) and (absent.status, absent.code) == (404, "not_found"), absent
    print(f"{made.name}: {len(inbox.results)} conversation, reply {answered.reply.state}")


if __name__ == "__main__":
    main(*sys.argv[1:])
