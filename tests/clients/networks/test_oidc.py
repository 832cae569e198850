"""Google's pushes: tokens that were signed for this channel, keys that are fetched and kept, everything else refused."""

import time

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from clients.networks import google, oidc
from clients.networks.types import Account
from tests.clients.networks.fakes.certificates import AUDIENCE, PLACE, PUSHER, Certificates, notification


@pytest.fixture
def certificates(standing, monkeypatch):
    fake = standing(Certificates)
    monkeypatch.setattr(google, "KEYS", oidc.Keys(f"{fake.url}/certs", trusted=True))
    return fake


def account(**secrets):
    return Account("https://x", PLACE, "t", {"webhook_secret": AUDIENCE, "push_account": PUSHER} | secrets)


def verified(token, **secrets):
    return google.verify(account(**secrets), {"Authorization": f"Bearer {token}"}, b"{}")


def test_token_for_this_channel_is_accepted(certificates):
    assert verified(certificates.token())


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://other.example"}, {"aud": [AUDIENCE, "b"]}, {"aud": None},
        {"iss": "https://accounts.example"}, {"iss": None},
        {"exp": int(time.time()) - 3600}, {"exp": None}, {"iat": None}, {"iat": int(time.time()) + 3600},
        {"email": "other@agency.iam.gserviceaccount.com"}, {"email": None}, {"email": 7},
        {"email_verified": False}, {"email_verified": "true"}, {"email_verified": None},
    ],
)  # fmt: skip
def test_token_for_anybody_else_is_refused(certificates, claims):
    assert not verified(certificates.token(**claims))


def test_token_of_another_key_or_kind_is_refused(certificates):
    stranger = rsa.generate_private_key(65537, 2048)
    tokens = [
        certificates.token(key=stranger),
        certificates.token(key=b"k" * 64, algorithm="HS256"),
        certificates.token(key=None, algorithm="none"),
        "", "x", "a.b.c", certificates.token() + "x", "y" * 9000,
    ]  # fmt: skip

    assert [verified(token) for token in tokens] == [False] * len(tokens)


def test_channel_without_its_words_accepts_nothing(certificates):
    token = certificates.token()

    assert [verified(token, webhook_secret=""), verified(token, push_account="")] == [False, False]


def test_keys_are_fetched_once_and_kept(certificates):
    assert [verified(certificates.token()) for _ in range(5)] == [True] * 5
    assert len(certificates.asked) == 1


def test_keys_that_do_not_come_refuse_and_are_not_asked_for_at_once_again(certificates):
    certificates.fail(500, {}, times=9)

    assert [verified(certificates.token()) for _ in range(5)] == [False] * 5
    assert len(certificates.asked) == 1


def test_new_key_is_fetched_after_a_while_and_old_ones_outlive_a_failure(certificates, monkeypatch):
    verified(certificates.token())
    certificates.keys["two"] = rsa.generate_private_key(65537, 2048)
    monkeypatch.setattr(oidc, "AGAIN", 0.0)
    certificates.fail(500, {})

    fails, then = google.KEYS.get("two"), google.KEYS.get("two")

    assert (fails, then.key_id, google.KEYS.get("one").key_id) == (None, "two", "one")


@pytest.mark.parametrize(
    ("told", "ours"),
    [
        ({"locationName": PLACE}, True), ({"location_name": "locations/2"}, True), ({}, True), ({"reviewName": "x"}, True),
        ({"locationName": "accounts/1/locations/3"}, False),
    ],
)  # fmt: skip
def test_notification_concerns_its_location(told, ours):
    assert google.concerns(account(), notification(**told)) is ours


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{}", b'{"message": 5}', b'{"message": {"data": "%%"}}', b'{"message": {"data": "eA=="}}', b"\xff"]
)
def test_unreadable_notification_says_so(raw):
    with pytest.raises(ValueError):
        google.concerns(account(), raw)
