"""The connector against a WordPress that really runs here."""

import base64
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from clients.networks import feed, wordpress
from clients.networks.types import Account, Draft, Media, NotSent, Refused, Unauthorized
from tests.peers import wordpress as peer

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(peer.missing()), reason=peer.missing())]
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
DRAFT = Draft("key-0", "Frische Brötchen!\n\nHeute <b>neu</b> [gallery] & mehr: https://bakery.example/a?b=1&c=2.\nBis zwölf.")
numbers = iter(range(1, 1_000))


@pytest.fixture(scope="module")
def site():
    with peer.running() as running:
        yield running


@pytest.fixture
def account(site):
    return site.account()


@pytest.fixture
def post(account):
    """A new post's id under which the connector knows it."""
    return wordpress.publish(account, another()).external_id


def another(**changes) -> Draft:
    return replace(DRAFT, key=f"key-{next(numbers)}", **changes)


def number(id: str) -> int:
    return int(id.partition("-")[2])


def caught_up(account) -> str:
    """The cursor of somebody who has seen everything so far."""
    cursor, more = "", True
    while more:
        page = wordpress.poll(account, cursor)
        cursor, more = page.cursor, page.more
    return cursor


def shown(items) -> list[tuple]:
    return [(item.direction, item.author.name, item.text, item.deleted_at is not None) for item in items]


def test_post_stands_on_the_site_as_text(site, account):
    published = wordpress.publish(account, another(link="https://bakery.example/"))

    there = site.api("GET", f"posts/{number(published.external_id)}", context="edit")
    assert (there["status"], there["title"]["raw"], there["link"]) == ("publish", "Frische Brötchen!", published.url)
    assert there["content"]["rendered"].split("</p>") == [
        "\n<p>Heute &lt;b&gt;neu&lt;/b&gt; &#091;gallery&#093; &amp; mehr: "
        '<a href="https://bakery.example/a?b=1&amp;c=2">https://bakery.example/a?b=1&amp;c=2</a>.<br>\nBis zwölf.',
        '\n\n\n\n<p><a href="https://bakery.example/">https://bakery.example/</a>',
        "\n",
    ]
    assert abs((datetime.now(UTC) - published.created_at).total_seconds()) < 60


def test_title_of_its_own_leaves_the_text_whole(site, account):
    published = wordpress.publish(account, another(title="Brot & Salz <3", text="Eine Zeile"))

    there = site.api("GET", f"posts/{number(published.external_id)}", context="edit")
    assert there["title"]["raw"] == "Brot &amp; Salz &lt;3"
    assert "<p>Eine Zeile</p>" in there["content"]["raw"]


def test_pictures_go_along_with_what_they_show(site, account):
    draft = another(media=(Media("a", "image/png", PIXEL, "Ein Brot"), Media("b", "image/png", PIXEL, 'Zwei "Brote"')))

    published = wordpress.publish(account, draft)

    there = site.api("GET", f"posts/{number(published.external_id)}", context="edit")
    first = site.api("GET", f"media/{there['featured_media']}", context="edit")
    assert (first["alt_text"], first["mime_type"]) == ("Ein Brot", "image/png")
    assert 'alt="Zwei &quot;Brote&quot;"' in there["content"]["raw"]
    assert site.page(first["source_url"].removeprefix(site.url)).content == PIXEL


def test_picture_of_an_earlier_attempt_is_taken_again(site, account):
    draft = another(media=(Media("a", "image/png", PIXEL, "Ein Brot"),))
    wordpress._picture(account, draft, 1, draft.media[0])
    before = len(site.api("GET", "media", per_page=100))

    wordpress.publish(account, draft)

    assert len(site.api("GET", "media", per_page=100)) == before


def test_tags_are_made_or_taken_as_they_are(site, account):
    first = wordpress.publish(account, another(tags=("Brot", "Bäcker & Co")))
    second = wordpress.publish(account, another(tags=("brot",)))

    tags = [site.api("GET", f"posts/{number(post.external_id)}")["tags"] for post in (first, second)]
    assert (len(tags[0]), len(tags[1]), set(tags[1]) <= set(tags[0])) == (2, 1, True)


def test_post_is_found_by_its_key_and_no_other(account):
    draft = another()
    published = wordpress.publish(account, draft)

    assert wordpress.find_post(account, draft, LONG_AGO) == published
    assert wordpress.find_post(account, another(), LONG_AGO) is None


