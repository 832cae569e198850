"""The Bluesky connector on a real Bluesky: publish, find, read, answer, count, and all of it through the product."""

import struct
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from clients import credentials, directory
from clients.networks import bluesky
from clients.networks.types import Draft, Media, Refused, Unauthorized
from feedback import desk, polling, sending
from feedback.models import Clock, Interaction
from tests import factories
from tests.peers import bluesky as peer

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(peer.missing()), reason=peer.missing())]
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def png():
    """Two by two pixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head, rows = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0), zlib.compress(b"\0\1\2\3\4\5\6" * 2)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    try:
        with peer.running(tmp_path_factory.mktemp("bluesky")) as running:
            yield running
    except peer.Missing as error:
        pytest.skip(str(error))


@pytest.fixture
def bakery(network):
    return network.person("bakery")


@pytest.fixture
def karl(network):
    return network.person("karl")


@pytest.fixture
def account(bakery):
    """With a session, as the sweep keeps it."""
    made = bluesky.renew(bakery.account()).credentials
    return replace(bakery.account(), token=made["token"], secret=bakery.account().secret | made)


def heard(account, count):
    """Everything told from the beginning, once it is that much."""

    def tell():
        items, cursor, more = [], "", True
        while more:
            page = bluesky.poll(account, cursor)
            items, cursor, more = items + page.items, page.cursor, page.more
        return items

    return peer.until(tell, lambda items: len(items) >= count)


def seen(account, uri):
    """Wait until everybody sees it: what answers a message that the view has not read yet is told to nobody."""
    peer.until(lambda: bluesky.numbers(account, uri).reactions is not None)


def test_post_is_made_once_and_found_by_its_key(account, bakery):
    draft = Draft("k1", "Hallo")

    before = bluesky.find_post(account, draft, LONG_AGO)
    made = [bluesky.publish(account, draft) for _ in range(3)]

    records = bakery.call("com.atproto.repo.listRecords", repo=bakery.did, collection="app.bsky.feed.post")["records"]
    assert (before, len(set(made)), len(records)) == (None, 1, 1)
    assert bluesky.find_post(account, draft, LONG_AGO) == made[0]


def test_marks_pictures_and_card_are_taken_as_they_are_sent(account, bakery, karl):
    text = f"Grüße 🎃 an @{karl.handle}! #Kürbis https://bakery.example/brot."
    linked = bluesky.publish(account, Draft("k1", text, "Brot", "https://bakery.example/x"))
    picture = Media("brot.png", "image/png", png(), "Ein Brot")
    shown = bluesky.publish(account, Draft("k2", "Bild", media=(picture,)))

    post, raw = bakery.record(linked.external_id)["value"], text.encode()
    marks = [
        (raw[one["index"]["byteStart"] : one["index"]["byteEnd"]].decode(), next(iter(one["features"][0].values())))
        for one in post["facets"]
    ]
    image = bakery.record(shown.external_id)["value"]["embed"]["images"][0]
    assert [mark for mark, _ in marks] == [f"@{karl.handle}", "#Kürbis", "https://bakery.example/brot"]
    assert post["embed"]["external"]["title"] == "Brot"
    assert (image["alt"], image["image"]["mimeType"], image["image"]["size"]) == ("Ein Brot", "image/png", len(png()))


def test_question_answer_and_thanks_are_one_thread(account, karl):
    post = bluesky.publish(account, Draft("k1", "Neu: Kürbisbrot")).external_id
    seen(account, post)
    question = karl.say("Auch glutenfrei?", post)
    heard(account, 1)

    answer = bluesky.reply(account, question, question, "Ja, freitags.", "r1")
    seen(account, answer.external_id)
    thanks = karl.say("Danke!", answer.external_id)
    aside = karl.say("Und vegan?", post)

    items = {item.external_id: item for item in heard(account, 4)}
    threads = {id: item.thread_id for id, item in items.items()}
    assert threads == {question: question, answer.external_id: question, thanks: question, aside: aside}
    assert (items[answer.external_id].direction, items[thanks].kind) == ("out", "comment")
    assert bluesky.find_reply(account, question, "r1") == answer
    assert bluesky.find_reply(account, question, "r2") is None


def test_likes_answers_and_followers_are_counted(account, karl):
    post = bluesky.publish(account, Draft("k1", "Hallo")).external_id
    seen(account, post)
    karl.like(post)
    karl.say("Schön", post)

    told = peer.until(lambda: bluesky.numbers(account, post), lambda numbers: numbers.reactions and numbers.comments)

    assert (told.reactions, told.comments, told.shares) == (1, 1, 0)
    assert bluesky.numbers(account, "").followers == 0


def test_refusals_have_their_class(account):
    spoilt = replace(account, token=f"{account.token[:-4]}AAAA")
    with pytest.raises(Refused, match="300"):
        bluesky.publish(account, Draft("k1", "x" * 301))
    with pytest.raises(Unauthorized):
        bluesky.publish(spoilt, Draft("k1", "x"))
    with pytest.raises(Unauthorized):
        bluesky.renew(replace(account, secret={"app_password": "wrong"}))


def test_reply_given_in_the_product_stands_there_and_stops_the_clock(bakery, karl, account, cast, in_scope, settings):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    channel = directory.add_channel(
        client=cast.bakery, slug="bluesky", name="Bluesky", network="bluesky", actor=None, url=bakery.server,
        account=bakery.handle, credentials=bakery.account().secret, connected_at=LONG_AGO,
    )  # fmt: skip
    credentials.renew_due(now=timezone.now())
    channel.refresh_from_db()
    post = bakery.say("Hallo")
    seen(account, post)
    question = karl.say("Offen?", post)
    day = timedelta(days=1)
    peer.until(lambda: polling.poll_due(now=timezone.now() + day) and Interaction.objects.count())
    conversation = factories.conversation(channel, question)

    desk.answer(conversation=conversation, user=cast.sam, text="Ja, bis acht.")
    before = Clock.objects.filter(conversation=conversation, kind="first", stopped_at=None).count()
    sending.deliver_due(now=timezone.now())

    after = Clock.objects.filter(conversation=conversation, kind="first", stopped_at=None).count()
    answer = conversation.interactions.get(direction="out")
    assert (before, after) == (1, 0)
    assert karl.record(answer.external_id)["value"]["reply"]["parent"]["uri"] == question
