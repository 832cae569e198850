"""Which networks there are over REST, what a channel on each of them needs, and the entries of a feed."""

import pytest
from django.db import connection
from django.utils import timezone

from agency.roles import as_owner
from clients import networks
from clients.models import Channel
from feedback import polling
from tests import factories
from tests.asking import ask
from tests.clients.networks.odd import answer

GIVEN = {
    "wordpress": {"url": "https://bakery.example", "account": "ana", "credentials": {"password": "p"}},
    "email": {"url": "imaps://mail.bakery.example", "account": "info@bakery.example", "credentials": {"password": "p"}},
    "feed": {"url": "https://bakery.example/feed/"},
}
FEED = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Bakery</title>
<item><guid isPermaLink="false">1</guid><title>Neues &lt;b&gt;Brot&lt;/b&gt;</title><link>/brot</link>
<pubDate>Wed, 25 Nov 2026 09:00:00 +0100</pubDate><description>&lt;p&gt;Mit &lt;i&gt;Dinkel&lt;/i&gt;.&lt;/p&gt;</description></item>
</channel></rss>"""


@pytest.fixture
def olga(cast, api):
    return api(cast.olga)


def add(olga, network, **given):
    body = {"client": "bakery", "slug": "new", "name": "New", "network": network}
    return ask(olga, "POST", "/channels/", body | given)


def fields(answer) -> list[tuple[str, str]]:
    return [(entry["field"], entry["code"]) for entry in answer.json()["errors"]]


def test_every_network_is_listed_with_what_it_can_do(olga):
    listed = {row["slug"]: row for row in ask(olga, "GET", "/networks/").json()["results"]}

    assert list(listed) == list(networks.names())
    assert listed["wordpress"] == {
        "slug": "wordpress", "name": "WordPress", "publishes": True, "polls": True, "every": 60, "replies": True,
        "webhooks": False, "counts": True, "lists": False, "manual": False, "retired": False, "renews": False,
        "pictures": 10, "text_length": 65_525, "needs": ["url", "account", "credentials.password"], "proven": True,
        "note": "",
    }  # fmt: skip
    assert (listed["feed"]["every"], listed["googleplus"]["retired"], listed["xing"]["manual"]) == (None, True, True)


def test_what_is_not_proven_says_so(olga):
    listed = ask(olga, "GET", "/networks/").json()["results"]

    assert [row["slug"] for row in listed if row["proven"] == (row["note"] != "")] == []


@pytest.mark.parametrize("network", GIVEN)
def test_channel_with_all_that_it_needs_is_added(olga, network):
    assert add(olga, network, **GIVEN[network]).status_code == 201


@pytest.mark.parametrize(
    ("network", "left_out", "missing"),
    [
        ("wordpress", "url", ["url"]),
        ("wordpress", "account", ["account"]),
        ("wordpress", "credentials", ["credentials.password"]),
        ("email", "credentials", ["credentials.password"]),
        ("feed", "url", ["url"]),
    ],
)
def test_channel_without_what_it_needs_is_refused_by_field(olga, network, left_out, missing):
    given = {name: value for name, value in GIVEN[network].items() if name != left_out}

    answer = add(olga, network, **given)

    assert (answer.status_code, fields(answer)) == (400, [(name, "required") for name in missing])


def test_all_that_is_missing_is_named_at_once(olga):
    answer = add(olga, "wordpress", credentials={"token": "t"})

    assert [name for name, _ in fields(answer)] == ["url", "account", "credentials.password"]


@pytest.mark.parametrize(
    ("network", "url", "allowed"),
    [
        ("wordpress", "http://bakery.example", False),
        ("wordpress", "imaps://bakery.example", False),
        ("email", "https://mail.bakery.example", False),
        ("email", "imap://mail.bakery.example", False),
        ("feed", "http://bakery.example/feed/", True),
    ],
)
def test_passwords_travel_by_tls_only(olga, network, url, allowed):
    answer = add(olga, network, **GIVEN[network] | {"url": url})

    assert (answer.status_code, fields(answer) if not allowed else []) == (
        (201, []) if allowed else (400, [("url", "invalid")])
    )


def test_machine_that_may_call_its_own_network_may_do_so_without_tls(olga, settings):
    settings.ALLOW_PRIVATE_ADDRESSES = True

    assert add(olga, "wordpress", **GIVEN["wordpress"] | {"url": "http://127.0.0.1:8081"}).status_code == 201


@pytest.mark.parametrize("change", [{"url": ""}, {"credentials": {"password": ""}}])
def test_what_a_channel_needs_cannot_be_taken_away(olga, change):
    channel = add(olga, "wordpress", **GIVEN["wordpress"]).json()

    assert ask(olga, "PATCH", f"/channels/{channel['id']}/", change).status_code == 400


def test_channel_of_a_retired_network_is_history(olga, cast):
    added = add(olga, "googleplus")

    post = {"client": "bakery", "kind": "tip", "text": "Hallo", "channels": ["new"]}
    refused = ask(olga, "POST", "/posts/", post)
    assert (added.status_code, Channel.objects.get(slug="new").poll_at) == (201, None)
    assert polling.poll_due(now=timezone.now()) == 0
    assert (refused.status_code, fields(refused)) == (400, [("channels", "not_published")])
    assert ask(olga, "POST", "/interactions/", old_item("new")).status_code == 201


def old_item(channel: str) -> dict:
    return {
        "client": "bakery", "channel": channel, "external_id": "1", "thread_id": "1", "direction": "in",
        "kind": "comment", "author": {"id": "c", "name": "Carla"}, "text": "Hallo",
        "created_at": "2015-03-27T15:45:00Z",
    }  # fmt: skip


@pytest.mark.parametrize("network", ["wordpress", "email", "feed", "xing", "googleplus"])
def test_network_without_webhooks_has_no_address_for_them(olga, client, network):
    channel = Channel.objects.get(id=add(olga, network, **GIVEN.get(network, {})).json()["id"])

    assert client.post(f"/hooks/{network}/{channel.hook_key}/").status_code == 401


def test_entries_of_a_feed_are_read_when_asked_for(olga, settings, odd):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    site = odd(answer("200 OK", FEED, "Content-Type: application/rss+xml"))
    channel = add(olga, "feed", url=site.url).json()

    entries = ask(olga, "GET", f"/channels/{channel['id']}/entries/").json()["results"]

    assert entries == [
        {"id": "1", "title": "Neues Brot", "text": "Mit Dinkel.", "link": f"{site.url}/brot", "at": "2026-11-25T08:00:00Z"}
    ]


@pytest.mark.parametrize("private", [True, False])
def test_feed_that_cannot_be_read_says_so(olga, settings, odd, private):
    """Broken, or at an address of our own network, which is not even called."""
    settings.ALLOW_PRIVATE_ADDRESSES = private
    site = odd(answer("503 Broken"))
    channel = add(olga, "feed", url=site.url).json()

    refused = ask(olga, "GET", f"/channels/{channel['id']}/entries/")

    assert (refused.status_code, refused.json()["code"], len(site.asked)) == (409, "feed_unreadable", int(private))


def test_channel_without_a_feed_has_no_entries(olga):
    channel = add(olga, "manual").json()

    refused = ask(olga, "GET", f"/channels/{channel['id']}/entries/")

    assert (refused.status_code, refused.json()["code"]) == (409, "no_entries")


def open_transactions() -> int:
    """How many sessions of this database wait inside a transaction; asked from the feed's side."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in %'")
        found = cursor.fetchone()[0]
    connection.close()
    return found


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_a_feed_is_read(settings, odd):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    agency = factories.agency()
    client = factories.client(agency, "bakery")
    olga = factories.api(agency, agency.memberships.get().user)
    seen = []
    site = odd(lambda _: seen.append(open_transactions()) or answer("200 OK", FEED))
    channel = add(olga, "feed", url=site.url).json()

    read = ask(olga, "GET", f"/channels/{channel['id']}/entries/")

    assert (read.status_code, client.slug, seen) == (200, "bakery", [0])
