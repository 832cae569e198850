"""What a shop, a CRM or a form sends us: signed with a public library, taken once, refused without a trace of why."""

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone
from standardwebhooks import Webhook

from clients import credentials, directory
from clients.models import Event
from clients.networks import google, oidc
from feedback import events
from feedback.models import InboundEvent, Interaction
from tests.asking import ask
from tests.clients.networks.bits import flips
from tests.clients.networks.fakes.certificates import AUDIENCE, PLACE, PUSHER, Certificates, notification

ORDER = {"external_id": "order-7", "author": {"id": "k-1", "name": "Carla"}, "text": "Wo bleibt mein Brot?"}
REQUEST_ID = "same-request-id"


@pytest.fixture
def olga(cast, api):
    """The owner of the agency."""
    return api(cast.olga)


@pytest.fixture
def shop(cast, in_scope):
    return directory.add_channel(client=cast.bakery, slug="shop", name="Shop", network="own", actor=None)


def address(channel):
    return f"/hooks/{channel.network}/{channel.hook_key}/"


def headers(secret, body, id="msg_1", at=None):
    at = at or datetime.now(UTC)
    signature = Webhook(secret).sign(id, at, body)
    return {"webhook-id": id, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}


def send(channel, told, secret=None, raw=None, spoil=lambda headers: headers, to=None, **more):
    body = told if isinstance(told, str) else json.dumps(told)
    signed = spoil(headers(secret or directory.webhook_secret(channel), body, **more))
    raw = body.encode() if raw is None else raw
    return Browser(enforce_csrf_checks=True).post(
        to or address(channel), raw, content_type="application/json", headers=signed | {"X-Request-ID": REQUEST_ID}
    )


def taken():
    events.take_due(now=timezone.now())
    return list(Interaction.objects.order_by("id").values_list("external_id", "text", "kind", "direction"))


def test_message_of_the_shop_stands_in_the_inbox(shop):
    answer = send(shop, ORDER)

    assert (answer.status_code, answer.json()) == (200, {})
    assert taken() == [("order-7", "Wo bleibt mein Brot?", "message", "in")]


def test_several_messages_come_at_once(shop):
    told = [ORDER, ORDER | {"external_id": "r-8", "kind": "review", "stars": 2, "created_at": "2026-03-02T09:00:00Z"}]

    answer = send(shop, {"items": told})

    assert answer.status_code == 200
    assert [(id, kind) for id, _, kind, _ in taken()] == [("order-7", "message"), ("r-8", "review")]


def test_repetition_has_one_effect_whatever_it_carries(shop):
    sent = [send(shop, ORDER), send(shop, ORDER), send(shop, ORDER | {"text": "Ganz anders"})]

    assert [answer.status_code for answer in sent] == [200] * 3
    assert (InboundEvent.objects.count(), [text for _, text, _, _ in taken()]) == (1, ["Wo bleibt mein Brot?"])


def test_edit_is_told_as_a_new_webhook(shop):
    send(shop, ORDER)
    later = timezone.now().isoformat()

    send(shop, ORDER | {"text": "Hat sich erledigt", "edited_at": later}, id="msg_2")

    assert [text for _, text, _, _ in taken()] == ["Hat sich erledigt"]


@pytest.mark.parametrize("minutes", [-6, 6])
def test_old_and_future_signatures_are_refused(shop, minutes):
    answer = send(shop, ORDER, at=datetime.now(UTC) + timedelta(minutes=minutes))

    assert (answer.status_code, InboundEvent.objects.count()) == (401, 0)


def test_changed_body_and_changed_headers_are_refused(shop):
    signed = headers(directory.webhook_secret(shop), json.dumps(ORDER))
    changed = [{name: flips(signed[name].encode())[9].decode()} for name in signed]

    codes = [send(shop, ORDER, raw=json.dumps(ORDER | {"text": "x"}).encode()).status_code]
    codes += [send(shop, ORDER, spoil=lambda kept, one=one: signed | one).status_code for one in changed]

    assert (codes, InboundEvent.objects.count()) == ([401] * 4, 0)


