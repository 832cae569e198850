"""Google Business Profile and YouTube: stars, edits, answers from elsewhere, tokens of an hour, quotas."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from clients.networks import google, googleapis, youtube
from clients.networks.types import Draft, Limited, Media, Refused, Unauthorized
from tests.clients.networks.fakes.base import NOW, ago
from tests.clients.networks.fakes.googles import Google, YouTube, failure, stamp

PICTURE = Media("brot.jpg", "image/jpeg", b"JPEG!", "", "https://media.example/brot.jpg")


@pytest.fixture
def profile(standing, monkeypatch):
    fake = standing(Google)
    monkeypatch.setattr(googleapis, "TOKENS", f"{fake.url}/token")
    return fake


@pytest.fixture
def channel(standing):
    return standing(YouTube)


@pytest.mark.parametrize(
    ("word", "stars"), [("ONE", 1), ("TWO", 2), ("THREE", 3), ("FOUR", 4), ("FIVE", 5), ("STAR_RATING_UNSPECIFIED", None)]
)
def test_stars_are_counted(profile, word, stars):
    profile.say("Gut", stars=word)

    [item] = google.poll(profile.account, "").items

    assert (item.kind, item.stars, item.edited_at) == ("review", stars, None)


def test_changed_review_says_when(profile):
    profile.say("Doch nicht", at=ago(days=3), updateTime=stamp(ago(hours=1)))

    [item] = google.poll(profile.account, "").items

    assert (item.created_at, item.edited_at) == (ago(days=3), ago(hours=1))


def test_changed_review_of_long_ago_comes_again(profile):
    profile.say("Gut", at=ago(days=300))
    cursor = google.poll(profile.account, "").cursor
    profile.reviews["r0"] |= {"comment": "Schlecht", "starRating": "ONE", "updateTime": stamp(NOW)}

    [item] = google.poll(profile.account, cursor).items

    assert (item.text, item.stars, item.edited_at) == ("Schlecht", 1, NOW)


def test_review_of_stars_alone_has_no_text(profile):
    profile.say("x")
    del profile.reviews["r0"]["comment"]

    assert google.poll(profile.account, "").items[0].text == ""


@pytest.mark.parametrize(
    "comment",
    [
        "(Translated by Google) Very good\n\n(Original)\nSehr gut",
        "Sehr gut\n\n(Translated by Google)\nVery good",
        "Sehr gut",
    ],
)
def test_review_comes_as_it_was_written(profile, comment):
    profile.say(comment)

    assert google.poll(profile.account, "").items[0].text == "Sehr gut"


def test_answer_given_on_google_itself_comes_with_its_review(profile):
    name = profile.say("Gut", reviewReply={"comment": "Danke", "updateTime": stamp(NOW)})

    _, answer = google.poll(profile.account, "").items

    assert (answer.direction, answer.thread_id, answer.external_id) == ("out", name, f"{name}/reply")


def test_second_answer_takes_the_place_of_the_first(profile):
    name = profile.say("Gut", reviewReply={"comment": "Danke", "updateTime": stamp(ago(days=1))})

    before = google.find_reply(profile.account, name, "k", "Vielen Dank")
    made = google.reply(profile.account, name, name, "Vielen Dank", "k")

    assert (before, google.find_reply(profile.account, name, "k", "Vielen Dank")) == (None, made)


def test_post_on_the_profile_has_a_button_and_pictures_by_address(profile):
    google.publish(profile.account, Draft("k1", "Neu", link="https://bakery.example/x", media=(PICTURE,)))

    [post] = profile.posts()
    assert post["callToAction"] == {"actionType": "LEARN_MORE", "url": "https://bakery.example/x"}
    assert post["media"] == [{"mediaFormat": "PHOTO", "sourceUrl": PICTURE.url}]
    with pytest.raises(Refused, match="public https address"):
        google.publish(profile.account, Draft("k2", "Neu", media=(replace(PICTURE, url=""),)))


def test_token_of_an_hour_is_bought(profile):
    renewed = google.renew(profile.account)

    assert renewed.credentials == {"token": "tok-fresh"}
    assert timedelta(minutes=59) < renewed.expires_at - datetime.now(UTC) < timedelta(minutes=61)


def test_call_without_a_token_buys_one_first(profile):
    google.poll(replace(profile.account, token=""), "")

    assert [request.headers.get("authorization") for request in profile.asked] == [None, "Bearer tok-fresh"]


def test_revoked_right_is_unauthorized_and_a_missing_one_refused(profile):
    secret = profile.account.secret
    with pytest.raises(Unauthorized, match="invalid_grant"):
        google.renew(replace(profile.account, secret=secret | {"refresh_token": "old"}))
    with pytest.raises(Refused, match="client_secret"):
        google.renew(replace(profile.account, secret={**secret, "client_secret": ""}))


@pytest.mark.parametrize(
    ("reason", "error"),
    [("quotaExceeded", Limited), ("rateLimitExceeded", Limited), ("commentsDisabled", Refused), ("forbidden", Unauthorized)],
)
def test_403_has_the_class_of_its_reason(channel, reason, error):
    channel.fail(*failure(reason))

    with pytest.raises(error):
        youtube.poll(channel.account, "")


def test_answers_that_did_not_come_along_are_read_when_there_are_new_ones(channel):
    first = channel.say("Rezept?")
    ids = [channel.say(f"{n}", first, at=ago(minutes=30 - n)) for n in range(8)]
    page = youtube.poll(channel.account, "")
    asked = len(channel.asked)

    quiet = youtube.poll(channel.account, page.cursor)
    late = channel.say("Danke", first)
    busy = youtube.poll(channel.account, quiet.cursor)

    assert {item.external_id for item in page.items} == {first, *ids}
    assert (asked, len(channel.asked)) == (2, 5)
    assert late in {item.external_id for item in busy.items}


def test_answers_of_a_long_thread_are_all_read(channel):
    first = channel.say("Rezept?")
    for n in range(230):
        channel.say(f"{n}", first)

    assert len(youtube.poll(channel.account, "").items) == 231


def test_changed_comment_says_when(channel):
    channel.say("Rezept??", at=ago(days=1), updatedAt=stamp(NOW))

    assert youtube.poll(channel.account, "").items[0].edited_at == NOW


def test_answers_are_told_by_who_gave_them(channel):
    first = channel.say("Rezept?")
    channel.say("Kommt!", first, author=channel.me)

    items = youtube.poll(channel.account, "").items

    assert [(item.direction, item.thread_id, item.parent_id) for item in items] == [("in", first, "v1"), ("out", first, first)]