def test_post_that_was_taken_off_the_site_is_found_still(site, account):
    draft = another()
    published = wordpress.publish(account, draft)
    site.api("POST", f"posts/{number(published.external_id)}", status="draft")

    assert wordpress.find_post(account, draft, LONG_AGO).external_id == published.external_id


def test_comment_of_a_visitor_arrives_though_it_waits_for_moderation(site, account, post):
    cursor = caught_up(account)
    site.visitor_says(number(post), "Habt ihr <em>Sonntag</em> auf & offen?\n\nGruß 😀")

    page = wordpress.poll(account, cursor)

    (item,) = page.items
    assert shown([item]) == [("in", "Carla Kundin", "Habt ihr Sonntag auf & offen?\n\nGruß 😀", False)]
    assert (item.thread_id, item.parent_id, item.kind) == (post, None, "comment")
    assert "people.example" not in repr(item)
    assert wordpress.poll(account, page.cursor).items == []


def test_two_visitors_are_two_authors_and_one_visitor_is_one(site, account, post):
    cursor = caught_up(account)
    for name, text in (("Carla Kundin", "a"), ("Karl Köhler", "b"), ("Carla Kundin", "c")):
        site.visitor_says(number(post), text, name)

    authors = [item.author.id for item in wordpress.poll(account, cursor).items]

    assert (authors[0] == authors[2], authors[0] == authors[1]) == (True, False)


def test_reply_stands_under_the_comment_and_both_are_public(site, account, post):
    cursor = caught_up(account)
    site.visitor_says(number(post), "Offen?")
    page = wordpress.poll(account, cursor)
    asked = page.items[0].external_id

    made = wordpress.reply(account, post, asked, "Ja <b>& gern</b>\nbis 😀", "reply-1")

    public = {row["id"]: row for row in site.api("GET", "comments", post=number(post))}
    assert set(public) == {number(asked), number(made.external_id)}
    assert public[number(made.external_id)]["parent"] == number(asked)
    (own,) = wordpress.poll(account, page.cursor).items
    assert shown([own]) == [("out", "Editor", "Ja <b>& gern</b>\nbis 😀", False)]
    assert (own.external_id, own.parent_id, own.created_at) == (made.external_id, asked, made.created_at)


def test_reply_is_found_by_its_key_and_no_other(account, post):
    made = wordpress.reply(account, post, None, "Danke!", "reply-2")

    assert wordpress.find_reply(account, post, "reply-2", "Danke!", LONG_AGO) == made
    assert wordpress.find_reply(account, post, "reply-3", "Danke!", LONG_AGO) is None


def test_reply_whose_key_a_plugin_removed_is_found_by_its_words(site, account, post):
    made = wordpress.reply(account, post, None, "Danke & bis bald!", "reply-4")
    site.api("POST", f"comments/{number(made.external_id)}", author_user_agent="-")

    assert wordpress.find_reply(account, post, "reply-4", "Danke & bis bald!", LONG_AGO) == made
    assert wordpress.find_reply(account, post, "reply-4", "Danke & bis bald!", datetime(2100, 1, 1, tzinfo=UTC)) is None
    assert wordpress.find_reply(account, post, "reply-4", "Etwas anderes", LONG_AGO) is None


def test_answer_of_the_owner_on_the_site_itself_is_an_answer(site, account, post):
    cursor = caught_up(account)
    site.api("POST", "comments", user="owner", post=number(post), content="Bis acht!")
    site.api("POST", "comments", user="customer", post=number(post), content="Danke, und morgen?")

    directions = [(item.direction, item.text) for item in wordpress.poll(account, cursor).items]

    assert directions == [("out", "Bis acht!"), ("in", "Danke, und morgen?")]


def test_edit_is_seen_and_dated_when_it_was_seen(site, account, post):
    site.visitor_says(number(post), "Offen?")
    cursor = caught_up(account)
    comment = site.api("GET", "comments", post=number(post), status="all")[0]["id"]
    site.api("POST", f"comments/{comment}", content="Sonntags offen?")

    (item,) = wordpress.poll(account, cursor).items

    assert (item.text, item.external_id) == ("Sonntags offen?", f"comment-{comment}")
    assert item.edited_at > item.created_at


@pytest.mark.parametrize(
    ("method", "change"), [("POST", {"status": "spam"}), ("POST", {"status": "trash"}), ("DELETE", {"force": "true"})]
)
def test_what_is_taken_away_is_seen_once(site, account, post, method, change):
    site.visitor_says(number(post), "Billige Uhren!")
    cursor = caught_up(account)
    comment = site.api("GET", "comments", post=number(post), status="all")[0]["id"]
    site.api(method, f"comments/{comment}", **change)

    page = wordpress.poll(account, cursor)

    (item,) = page.items
    assert (item.external_id, item.thread_id, item.deleted_at is not None) == (f"comment-{comment}", post, True)
    assert wordpress.poll(account, page.cursor).items == []


