"""The connector's judgement of what goes wrong, against answers in WordPress's documented shapes."""

import base64
import json
from datetime import UTC, datetime

import pytest

from clients.networks import wordpress
from clients.networks.types import Account, Draft, Media, NetworkError, Refused, Unauthorized, Unknown
from tests.clients.networks.odd import answer

DRAFT = Draft("key-1", "Frische Brötchen\n\nAb sieben.")
POST = {"id": 7, "link": "https://bakery.example/?p=7", "date_gmt": "2026-11-25T08:00:00"}


def site(odd, *answers):
    """A site that gives these answers, one after the other, and the account there."""
    waiting = list(answers)
    network = odd(lambda _: waiting.pop(0))
    return network, Account(network.url, "ana", secret={"password": "abcd efgh"})


def said(status, content, *headers):
    return answer(status, json.dumps(content).encode(), *headers)


def refusal(status, code):
    return said(status, {"code": code, "message": f"Sorry: {code}", "data": {"status": int(status[:3])}})


@pytest.mark.parametrize(
    ("reply", "error", "reason"),
    [
        (refusal("400 Bad Request", "rest_invalid_param"), Refused, "400 Sorry: rest_invalid_param"),
        (refusal("401 Unauthorized", "incorrect_password"), Unauthorized, "401 Sorry: incorrect_password"),
        (refusal("403 Forbidden", "rest_cannot_create"), Unauthorized, "403 Sorry: rest_cannot_create"),
        (refusal("404 Not Found", "rest_no_route"), Refused, "404 Sorry: rest_no_route"),
        (answer("500 Internal Server Error", b"<html>critical error"), Unknown, None),
        (answer("502 Bad Gateway", b""), Unknown, None),
        (answer("200 OK", b"<br>Warning: in plugin.php {}"), Unknown, None),
        (said("201 Created", {"id": "?"}), Unknown, None),
        (said("201 Created", []), Unknown, None),
        (answer("302 Found", b"", "Location: /wp-login.php"), Unknown, None),
        (b"", Unknown, None),
    ],
)
def test_failure_has_its_class(odd, reply, error, reason):
    _, account = site(odd, reply, reply)

    with pytest.raises(NetworkError) as info:
        wordpress.publish(account, DRAFT)

    assert (type(info.value), reason is None or info.value.reason == reason) == (error, True)
    assert "abcd" not in str(info.value)


def test_post_is_sent_once_and_signed(odd):
    network, account = site(odd, said("201 Created", POST))

    published = wordpress.publish(account, DRAFT)

    head, _, body = network.asked[0].partition(b"\r\n\r\n")
    assert (published.external_id, published.created_at) == ("post-7", datetime(2026, 11, 25, 8, tzinfo=UTC))
    assert head.startswith(b"POST /?rest_route=%2Fwp%2Fv2%2Fposts HTTP/1.1")
    assert b"Authorization: Basic " + base64.b64encode(b"ana:abcd efgh") in head
    assert json.loads(body)["title"] == "Frische Brötchen"


def test_picture_that_fails_leaves_no_post(odd):
    network, account = site(odd, said("200 OK", []), refusal("413 Too Large", "rest_upload_file_too_big"))

    with pytest.raises(Refused):
        wordpress.publish(account, Draft("k", "Hallo", media=(Media("a", "image/png", b"x"),)))

    assert [head.split(b" HTTP", 1)[0] for head in network.asked] == [
        b"GET /?rest_route=%2Fwp%2Fv2%2Fmedia&slug=hallo-8254c329a928-1&context=edit",
        b"POST /?rest_route=%2Fwp%2Fv2%2Fmedia",
    ]


@pytest.mark.parametrize(
    "comments",
    [
        said("200 OK", {}, "X-WP-Total: 0"),
        said("200 OK", [1], "X-WP-Total: 1"),
        said("200 OK", [{"id": 1}], "X-WP-Total: 1"),
        said("200 OK", []),
    ],
)
def test_answer_without_its_shape_is_unknown(odd, comments):
    _, account = site(odd, comments)

    with pytest.raises(Unknown):
        wordpress.poll(account, "")


@pytest.mark.parametrize("cursor", ["", "nonsense", "{}", "[]", '{"known": 5}', '{"offset": "x"}'])
def test_cursor_that_is_none_begins_at_the_start(odd, cursor):
    network, account = site(odd, said("200 OK", [], "X-WP-Total: 0"))

    page = wordpress.poll(account, cursor)

    assert (page.items, page.more, b"offset=0" in network.asked[0]) == ([], False, True)


@pytest.mark.parametrize("id", ["post-", "post-x", "7", "comment-7", "post-7/../users", "post-²", ""])
def test_id_that_is_none_is_not_asked_for(odd, id):
    network, account = site(odd)

    with pytest.raises(Refused):
        wordpress.reply(account, id, None, "Hallo", "k")

    assert network.asked == []


def test_slug_tells_the_title_and_the_key():
    slugs = [wordpress._slug(Draft(key, text)) for key, text in (("a", "Größe & Maß!"), ("b", "Größe & Maß!"), ("a", "😀"))]

    assert [slug.rpartition("-")[0] for slug in slugs] == ["groesse-mass", "groesse-mass", "post"]
    assert (slugs[0] != slugs[1], slugs[0][-12:] == slugs[2][-12:]) == (True, True)
