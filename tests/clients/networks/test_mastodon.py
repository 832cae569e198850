"""Mastodon: HTML to text, pictures that take their time, who sees an answer."""

from dataclasses import replace

import pytest

from clients.networks import mastodon
from clients.networks.types import Draft, Media, Refused
from tests.clients.networks.fakes.base import ago
from tests.clients.networks.fakes.mastodon import KARL, ME, Mastodon

PICTURE = Media("brot.png", "image/png", b"PNG!", "Ein Kürbisbrot")


@pytest.fixture
def fake(standing):
    return standing(Mastodon)


def test_picture_is_waited_for_and_carries_its_words(fake):
    mastodon.publish(fake.account, Draft("k1", "Neu", media=(PICTURE,)))

    assert fake.posts()[0]["media"] == ["m0"]
    assert b"PNG!" in fake.media["m0"] and "Ein Kürbisbrot".encode() in fake.media["m0"]


def test_picture_that_is_never_ready_is_refused(fake, monkeypatch):
    monkeypatch.setattr(mastodon, "PATIENCE", 2)
    monkeypatch.setattr(mastodon, "PAUSE", 0)
    fake.fail(206, b"", on="GET /api/v1/media", times=5)

    with pytest.raises(Refused, match="in time"):
        mastodon.publish(fake.account, Draft("k1", "Neu", media=(PICTURE,)))

    assert fake.posts() == []


def test_key_goes_with_the_post_so_that_a_server_may_know_it_again(fake):
    made = {mastodon.publish(fake.account, Draft("k1", "Neu")).external_id for _ in range(2)}

    assert (len(made), len(fake.posts())) == (1, 1)


def test_post_is_found_though_the_server_writes_its_text_anew(fake):
    draft = Draft("k1", "Danke  @karl@town.example!\n\nBis <morgen> & \"bald\"", link="https://bakery.example/x")
    made = mastodon.publish(fake.account, draft)

    assert mastodon.find_post(fake.account, draft, ago(hours=1)) == made


def test_answer_speaks_to_its_author_and_is_as_visible_as_the_question(fake):
    secret = fake.say("@bakery Wann?", visibility="direct")
    named = fake.say("@bakery Und?", visibility="unlisted")

    mastodon.reply(fake.account, secret, secret, "Um acht.", "k1")
    mastodon.reply(fake.account, named, named, "Auch @karl@town.example um acht.", "k2")

    told = [(request.json["status"], request.json["visibility"]) for request in fake.writes()]
    assert told == [("@karl@town.example Um acht.", "direct"), ("Auch @karl@town.example um acht.", "unlisted")]


def test_message_mention_and_comment_are_told_apart(fake):
    post = mastodon.publish(fake.account, Draft("k1", "Hallo")).external_id
    ids = fake.say("Frage", post), fake.say("@bakery Hallo"), fake.say("@bakery heimlich", visibility="direct")

    items = mastodon.poll(fake.account, "").items

    assert {item.external_id: item.kind for item in items} == dict(zip(ids, ("comment", "mention", "message"), strict=True))


def test_text_is_what_a_reader_sees(fake):
    fake.say("Eins & zwei <drei>\n\nvier")

    [item] = mastodon.poll(fake.account, "").items

    assert (item.text, item.author.name, item.author.bot) == ("Eins & zwei <drei>\n\nvier", "Karl Köhler", False)


def test_edited_status_says_when(fake):
    fake.say("Neu", edited_at=ago(minutes=1).isoformat())

    [item] = mastodon.poll(fake.account, "").items

    assert item.edited_at == ago(minutes=1)


def test_thread_of_others_is_one_and_below_our_post_each_answer_is(fake):
    post = fake.add(ME, "Hallo")
    first = fake.say("Eins?", post)
    below = fake.say("Genauer?", fake.add(ME, "Ja.", first))
    stranger = fake.add(KARL, "Wo gibt es Brot?")
    mention = fake.say("Bei @bakery", stranger)

    items = {item.external_id: item.thread_id for item in mastodon.poll(fake.account, "").items if item.direction == "in"}

    assert items == {first: first, below: first, mention: stranger}


def test_what_is_gone_meanwhile_is_passed_over(fake):
    post = mastodon.publish(fake.account, Draft("k1", "Hallo")).external_id
    gone, kept = fake.say("Eins?", post), fake.say("Zwei?", post)
    del fake.statuses[gone]

    assert [item.external_id for item in mastodon.poll(fake.account, "").items] == [kept]


def test_own_additions_to_own_posts_are_no_answers(fake):
    post = fake.add(ME, "Hallo")
    fake.add(ME, "Und noch etwas", post)

    assert mastodon.poll(fake.account, "").items == []


def test_server_with_a_path_or_a_slash_is_reached(fake):
    assert mastodon.numbers(replace(fake.account, url=f"{fake.url}/"), "").followers == 212