def test_spam_that_nobody_saw_stays_out_and_comes_when_it_is_none(site, account, post):
    cursor = caught_up(account)
    site.visitor_says(number(post), "Kein Spam")
    comment = site.api("GET", "comments", post=number(post), status="all")[0]["id"]
    site.api("POST", f"comments/{comment}", status="spam")
    page = wordpress.poll(account, cursor)
    site.api("POST", f"comments/{comment}", status="approved")

    rescued = wordpress.poll(account, page.cursor)

    assert (page.items, [item.text for item in rescued.items]) == ([], ["Kein Spam"])


def test_everything_comes_once_from_the_beginning_and_in_order(site, account, post, monkeypatch):
    monkeypatch.setattr(wordpress, "PAGE_ITEMS", 7)
    monkeypatch.setattr(wordpress, "OVERLAP", 2)
    for place in range(12):
        site.visitor_says(number(post), f"Frage {place}")

    items, cursor, more = [], "", True
    while more:
        page = wordpress.poll(account, cursor)
        items, cursor, more = items + page.items, page.cursor, page.more

    mine = list(dict.fromkeys(item.text for item in items if item.thread_id == post))
    assert mine == [f"Frage {place}" for place in range(12)]
    assert {item.external_id for item in wordpress.poll(account, cursor).items} <= {item.external_id for item in items}


@pytest.mark.parametrize(("most", "pages"), [(20, 1), (2, 4)])
def test_more_new_comments_than_a_page_are_all_taken(site, account, post, monkeypatch, most, pages):
    """With few pages allowed, the connector begins again and still loses none."""
    cursor = caught_up(account)
    monkeypatch.setattr(wordpress, "PAGE_ITEMS", 5)
    monkeypatch.setattr(wordpress, "OVERLAP", 1)
    monkeypatch.setattr(wordpress, "MOST_PAGES", most)
    for place in range(17):
        site.visitor_says(number(post), f"Frage {place}")

    items, more = [], True
    while more:
        page = wordpress.poll(account, cursor)
        items, cursor, more = items + page.items, page.cursor, page.more

    assert {item.text for item in items if item.thread_id == post} == {f"Frage {place}" for place in range(17)}


def test_numbers_count_what_visitors_see(site, account, post):
    site.visitor_says(number(post), "Wartet noch", "Norbert Neu")
    wordpress.reply(account, post, None, "Danke!", "reply-5")

    found = wordpress.numbers(account, post)

    assert (found.comments, found.reactions, found.views, found.reach) == (1, None, None, None)
    assert wordpress.numbers(account, "").comments is None


@pytest.mark.parametrize("user", ["contributor", "customer"])
def test_user_with_too_few_rights_needs_attention(site, user):
    calls = [
        lambda account: wordpress.publish(account, another()),
        lambda account: wordpress.poll(account, ""),
    ]

    for call in calls:
        with pytest.raises(Unauthorized) as info:
            call(site.account(user))
        assert info.value.status in (401, 403)


def test_wrong_password_needs_attention(site, account):
    wrong = replace(account, secret={"password": "wrong wrong"})

    with pytest.raises(Unauthorized) as info:
        wordpress.publish(wrong, another())

    assert "wrong wrong" not in str(info.value)


def test_reply_to_what_is_gone_is_refused(account, post):
    with pytest.raises(Refused) as info:
        wordpress.reply(account, post, "comment-999999", "Hallo", "reply-6")

    assert info.value.status == 404


def test_site_of_an_untrusted_address_is_not_called(account):
    with pytest.raises(Refused):
        wordpress.poll(replace(account, trusted=False), "")


def test_site_that_is_down_was_not_sent_to(account):
    with pytest.raises(NotSent):
        wordpress.publish(replace(account, url="http://127.0.0.1:9"), another())


def test_feed_of_the_site_can_be_read(site, account):
    wordpress.publish(account, another(text="Neu: <Dinkelbrot>\n\nAb morgen & immer."))

    entries = feed.entries(Account(f"{site.url}/?feed=rss2", ""))

    assert (entries[0].title, entries[0].text) == ("Neu: <Dinkelbrot>", "Ab morgen & immer.")
    assert entries[0].link.startswith(site.url)
