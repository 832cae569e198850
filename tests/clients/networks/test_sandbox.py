import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from clients import networks
from clients.networks import http as calls
from clients.networks import manual, sandbox
from clients.networks.types import Account, Author, Limited, NotSent, Page, Refused, Unauthorized, Unknown
from tests.clients.networks import town


def texts(page):
    return [item.text for item in page.items]


def test_registry_names_and_entries():
    assert networks.names() == tuple(sorted(network.slug for network in networks.listed()))
    assert networks.get("sandbox").connector is sandbox
    assert networks.get("manual").connector is manual


@pytest.mark.parametrize("slug", ["orkut", "", None, []])
def test_registry_unknown_network_lists_the_known(slug):
    with pytest.raises(networks.UnknownNetwork) as caught:
        networks.get(slug)

    assert str(caught.value) == f"unknown network {slug!r}; known: {', '.join(networks.names())}"


def test_manual_channel_calls_nobody():
    account = Account("", "xing")

    assert manual.poll(account, "c") == Page([], "c", False)
    assert manual.find_reply(account, "t", "k") is None
    assert manual.verify(account, {}, b"") is False
    with pytest.raises(Refused):
        manual.reply(account, "t", None, "Hallo", "k")


def test_account_hides_its_secrets():
    account = Account("http://x", "a", "tok-123", {"webhook_secret": "whs-456"})

    assert repr(account) == "Account(url='http://x', account='a', trusted=True)"


def test_poll_shows_what_was_said(bakery):
    said = {
        "external_id": "r1",
        "thread_id": "t9",
        "parent_id": "p",
        "kind": "review",
        "stars": 4,
        "created_at": "2026-03-01T10:00:00.5+01:00",
    }
    town.say(bakery, "Gut \x00 😀", **said, author=town.KARL | {"bot": True})

    page = sandbox.poll(bakery, "")

    assert page.items == [
        sandbox.Incoming(
            "r1",
            "t9",
            "in",
            "review",
            Author("karl", "Karl Köhler", True),
            "Gut \x00 😀",
            datetime(2026, 3, 1, 9, 0, 0, 500_000, tzinfo=UTC),
            "p",
            4,
        )
    ]
    assert page.more is False


def test_poll_pages_through_everything_in_order(bakery):
    said = {"kind": "comment", "author": town.KARL}
    items = [said | {"text": str(n), "external_id": f"x{n}"} for n in range(450)]
    assert town.people(bakery, "bulk", {"items": items}) == (200, {"created": 450, "known": 0})
    assert town.people(bakery, "bulk", {"items": items}) == (200, {"created": 0, "known": 450})

    pages = [sandbox.poll(bakery, "")]
    while pages[-1].more:
        pages.append(sandbox.poll(bakery, pages[-1].cursor))

    assert [len(page.items) for page in pages] == [200, 200, 50]
    assert [text for page in pages for text in texts(page)] == [str(n) for n in range(450)]
    assert sandbox.poll(bakery, pages[-1].cursor) == Page([], pages[-1].cursor, False)


def test_poll_shows_edits_and_deletions_again(bakery):
    for name in ("a", "b", "c"):
        town.say(bakery, name, external_id=name, stars=5)
    seen = sandbox.poll(bakery, "")
    town.people(bakery, "edit", {"external_id": "a", "text": "a2"})
    town.people(bakery, "edit", {"external_id": "b", "stars": 1})
    town.people(bakery, "delete", {"external_id": "c"})
    town.people(bakery, "edit", {"external_id": "a", "text": "a3"})

    page = sandbox.poll(bakery, seen.cursor)

    assert [(item.external_id, item.text, item.stars) for item in page.items] == [
        ("b", "b", 1),
        ("c", "", 5),
        ("a", "a3", 5),
    ]
    assert [(bool(item.edited_at), bool(item.deleted_at)) for item in page.items] == [
        (True, False),
        (False, True),
        (True, False),
    ]


def test_poll_begins_anew_after_a_reset(tmp_path):
    with town.running(tmp_path / "deep" / "network.sqlite3") as url:
        bakery = Account(url, "bakery")
        town.say(bakery, "old")
        old = sandbox.poll(bakery, "")
        connection = town.connect(url)
        connection.request("POST", "/control/reset")
        assert connection.getresponse().status == 200
        connection.close()
        town.say(bakery, "new")

        assert texts(sandbox.poll(bakery, old.cursor)) == ["new"]


def test_accounts_do_not_see_each_other(bakery):
    florist = replace(bakery, account=f"{bakery.account}-florist")
    town.say(bakery, "to the bakery", external_id="same")
    town.say(florist, "to the florist", external_id="same")
    town.reply(bakery)

    assert texts(sandbox.poll(florist, "")) == ["to the florist"]
    assert sandbox.find_reply(florist, "t1", "k1") is None


