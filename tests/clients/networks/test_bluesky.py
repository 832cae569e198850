"""Bluesky: names made of keys, marks in the text counted in bytes, sessions, threads."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from clients.networks import bluesky
from clients.networks.types import Draft, Media, NotSent, Refused, Unauthorized
from tests.clients.networks.fakes.base import NOW, ago
from tests.clients.networks.fakes.bluesky import KARL, US, Bluesky, token

PICTURE = Media("brot.png", "image/png", b"PNG!", "Ein Kürbisbrot")


@pytest.fixture
def fake(standing):
    return standing(Bluesky)


def features(text, fake):
    """Each marked part of a published text with what it is marked as."""
    bluesky.publish(fake.account, Draft("k1", text))
    raw = text.encode()
    found = fake.posts()[-1].get("facets", [])
    return [
        (raw[one["index"]["byteStart"] : one["index"]["byteEnd"]].decode(), one["features"][0]["$type"].partition("#")[2])
        for one in found
    ]


def test_record_name_is_a_tid_of_long_ago_and_the_same_for_the_same_key():
    names = [bluesky.record_name(f"key {n}") for n in range(2_000)]

    assert all(re.fullmatch("[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}", name) for name in names)
    assert len(set(names)) == 2_000
    assert names == [bluesky.record_name(f"key {n}") for n in range(2_000)]
    micros = [sum(bluesky.LETTERS.index(c) << 5 * (12 - n) for n, c in enumerate(name)) >> 10 for name in names]
    assert bluesky.FIRST <= min(micros) and max(micros) < bluesky.LAST


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("ohne", []),
        ("🎃 https://bakery.example/brot?x=1.", [("https://bakery.example/brot?x=1", "link")]),
        ("Grüße an @karl.example!", [("@karl.example", "mention")]),
        ("an @nobody.example und karl@karl.example", []),
        ("#Kürbis #2026 #w2 a#b", [("#Kürbis", "tag"), ("#w2", "tag")]),
        ("(https://a.example/#x) #ende", [("https://a.example/#x", "link"), ("#ende", "tag")]),
        ("https://a.example/@karl.example", [("https://a.example/@karl.example", "link")]),
    ],
)
def test_parts_of_the_text_are_marked_by_their_bytes(fake, text, marked):
    assert features(text, fake) == marked


def test_published_twice_with_one_key_is_one_post_with_its_first_time(fake):
    first = bluesky.publish(fake.account, Draft("k1", "Hallo"))

    second = bluesky.publish(fake.account, Draft("k1", "Hallo"))

    assert (second, len(fake.posts())) == (first, 1)


def test_link_becomes_a_card_and_beside_pictures_a_part_of_the_text(fake):
    draft = Draft("k1", "Neu", "Brot", "https://bakery.example/x")

    bluesky.publish(fake.account, draft)
    bluesky.publish(fake.account, replace(draft, key="k2", media=(PICTURE,)))

    card, pictures = fake.posts()
    assert card["embed"]["external"] == {"uri": draft.link, "title": "Brot", "description": ""}
    assert (card["text"], pictures["text"]) == ("Neu", "Neu\n\nhttps://bakery.example/x")
    assert [one["alt"] for one in pictures["embed"]["images"]] == ["Ein Kürbisbrot"]
    assert fake.blobs == [("image/png", b"PNG!")]


def test_video_is_refused_before_anything_is_sent(fake):
    with pytest.raises(Refused):
        bluesky.publish(fake.account, Draft("k1", "x", media=(replace(PICTURE, mime="video/mp4"),)))

    assert fake.writes() == []


def test_kept_session_is_used_and_one_that_is_over_replaced(fake):
    kept = fake.account
    over = replace(kept, token=token(hours=-1))

    bluesky.numbers(kept, "")
    bluesky.numbers(over, "")

    assert [request.path.rpartition(".")[2] for request in fake.asked] == ["getProfile", "createSession", "getProfile"]


def test_renewed_session_lasts_as_long_as_its_token_says(fake):
    renewed = bluesky.renew(replace(fake.account, token=""))

    assert renewed.credentials == {"token": token(), "did": US}
    assert renewed.expires_at == NOW + timedelta(hours=2)


@pytest.mark.parametrize("secret", [{}, {"app_password": "wrong"}])
def test_wrong_or_missing_password_is_unauthorized(fake, secret):
    with pytest.raises(Unauthorized):
        bluesky.renew(replace(fake.account, secret=secret))


@pytest.mark.parametrize("error", ["ExpiredToken", "InvalidToken"])
def test_expired_token_is_unauthorized_though_the_status_says_400(fake, error):
    fake.fail(400, {"error": error, "message": "Token has expired"})

    with pytest.raises(Unauthorized, match="400 Token has expired"):
        bluesky.numbers(fake.account, "")


def test_several_calls_take_no_longer_than_one_may(fake, monkeypatch):
    monkeypatch.setattr(bluesky.http, "LEAST_SECONDS", 1_000)

    with pytest.raises(NotSent):
        bluesky.publish(fake.account, Draft("k1", "x"))


def test_each_first_answer_below_our_post_is_a_thread_and_a_mention_is_its_own(fake):
    post = bluesky.publish(fake.account, Draft("k1", "Hallo")).external_id
    first, second = fake.say("Eins?", post), fake.say("Zwei?", post)
    below = fake.say("Eins, genauer?", fake.say("Ja.", first, did=US))
    mention = fake.say("Tipp: @bakery.example")
    beside = fake.say("Stimmt!", mention)

    items = {item.external_id: item for item in bluesky.poll(fake.account, "").items}

    threads = {id: items[id].thread_id for id in (first, second, below, mention, beside)}
    assert threads == {first: first, second: second, below: first, mention: mention, beside: mention}
    assert {items[id].kind for id in (first, second, below, beside)} == {"comment"}
    assert (items[mention].kind, items[mention].author.name) == ("mention", "Karl Köhler")


def test_own_post_and_what_is_added_to_it_are_no_answers(fake):
    post = bluesky.publish(fake.account, Draft("k1", "Hallo")).external_id
    fake.say("Und noch etwas", post, did=US)

    assert bluesky.poll(fake.account, "").items == []


def test_deleted_message_is_passed_over(fake):
    post = bluesky.publish(fake.account, Draft("k1", "Hallo")).external_id
    first = fake.say("Eins?", post)
    gone = fake.say("Zwei?", first)
    del fake.records[gone]

    assert [item.external_id for item in bluesky.poll(fake.account, "").items] == [first]


def test_answer_to_a_message_that_is_gone_is_refused(fake):
    with pytest.raises(Refused, match="gone"):
        bluesky.reply(fake.account, f"at://{KARL}/x/1", None, "Ja.", "k2")


def test_walk_goes_on_from_the_newest_when_its_page_is_lost(fake):
    post = bluesky.publish(fake.account, Draft("k1", "Hallo")).external_id
    ids = {fake.say(f"{n}?", post, at=ago(minutes=n)) for n in range(60)}
    page = bluesky.poll(fake.account, "")
    cursor = re.sub(r'"page": "25"', '"page": "lost"', page.cursor)
    items, more = list(page.items), True
    while more:
        page = bluesky.poll(fake.account, cursor)
        items, cursor, more = items + page.items, page.cursor, page.more

    assert {item.external_id for item in items} == ids
