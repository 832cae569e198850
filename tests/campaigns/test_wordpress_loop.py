"""The whole way on a WordPress that really runs here: planned, approved, published, commented on, answered."""

import re
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.tasks import publish_posts
from feedback import polling
from feedback.tasks import deliver_replies, poll_channels
from tests.asking import ask
from tests.peers import wordpress as peer

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(peer.missing()), reason=peer.missing())]


@pytest.fixture(scope="module")
def site():
    with peer.running() as running:
        yield running


@pytest.fixture
def sam(cast, api):
    return api(cast.sam)


@pytest.fixture
def blog(cast, api, site, settings):
    """The bakery's channel on its own site; what goes out there needs the agency's and the client's approval."""
    settings.ALLOW_PRIVATE_ADDRESSES = True
    body = {
        "client": "bakery", "slug": "blog", "name": "Blog", "network": "wordpress", "url": site.url,
        "account": "editor", "credentials": {"password": site.passwords["editor"]},
    }  # fmt: skip
    olga = api(cast.olga)
    assert ask(olga, "POST", "/channels/", body).status_code == 201
    assert ask(olga, "PATCH", "/publishing-rules/bakery/", {"approval": "internal_and_client"}).status_code == 200
    time.sleep(1)  # WordPress tells whole seconds: a comment of this very one would count as older than the channel


def plan(sam, text) -> dict:
    body = {"client": "bakery", "kind": "tip", "text": text, "channels": ["blog"]}
    return ask(sam, "POST", "/posts/", body | {"publish_at": timezone.now().isoformat()}).json()


def state(sam, post) -> dict:
    return ask(sam, "GET", f"/posts/{post['id']}/").json()["publications"][0]


def approved_through_a_link(sam, client, post) -> None:
    """The client follows the link that the agency made, reads the page and presses the button."""
    ask(sam, "POST", f"/posts/{post['id']}/submit/")
    ask(sam, "POST", f"/posts/{post['id']}/approve/")
    link = ask(sam, "POST", "/approval-links/", {"client": "bakery", "name": "Frau Ana", "posts": [post["id"]]}).json()
    path = re.sub(r"^https?://[^/]+", "", link["url"])
    seen = dict(re.findall(r'name="(seen-\d+)" value="(\w+)"', client.get(path).content.decode()))
    assert client.post(path, {"post": post["id"], "verdict": "approve"} | seen).status_code == 302


def conversation(sam, thread) -> dict:
    rows = ask(sam, "GET", "/conversations/?client=bakery").json()["results"]
    return next(row for row in rows if row["thread_id"] == thread)


def clocks(row) -> dict[str, str]:
    return {clock["kind"]: clock["outcome"] for clock in row["clocks"]}


def test_post_goes_out_and_its_comment_is_answered_in_time(blog, sam, client, site):
    post = plan(sam, "Frische Brötchen!\n\nHeute bis zwölf, morgen ab sieben.")
    publish_posts()
    waiting = state(sam, post)["state"]
    approved_through_a_link(sam, client, post)
    publish_posts()
    sent = state(sam, post)
    there = site.api("GET", f"posts/{sent['external_id'].removeprefix('post-')}")
    assert (waiting, sent["state"], sent["url"]) == ("draft", "sent", there["link"])
    assert "Heute bis zwölf, morgen ab sieben." in there["content"]["rendered"]

    site.visitor_says(there["id"], "Habt ihr am Sonntag offen?")
    poll_channels()
    asked = conversation(sam, sent["external_id"])
    (question,) = ask(sam, "GET", f"/conversations/{asked['id']}/interactions/").json()["results"]
    assert (question["text"], question["author"]["name"]) == ("Habt ihr am Sonntag offen?", "Carla Kundin")
    assert (clocks(asked)["first"], asked["due_at"] is not None, asked["historic"]) == ("open", True, False)

    reply = ask(sam, "POST", f"/conversations/{asked['id']}/reply/", {"text": "Ja, von acht bis elf & gern auch länger."})
    deliver_replies()
    delivered = ask(sam, "GET", f"/replies/{reply.json()['reply']['id']}/").json()
    shown = {f"comment-{row['id']}": row for row in site.api("GET", "comments", post=there["id"])}
    answer = shown[delivered["external_id"]]
    assert (delivered["state"], answer["author_name"]) == ("delivered", "Editor")
    assert answer["content"]["rendered"] == "<p>Ja, von acht bis elf &amp; gern auch länger.</p>\n"
    assert f"comment-{answer['parent']}" == question["external_id"]
    assert clocks(conversation(sam, sent["external_id"]))["first"] == "met"


def test_what_was_polled_again_changes_nothing(blog, sam, client, site):
    post = plan(sam, "Noch ein Tipp\n\nBrot hält in der Tüte länger.")
    approved_through_a_link(sam, client, post)
    publish_posts()
    thread = state(sam, post)["external_id"]
    site.visitor_says(int(thread.removeprefix("post-")), "Danke für den Tipp!", "Karl Köhler")
    poll_channels()
    asked = conversation(sam, thread)
    ask(sam, "POST", f"/conversations/{asked['id']}/reply/", {"text": "Gern!"})
    deliver_replies()
    before = conversation(sam, thread)

    polling.poll_due(now=timezone.now() + timedelta(minutes=2))

    after = conversation(sam, thread)
    texts = [row["text"] for row in ask(sam, "GET", f"/conversations/{asked['id']}/interactions/").json()["results"]]
    assert (after["version"], clocks(after), sorted(texts)) == (
        before["version"], clocks(before), ["Danke für den Tipp!", "Gern!"],
    )  # fmt: skip