def seen(answer):
    return answer.status_code, answer.content, sorted(answer.headers.items())


def test_unknown_address_and_bad_signature_are_refused_with_the_same_bytes(shop, cast):
    away = directory.add_channel(client=cast.bakery, slug="away", name="Away", network="own", actor=None)
    directory.change_channel(channel=away, actor=None, disabled=True)
    line = directory.add_channel(client=cast.bakery, slug="line", name="Line", network="manual", actor=None)
    known = "/".join(["/hooks", "own", shop.hook_key, ""])
    cases = [
        send(shop, ORDER, to="/hooks/own/nothing/"),
        send(shop, ORDER, to=f"/hooks/sandbox/{shop.hook_key}/"),
        send(shop, ORDER, to=f"/hooks/nowhere/{shop.hook_key}/"),
        send(shop, ORDER, to=address(away)),
        send(shop, ORDER, to=address(line)),
        send(shop, ORDER, secret="whsec_b3RoZXI=", to=known),
        send(shop, ORDER, spoil=lambda signed: {}, to=known),
        send(shop, ORDER, spoil=lambda signed: signed | {"webhook-signature": "v1a,x v1 "}, to=known),
        send(shop, "no json", secret="whsec_b3RoZXI=", to=known),
        send(shop, ORDER, at=datetime.now(UTC) - timedelta(hours=1), to=known),
    ]

    assert {str(seen(answer)) for answer in cases} == {str(seen(cases[0]))}
    assert cases[0].status_code == 401


def test_any_of_several_signatures_may_fit(shop):
    other = "v1,bm90IHRoaXM="

    answer = send(shop, ORDER, spoil=lambda h: h | {"webhook-signature": f"{other} {h['webhook-signature']}"})

    assert answer.status_code == 200


class Unread:
    """A body that must not be read."""

    def read(self, *args):
        raise AssertionError("it was read")

    readline = read


@pytest.mark.parametrize("known", [True, False])
def test_ten_megabytes_are_refused_before_they_are_read(shop, known):
    to = address(shop) if known else "/hooks/own/nothing/"

    answer = Browser().generic(
        "POST", to, b"", content_type="application/json", CONTENT_LENGTH="10000000", **{"wsgi.input": Unread()}
    )

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ([], ""), ({"items": []}, "items"), ({"items": [ORDER], "x": 1}, "x"), ({"items": [ORDER, 5]}, "items[1]"),
        ({"items": [ORDER, ORDER | {"stars": 9}]}, "items[1].stars"), (ORDER | {"client": "florist"}, "client"),
        (ORDER | {"colour": "red"}, "colour"), (ORDER | {"author": None}, "author"), ({}, "author"),
        (ORDER | {"created_at": "2999-01-01T00:00:00Z"}, "created_at"), (ORDER | {"text": None}, "text"),
    ],
)  # fmt: skip
def test_sender_hears_what_is_wrong_and_nothing_is_kept(shop, told, field):
    answer = send(shop, told)

    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [field])
    assert InboundEvent.objects.count() == 0


def test_signed_bytes_that_are_no_json_are_unreadable(shop):
    answer = send(shop, "{")

    assert (answer.status_code, answer.json()["code"]) == (400, "unreadable")


def test_old_secret_is_taken_for_a_day_more(shop, time_machine):
    old, place = directory.webhook_secret(shop), shop.hook_key
    new = directory.rotate_webhook(channel=shop, actor=None, overlap=True)

    now = [send(shop, ORDER, secret=secret, id=str(uuid.uuid4())).status_code for secret in (old, new)]
    time_machine.move_to(timezone.now() + timedelta(hours=25), tick=True)
    then = [send(shop, ORDER, secret=secret, id=str(uuid.uuid4())).status_code for secret in (old, new)]

    assert (now, then, shop.hook_key) == ([200, 200], [401, 200], place)
    assert Event.objects.filter(action="channel.webhook_rotated").values_list("after", flat=True).get() == {"overlap": True}


