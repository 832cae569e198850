"""Facebook pages and Instagram: failures by code, pictures, comments by poll and by webhook."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from clients.networks import facebook, graph, instagram
from clients.networks.types import Draft, Limited, Media, NetworkError, Numbers, Refused, Unauthorized, Unknown
from tests.clients.networks.fakes.base import NOW, ago
from tests.clients.networks.fakes.meta import WORD, Facebook, Instagram, failure, signed

PICTURE = Media("brot.jpg", "image/jpeg", b"JPEG!", "Ein Kürbisbrot", "https://media.example/brot.jpg")


@pytest.fixture
def page(standing):
    return standing(Facebook)


@pytest.fixture
def insta(standing):
    return standing(Instagram)


@pytest.mark.parametrize("status", [400, 403])
@pytest.mark.parametrize(
    ("code", "error"),
    [(1, Unknown), (2, Unknown), (4, Limited), (17, Limited), (32, Limited), (613, Limited), (80_001, Limited),
     (10, Unauthorized), (190, Unauthorized), (200, Unauthorized), (299, Unauthorized), (100, Refused), (506, Refused)],
)  # fmt: skip
def test_failure_has_the_class_of_its_code_not_of_its_status(page, status, code, error):
    page.fail(*failure(code, status))

    with pytest.raises(NetworkError) as caught:
        facebook.publish(page.account, Draft("k1", "Neu"))

    assert type(caught.value) is error


def test_500_though_the_post_is_live_is_unknown_and_the_post_found(page):
    page.fail(500, {"error": {"code": 2}}, on="POST", after=True)

    with pytest.raises(Unknown):
        facebook.publish(page.account, Draft("k1", "Neu"))

    assert facebook.find_post(page.account, Draft("k1", "Neu"), ago(hours=1)).external_id == "4711_0"


def test_pictures_are_sent_unpublished_and_then_attached(page):
    facebook.publish(page.account, Draft("k1", "Neu", link="https://bakery.example/x", media=(PICTURE, PICTURE)))

    [post] = page.posts()
    assert (post["message"], post["link"]) == ("Neu\n\nhttps://bakery.example/x", None)
    assert post["media"] == [{"media_fbid": "p0"}, {"media_fbid": "p1"}]
    assert b"JPEG!" in page.photos["p0"] and "Ein Kürbisbrot".encode() in page.photos["p0"]


def test_link_goes_as_a_card(page):
    facebook.publish(page.account, Draft("k1", "Neu", link="https://bakery.example/x"))

    assert (page.posts()[0]["message"], page.posts()[0]["link"]) == ("Neu", "https://bakery.example/x")


def test_insights_are_told_where_there_are_any(page):
    page.insights = {"post_media_view": 900, "post_total_media_view_unique": 700, "post_clicks": 4}

    assert facebook.numbers(page.account, "4711_0") == Numbers(
        reach=700, views=900, reactions=5, comments=1, shares=3, clicks=4
    )


def test_every_comment_of_a_post_with_many_is_read(page):
    post = page.own_post("Neu")
    ids = {page.say(f"{n}?", post, at=ago(minutes=n)) for n in range(120)}

    pages, cursor = [], ""
    while not pages or pages[-1].more:
        pages.append(facebook.poll(page.account, cursor))
        cursor = pages[-1].cursor

    assert [len(one.items) for one in pages] == [50, 50, 20]
    assert {item.external_id for one in pages for item in one.items} == ids


def test_tour_whose_page_is_lost_begins_anew(page):
    post = page.own_post("Neu")
    for n in range(60):
        page.say(f"{n}?", post, at=ago(minutes=n))
    cursor = facebook.poll(page.account, "").cursor.replace('"50"', '"lost"')

    lost = facebook.poll(page.account, cursor)
    again = facebook.poll(page.account, lost.cursor)

    assert (lost.items, lost.more, len(again.items)) == ([], True, 50)


def test_answer_from_elsewhere_and_answer_to_it_share_the_thread(page):
    post = page.own_post("Neu")
    first = page.say("Offen?", post, at=ago(minutes=3))
    ours = page.say("Ja.", first, at=ago(minutes=2), author=page.me)
    thanks = page.say("Danke", first, at=ago(minutes=1))

    items = {item.external_id: item for item in facebook.poll(page.account, "").items}

    assert {id: (one.direction, one.thread_id, one.parent_id) for id, one in items.items()} == {
        first: ("in", first, post), ours: ("out", first, first), thanks: ("in", first, first),
    }  # fmt: skip


def test_author_that_may_not_be_seen_is_nobody_in_particular(page):
    id = page.say("Offen?", page.own_post("Neu"))
    del page.comments[id]["from"]

    [item] = facebook.poll(page.account, "").items

    assert (item.author.id, item.author.name, item.direction) == (id, "", "in")


@pytest.mark.parametrize(
    ("verb", "edited", "deleted"),
    [("add", None, None), ("edited", NOW, None), ("remove", None, NOW)],
)
def test_webhook_tells_new_edited_and_deleted_comments(page, verb, edited, deleted):
    made = int(ago(minutes=5).timestamp())
    body = page.hook(verb, comment_id="0_c1", parent_id="4711_0", message="Offen?", created_time=made)

    [item] = facebook.parse(body)

    assert facebook.verify(page.account, signed(body), body)
    assert (item.external_id, item.thread_id, item.parent_id) == ("0_c1", "0_c1", "4711_0")
    assert (item.created_at, item.edited_at, item.deleted_at) == (ago(minutes=5), edited, deleted)


def test_webhook_and_poll_tell_the_same(page):
    post = page.own_post("Neu")
    first = page.say("Offen?", post, at=ago(minutes=5))
    page.say("Ja.", first, at=ago(minutes=4), author=page.me, name="Bakery")
    polled = {item.external_id: item for item in facebook.poll(page.account, "").items}

    told = []
    for id, one in page.comments.items():
        made = int(datetime.fromisoformat(one["created_time"]).timestamp())
        above = one.get("parent", {}).get("id", post)
        more = {"comment_id": id, "parent_id": above, "from": one["from"]}
        told += facebook.parse(page.hook("add", message=one["message"], created_time=made, **more))

    assert {item.external_id: item for item in told} == polled


@pytest.mark.parametrize(("verb", "item"), [("add", "reaction"), ("add", "post"), ("hide", "comment")])
def test_webhook_of_other_things_tells_nothing(page, verb, item):
    assert facebook.parse(page.hook(verb, item=item)) == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b'{"entry": 7}', b'{"entry": [{}]}', b"[" * 100_000])
@pytest.mark.parametrize("connector", [facebook, instagram])
def test_unreadable_webhook_is_neither_accepted_nor_read(page, connector, body):
    assert not connector.verify(page.account, {}, body)
    try:
        assert connector.parse(body) == []
    except ValueError:
        pass


def test_webhook_is_accepted_only_as_signed_and_for_this_page(page):
    body = page.hook("add", comment_id="c", parent_id="4711_0", created_time=1)
    other = body.replace(b'"id": "4711"', b'"id": "4712"')

    assert facebook.verify(page.account, signed(body), body)
    assert not facebook.verify(page.account, signed(other), other)
    assert not facebook.verify(page.account, signed(body), body + b" ")
    assert not facebook.verify(page.account, signed(body, "other"), body)
    assert not facebook.verify(replace(page.account, secret={}), signed(body, ""), body)
    assert not facebook.verify(page.account, {"X-Hub-Signature-256": "sha256=ü\udc80"}, body)


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ({"hub.mode": "subscribe", "hub.verify_token": WORD, "hub.challenge": "1158201444"}, "1158201444"),
        ({"hub.mode": "subscribe", "hub.verify_token": "guess", "hub.challenge": "1158201444"}, None),
        ({"hub.mode": "unsubscribe", "hub.verify_token": WORD, "hub.challenge": "1158201444"}, None),
        ({}, None),
    ],
)
def test_challenge_is_answered_to_who_knows_the_word(page, query, answer):
    assert facebook.challenge(page.account, query) == answer
    assert facebook.challenge(replace(page.account, secret={}), query | {"hub.verify_token": ""}) is None


def test_token_is_renewed_for_sixty_days(page):
    renewed = facebook.renew(page.account)

    [request] = page.asked
    assert renewed.credentials == {"token": "tok-2"}
    assert timedelta(days=59) < renewed.expires_at - datetime.now(UTC) < timedelta(days=61)
    assert b"fb_exchange_token=tok-of-meta" in request.raw and "tok" not in json.dumps(request.query)


def test_token_without_its_app_cannot_be_renewed(page):
    with pytest.raises(Refused, match="app_id"):
        facebook.renew(replace(page.account, secret={"app_secret": "s"}))


def test_photo_waits_until_its_container_is_ready(insta, monkeypatch):
    monkeypatch.setattr(instagram, "PAUSE", 0)

    made = instagram.publish(insta.account, Draft("k1", "Neu", media=(PICTURE,)))

    [container] = insta.containers.values()
    assert container == {"image_url": PICTURE.url, "alt_text": PICTURE.alt, "caption": "Neu"}
    assert made.url == f"https://ig.example/{made.external_id}"


def test_several_photos_become_a_carousel(insta, monkeypatch):
    monkeypatch.setattr(instagram, "PAUSE", 0)

    instagram.publish(insta.account, Draft("k1", "Neu", media=(PICTURE, PICTURE)))

    first, second, whole = insta.containers.values()
    assert (first["is_carousel_item"], second["is_carousel_item"]) == (True, True)
    assert whole == {"media_type": "CAROUSEL", "children": ["ig0", "ig1"], "caption": "Neu"}


def test_post_stays_published_when_its_address_is_not_told(insta, monkeypatch):
    monkeypatch.setattr(instagram, "PAUSE", 0)
    insta.fail(500, {}, on="/v24.0/1784_0")

    assert instagram.publish(insta.account, Draft("k1", "Neu", media=(PICTURE,))).url == ""


@pytest.mark.parametrize(
    ("media", "why"),
    [
        ((), "without a picture"),
        ((replace(PICTURE, url=""),), "public https address"),
        ((replace(PICTURE, url="http://media.example/x"),), "public https address"),
        ((replace(PICTURE, mime="image/png"),), "JPEG"),
    ],
)
def test_what_instagram_cannot_fetch_is_refused_before_anything_is_sent(insta, media, why):
    with pytest.raises(Refused, match=why):
        instagram.publish(insta.account, Draft("k1", "Neu", media=media))

    assert insta.asked == []


def test_picture_that_instagram_could_not_fetch_is_refused(insta):
    insta.fail(200, {"status_code": "ERROR", "status": "Media download has failed"}, on="GET")

    with pytest.raises(Refused, match="download has failed"):
        instagram.publish(insta.account, Draft("k1", "Neu", media=(PICTURE,)))


def test_instagrams_webhook_tells_comments_and_answers(insta):
    top, below = insta.hook(), insta.hook(id="ig-h2", parent_id="ig-h")

    [one], [two] = instagram.parse(top), instagram.parse(below)

    assert instagram.verify(insta.account, signed(top), top)
    assert (one.thread_id, one.parent_id, one.author.name) == ("ig-h", "1784_0", "karl")
    assert (two.thread_id, two.parent_id) == ("ig-h", "ig-h")


def test_limited_says_how_long(page):
    page.fail(*failure(4))

    with pytest.raises(Limited) as caught:
        facebook.poll(page.account, "")

    assert caught.value.retry_after == graph.PAUSE


@pytest.mark.parametrize("code", [100, 200])
def test_counts_are_told_also_where_insights_are_not(page, code):
    page.fail(*failure(code), on="/insights")

    assert facebook.numbers(page.account, "4711_0") == Numbers(reactions=5, comments=1, shares=3)
