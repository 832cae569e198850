"""What holds for every social network: published once and found, failures by class, all comments once, answers."""

from dataclasses import replace

import pytest

from clients import networks
from clients.networks.types import Draft, Limited, Media, NetworkError, Numbers, Refused, Unauthorized, Unknown
from tests.clients.networks.fakes.base import ago
from tests.clients.networks.fakes.bluesky import Bluesky
from tests.clients.networks.fakes.googles import Google, YouTube
from tests.clients.networks.fakes.linkedin import LinkedIn
from tests.clients.networks.fakes.mastodon import Mastodon
from tests.clients.networks.fakes.meta import Facebook, Instagram

FAKES = {
    "bluesky": Bluesky, "facebook": Facebook, "google": Google, "instagram": Instagram, "linkedin": LinkedIn,
    "mastodon": Mastodon, "youtube": YouTube,
}  # fmt: skip
PUBLISHING = sorted(set(FAKES) - {"youtube"})
PICTURE = Media("brot.jpg", "image/jpeg", b"JPEG!", "Ein Kürbisbrot", "https://media.example/brot.jpg")
DRAFT = Draft("k1", "Ab morgen: Kürbisbrot 🎃 (frisch) #Herbst", "Brot", "https://bakery.example/brot")
QUESTION, ANSWER = "Auch glutenfrei? 🙏", "Ja, von 8 bis 11."


@pytest.fixture
def slug(request):
    return request.param


@pytest.fixture
def fake(slug):
    made = FAKES[slug]()
    yield made
    made.end()


@pytest.fixture
def connector(slug):
    return networks.get(slug).connector


@pytest.fixture
def draft(slug):
    return replace(DRAFT, media=(PICTURE,)) if slug == "instagram" else DRAFT


@pytest.fixture
def post(fake, slug, connector, draft):
    """The id of a post that others comment on; on Google people review the place itself."""
    return "v1" if slug == "youtube" else connector.publish(fake.account, draft).external_id


every = pytest.mark.parametrize("slug", sorted(FAKES), indirect=True)
publishing = pytest.mark.parametrize("slug", PUBLISHING, indirect=True)


def walked(connector, account, cursor=""):
    """All that waits, and the cursor after it."""
    items, more = [], True
    while more:
        page = connector.poll(account, cursor)
        items, cursor, more = items + page.items, page.cursor, page.more
    return items, cursor


def calls(connector, account, draft, thread="t1"):
    yield lambda: connector.publish(account, draft)
    yield lambda: connector.find_post(account, draft, ago(days=1))
    yield lambda: connector.numbers(account, "p1")
    yield lambda: connector.numbers(account, "")
    yield lambda: connector.poll(account, "")
    yield lambda: connector.reply(account, thread, thread, ANSWER, "k2")
    yield lambda: connector.find_reply(account, thread, "k2", ANSWER, ago(days=1))


@publishing
def test_publish_makes_one_post_that_is_found_again(fake, connector, draft):
    made = connector.publish(fake.account, draft)

    found = connector.find_post(fake.account, draft, ago(hours=1))
    other = connector.find_post(fake.account, replace(draft, key="k2", text="Etwas anderes"), ago(hours=1))
    assert (len(fake.posts()), found.external_id, other) == (1, made.external_id, None)
    assert made.url.startswith("http")


@publishing
def test_post_older_than_asked_for_is_not_found_by_its_text(fake, slug, connector, draft):
    connector.publish(fake.account, draft)

    found = connector.find_post(fake.account, replace(draft, key="k2"), ago(hours=-1))

    assert found is None


@publishing
def test_post_whose_answer_was_lost_is_there_and_found(fake, slug, connector, draft):
    fake.fail(on="media_publish" if slug == "instagram" else "POST", after=True)

    with pytest.raises(Unknown):
        connector.publish(fake.account, draft)

    assert len(fake.posts()) == 1
    assert connector.find_post(fake.account, draft, ago(hours=1)) is not None


@every
@pytest.mark.parametrize(
    ("status", "error"),
    [(400, Refused), (401, Unauthorized), (403, Unauthorized), (429, Limited), (500, Unknown), (503, Unknown), (None, Unknown)],
)
def test_failure_has_its_class(fake, slug, connector, draft, status, error):
    for call in calls(connector, fake.account, draft):
        if not wanted(connector, call):
            continue
        fake.fail(status, {"error": "so"}, times=20)

        with pytest.raises(error) as caught:
            call()

        fake.faults.clear()
        assert fake.account.token not in str(caught.value)


