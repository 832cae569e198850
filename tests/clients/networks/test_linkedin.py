"""LinkedIn pages: the little text format, pictures, notifications, tokens."""

from dataclasses import replace

import pytest

from clients.networks import linkedin
from clients.networks.types import Draft, Media, Refused, Unknown
from tests.clients.networks.fakes.base import NOW, ago
from tests.clients.networks.fakes.linkedin import PAGE, LinkedIn, ms

PICTURE = Media("brot.jpg", "image/jpeg", b"JPEG!", "Ein Kürbisbrot")
POST = "urn:li:share:70"


@pytest.fixture
def fake(standing, monkeypatch):
    made = standing(LinkedIn)
    monkeypatch.setattr(linkedin, "TOKENS", f"{made.url}/token")
    return made


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Ganz einfach: 5 % & mehr", "Ganz einfach: 5 % & mehr"),
        ("a (b) [c] {d} <e> f_g *h* ~i~ j|k \\ @l", "a \\(b\\) \\[c\\] \\{d\\} \\<e\\> f\\_g \\*h\\* \\~i\\~ j\\|k \\\\ \\@l"),
        ("#Kürbis und #a_b, Nr. #5", "{hashtag|\\#|Kürbis} und {hashtag|\\#|a\\_b}, Nr. \\#5"),
    ],
)
def test_text_is_written_so_that_it_reads_as_it_was_meant(fake, text, written):
    linkedin.publish(fake.account, Draft("k1", text))

    assert fake.posts()[0]["commentary"] == written
    assert linkedin.find_post(fake.account, Draft("k1", text), ago(hours=1)) is not None


def test_link_becomes_an_article_one_picture_media_several_a_gallery(fake):
    draft = Draft("k1", "Neu", "Brot", "https://bakery.example/x")
    for media in ((), (PICTURE,), (PICTURE, PICTURE)):
        linkedin.publish(fake.account, replace(draft, media=media))

    article, one, two = (post["content"] for post in fake.posts())
    assert article == {"article": {"source": draft.link, "title": "Brot"}}
    assert one == {"media": {"id": "urn:li:image:i0", "altText": "Ein Kürbisbrot"}}
    assert [image["id"] for image in two["multiImage"]["images"]] == ["urn:li:image:i1", "urn:li:image:i2"]
    assert set(fake.images.values()) == {b"JPEG!"}


def test_post_that_is_not_named_is_unknown(fake):
    fake.fail(201, b"", after=True)

    with pytest.raises(Unknown):
        linkedin.publish(fake.account, Draft("k1", "Neu"))


def test_organization_may_be_given_by_number_or_name(fake):
    for account in ("5", PAGE):
        linkedin.publish(replace(fake.account, account=account), Draft("k1", "Neu"))

    assert {post["author"] for post in fake.posts()} == {PAGE}


def test_answer_of_the_page_from_elsewhere_is_its_own(fake):
    first = fake.say("Offen?", POST)
    ours = fake.say("Ja.", first, actor=PAGE, action="ADMIN_COMMENT")

    items = linkedin.poll(fake.account, "").items

    told = [(item.external_id, item.direction, item.thread_id, item.parent_id) for item in items]
    assert told == [(first, "in", first, POST), (ours, "out", first, first)]


def test_changed_comment_comes_again_and_a_deleted_one_is_told(fake):
    changed, gone = fake.say("Ofen?", POST, at=ago(hours=2)), fake.say("Weg?", POST, at=ago(hours=2))
    cursor = linkedin.poll(fake.account, "").cursor
    fake.comments[changed] |= {"message": {"text": "Offen?"}, "lastModified": {"time": ms(NOW)}}
    del fake.comments[gone]
    fake.notify("COMMENT_EDIT", changed)
    fake.notify("COMMENT_DELETE", gone)

    one, two = linkedin.poll(fake.account, cursor).items

    assert (one.external_id, one.text, one.edited_at) == (changed, "Offen?", NOW)
    assert (two.external_id, two.deleted_at) == (gone, NOW)


def test_comment_that_is_gone_meanwhile_is_passed_over(fake):
    gone = fake.say("Weg?", POST)
    del fake.comments[gone]

    assert linkedin.poll(fake.account, "").items == []


def test_mention_can_be_answered(fake):
    share = {"entity": "urn:li:share:99", "owner": "urn:li:person:k", "text": "Tolles Brot!"}
    fake.notify("SHARE_MENTION", "urn:li:comment:(urn:li:activity:99,1)", decoratedGeneratedActivity={"share": share})

    [item] = linkedin.poll(fake.account, "").items
    linkedin.reply(fake.account, item.thread_id, item.external_id, "Danke!", "k1")

    assert (item.kind, item.text) == ("mention", "Tolles Brot!")
    assert fake.writes()[-1].json == {"actor": PAGE, "message": {"text": "Danke!"}, "object": "urn:li:share:99"}


def test_other_notifications_tell_nothing(fake):
    fake.notify("LIKE", "urn:li:comment:(urn:li:activity:70,1)")

    assert linkedin.poll(fake.account, "").items == []


def test_window_of_a_walk_stays_while_its_pages_are_read(fake):
    for n in range(60):
        fake.say(f"{n}?", POST, at=ago(minutes=n))

    pages, cursor = [], ""
    while not pages or pages[-1].more:
        pages.append(linkedin.poll(fake.account, cursor))
        cursor = pages[-1].cursor

    windows = {request.query["timeRange"] for request in fake.asked if "timeRange" in request.query}
    assert ([len(page.items) for page in pages], len(windows)) == ([25, 25, 10], 1)


def test_numbers_ask_for_the_kind_of_post(fake):
    assert linkedin.numbers(fake.account, POST).impressions == 90
    assert fake.asked[-1].query["shares"] == f"List({POST})"


def test_token_and_its_refresh_token_are_renewed(fake):
    secret = {"refresh_token": "ref-1", "client_id": "id", "client_secret": "sec"}

    renewed = linkedin.renew(replace(fake.account, secret=secret))

    assert renewed.credentials == {"token": "tok-2", "refresh_token": "ref-2"}
    with pytest.raises(Refused, match="refresh_token"):
        linkedin.renew(fake.account)