def test_without_overlap_everything_old_ends_at_once(shop):
    first, place = directory.webhook_secret(shop), address(shop)
    second = directory.rotate_webhook(channel=shop, actor=None, overlap=True)
    third = directory.rotate_webhook(channel=shop, actor=None)

    codes = [send(shop, ORDER, secret=secret, id=str(uuid.uuid4())).status_code for secret in (first, second, third)]

    assert (codes, send(shop, ORDER, to=place).status_code) == ([401, 401, 200], 401)


def test_secret_is_shown_when_it_is_made_and_when_it_is_rotated(cast, olga):
    made = ask(olga, "POST", "/channels/", {"client": "bakery", "slug": "shop", "name": "Shop", "network": "own"}).json()
    place = f"/channels/{made['id']}/webhook/"

    rotated = ask(olga, "POST", place, {"overlap": True}).json()
    refused = ask(olga, "POST", place, {"overlap": 5})

    assert (rotated["url"], rotated["secret"] == made["webhook"]["secret"]) == (made["webhook"]["url"], False)
    assert made["webhook"]["secret"].startswith("whsec_") and "whsec_" not in ask(olga, "GET", "/channels/").text
    assert refused.status_code == 400


def test_only_own_systems_overlap(cast, olga):
    made = ask(olga, "POST", "/channels/", {"client": "bakery", "slug": "s", "name": "S", "network": "sandbox"}).json()

    answer = ask(olga, "POST", f"/channels/{made['id']}/webhook/", {"overlap": True})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "overlap")


@pytest.fixture
def certificates(standing, monkeypatch):
    fake = standing(Certificates)
    monkeypatch.setattr(google, "KEYS", oidc.Keys(f"{fake.url}/certs", trusted=True))
    return fake


@pytest.fixture
def profile(cast, in_scope, certificates):
    """The bakery's Google profile, polled a moment ago."""
    channel = directory.add_channel(
        client=cast.bakery, slug="google", name="Google", network="google", actor=None, account=PLACE,
        credentials={"refresh_token": "r", "client_id": "c", "client_secret": "s", "push_account": PUSHER},
    )  # fmt: skip
    credentials.keep(channel, credentials.opened(channel) | {"webhook_secret": AUDIENCE})
    channel.poll_at = timezone.now() + timedelta(minutes=4)
    channel.save()
    return channel


def push(channel, raw, token):
    return Browser().post(address(channel), raw, "application/json", headers={"Authorization": f"Bearer {token}"})


def test_push_of_google_makes_the_channel_due(profile, certificates):
    answer = push(profile, notification(locationName=PLACE), certificates.token())
    events.take_due(now=timezone.now())

    profile.refresh_from_db()
    assert (answer.status_code, profile.poll_at <= timezone.now()) == (200, True)


def test_push_about_another_place_and_a_channel_in_trouble_change_nothing(profile, certificates):
    push(profile, notification(locationName="accounts/1/locations/9"), certificates.token())
    events.take_due(now=timezone.now())
    type(profile).objects.update(failures=3)
    push(profile, notification(locationName=PLACE), certificates.token())
    events.take_due(now=timezone.now())

    before, profile.failures = profile.poll_at, 3
    profile.refresh_from_db()
    assert (profile.poll_at, set(InboundEvent.objects.values_list("state", flat=True))) == (before, {"done"})


def test_push_without_a_good_token_is_refused(profile, certificates):
    tokens = ["", certificates.token(aud="other"), certificates.token(iss="x"), certificates.token(exp=1)]

    codes = [push(profile, notification(locationName=PLACE), token).status_code for token in tokens]

    assert (codes, InboundEvent.objects.count()) == ([401] * 4, 0)