def wanted(connector, call):
    """What the connector cannot do at all is not asked of it."""
    return all(hasattr(connector, name) for name in call.__code__.co_names if name in (
        "publish", "find_post", "numbers", "poll", "reply", "find_reply"))  # fmt: skip


@every
@pytest.mark.parametrize("body", [b"[]", b"7", b"null", b'{"data": 7}', b'{"x": [{}]}', b"<html>"])
def test_answer_of_another_shape_is_unknown(fake, slug, connector, draft, body):
    for call in calls(connector, fake.account, draft):
        if not wanted(connector, call):
            continue
        fake.fail(200, body, times=20)

        try:
            told = call()
        except NetworkError as error:
            assert type(error) is Unknown
        else:
            assert told in (None, Numbers()) or told.items == []  # nothing was told, and nothing made up
        fake.faults.clear()


@every
def test_comment_comes_with_author_thread_and_time(fake, slug, connector, post):
    id = fake.say(QUESTION, post, at=ago(minutes=3))

    items, _ = walked(connector, fake.account)

    [item] = [item for item in items if item.direction == "in"]
    assert (item.external_id, item.thread_id, item.text, item.created_at) == (id, id, QUESTION, ago(minutes=3))
    assert item.kind == ("review" if slug == "google" else "comment")
    assert item.author.id != ""
    assert slug == "google" or item.parent_id == post


@every
def test_all_comments_come_once_in_pages_and_then_only_news(fake, connector, post):
    ids = {fake.say(f"Frage {n}?", post, at=ago(hours=9, minutes=n)) for n in range(130)}

    items, cursor = walked(connector, fake.account)
    late = fake.say("Noch etwas?", post, at=ago(minutes=1))
    news, cursor = walked(connector, fake.account, cursor)
    again, _ = walked(connector, fake.account, cursor)

    assert sorted(item.external_id for item in items if item.direction == "in") == sorted(ids)
    assert late in {item.external_id for item in news}
    assert len([item for item in news if item.external_id in ids]) <= 50
    assert {item.external_id for item in again} <= ids | {late}


@every
def test_reply_stands_in_its_thread_and_is_found(fake, connector, post):
    thread = fake.say(QUESTION, post)
    _, cursor = walked(connector, fake.account)

    made = connector.reply(fake.account, thread, thread, ANSWER, "k2")

    items, _ = walked(connector, fake.account, cursor)
    told = [item for item in items if item.external_id == made.external_id]
    found = connector.find_reply(fake.account, thread, "k2", ANSWER, ago(hours=1))
    other = connector.find_reply(fake.account, thread, "k3", "Nein.", ago(hours=1))
    assert {(item.direction, item.thread_id) for item in told} == {("out", thread)}
    assert ANSWER in told[0].text
    assert (found.external_id, other) == (made.external_id, None)


@every
def test_reply_whose_answer_was_lost_is_there_and_found(fake, slug, connector, post):
    thread = fake.say(QUESTION, post)
    fake.fail(on="PUT" if slug == "google" else "POST", after=True)

    with pytest.raises(Unknown):
        connector.reply(fake.account, thread, thread, ANSWER, "k2")

    assert connector.find_reply(fake.account, thread, "k2", ANSWER, ago(hours=1)) is not None


@every
def test_answer_to_an_answer_stays_in_the_thread(fake, slug, connector, post):
    if slug == "google":
        pytest.skip("a review has one answer")
    thread = fake.say(QUESTION, post)
    ours = connector.reply(fake.account, thread, thread, ANSWER, "k2").external_id
    below = ours if slug in ("bluesky", "mastodon") else thread
    thanks = fake.say("Danke!", below)

    items, _ = walked(connector, fake.account)

    assert {item.external_id: item.thread_id for item in items} == dict.fromkeys((thread, ours, thanks), thread)


@every
def test_numbers_are_those_of_the_post_or_of_the_channel(fake, slug, connector, post):
    if not networks.get(slug).counts:
        pytest.skip("tells no counters")

    of_post, of_channel = connector.numbers(fake.account, post), connector.numbers(fake.account, "")

    assert (of_post.reactions, of_post.comments, of_channel.followers) == (5, 1, 212)
    assert of_post.shares == (None if slug in ("youtube", "instagram") else 3)


@every
def test_spoilt_cursor_begins_anew(fake, connector, post):
    id = fake.say(QUESTION, post)

    for cursor in ("nonsense", "[1, 2, 3, 4]", '{"heard": 7}', "7"):
        items, _ = walked(connector, fake.account, cursor)

        assert id in {item.external_id for item in items}