def test_reply_shows_in_the_feed_as_outgoing(bakery):
    town.say(bakery, thread_id="t1", kind="message")

    made = town.reply(bakery)

    item = sandbox.poll(bakery, "").items[1]
    assert (item.external_id, item.created_at) == (made.external_id, made.created_at)
    assert (item.direction, item.kind, item.thread_id) == ("out", "message", "t1")


def test_reply_with_the_same_key_is_made_once(bakery):
    first = town.reply(bakery)

    with ThreadPoolExecutor(8) as pool:
        again = list(pool.map(lambda _: town.reply(bakery, "other words"), range(40)))

    assert set(again) == {first}
    assert town.stats(bakery)["by_key"] == {"k1": 1}
    assert town.stats(bakery)["by_text"] == {"Ja, von 8 bis 11.": 1}


def test_reply_is_doubled_where_keys_are_ignored(bakery):
    town.control(bakery, "faults", ignore_keys=True)
    first, second = town.reply(bakery), town.reply(bakery)

    assert first.external_id != second.external_id
    assert town.stats(bakery)["by_key"] == {"k1": 2}
    assert sandbox.find_reply(bakery, "t1", "k1") == first


def test_reply_longer_than_the_limit_is_refused(bakery):
    limit = networks.get("sandbox").text_length
    town.reply(bakery, "ß" * limit)

    with pytest.raises(Refused) as caught:
        town.reply(bakery, "ß" * (limit + 1), "k2")

    assert caught.value.status == 422


def test_find_reply_lags_as_told(bakery):
    town.control(bakery, "faults", read_lag_s=60)
    made = town.reply(bakery)

    lagging = sandbox.find_reply(bakery, "t1", "k1")
    town.control(bakery, "faults", read_lag_s=None)

    assert lagging is None
    assert sandbox.find_reply(bakery, "t1", "k1") == made


def test_find_reply_takes_no_other_404_for_absence(bakery):
    with pytest.raises(Refused):
        sandbox.find_reply(replace(bakery, url=f"{bakery.url}/moved"), "t1", "k1")


@pytest.mark.parametrize(
    ("fault", "error", "done"),
    [
        ({"drop_answer": True}, Unknown, 1),
        ({"live_500": True}, Unknown, 1),
        ({"error_500": True}, Unknown, 0),
        ({"rate_limit": 7}, Limited, 0),
        ({"expired": True}, Unauthorized, 0),
    ],
)
def test_fault_has_its_class_and_its_effect(bakery, fault, error, done):
    town.control(bakery, "faults", **fault)

    with pytest.raises(error):
        town.reply(bakery)

    assert town.stats(bakery)["replies"] == done


def test_fault_strikes_as_often_as_counted_and_where_told(bakery):
    town.control(bakery, "faults", live_500={"count": 2, "calls": ["reply"]}, rate_limit={"probability": 0})

    sandbox.poll(bakery, "")
    for _ in range(2):
        with pytest.raises(Unknown):
            town.reply(bakery)

    assert sandbox.find_reply(bakery, "t1", "k1") == town.reply(bakery)
    assert list(town.stats(bakery)["faults"]) == ["rate_limit"]


def test_faults_end_on_delete(bakery):
    town.control(bakery, "faults", expired=True, error_500=True)

    assert town.request(bakery, "DELETE", "control", "faults") == (200, {})
    assert sandbox.poll(bakery, "").items == []


def test_rate_limit_tells_how_long(bakery):
    town.control(bakery, "faults", rate_limit=7)

    with pytest.raises(Limited) as caught:
        sandbox.poll(bakery, "")

    assert caught.value.retry_after == 7


def test_late_answer_is_unknown_and_found_later(bakery, monkeypatch):
    monkeypatch.setattr(calls, "READ_SECONDS", 0.1)
    town.control(bakery, "faults", delay_ms={"value": 3000, "calls": ["reply"]})

    with pytest.raises(Unknown):
        town.reply(bakery)
    monkeypatch.undo()

    deadline = time.monotonic() + 10
    while (found := sandbox.find_reply(bakery, "t1", "k1")) is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert found is not None


@pytest.mark.parametrize(
    ("token", "expired"),
    [
        ("wrong", False),
        ("", False),
        ("right", True),
        ("rïght", False),
        ("right\n", False),
    ],
)
def test_token_that_is_not_valid_is_unauthorized(bakery, token, expired):
    town.control(bakery, "token", token="right", expired=expired)

    with pytest.raises(Unauthorized) as caught:
        sandbox.poll(replace(bakery, token=token), "")

    assert "right" not in str(caught.value)
    town.control(bakery, "token", expired=False)
    assert sandbox.poll(replace(bakery, token="right"), "").items == []


def test_network_that_is_away_was_not_sent_to(tmp_path):
    with town.running(tmp_path / "network.sqlite3") as url:
        gone = Account(url, "bakery")

    with pytest.raises(NotSent):
        town.reply(gone)
    with pytest.raises(NotSent):
        sandbox.poll(gone, "")
