"""Deliveries over real HTTP: signed, at least once, in order of each line, whatever the receiver does."""

import gzip
import socket
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from agency.models import Endpoint
from clients import notices, vault
from clients.models import Attempt, Delivery, Notice, Outgoing
from clients.networks import guard
from clients.scope import scope
from clients.webhooks import deliveries, endpoints, outbox, schedule, sending, signing, wire
from tests import factories
from tests.clients.webhooks.receiver import Receiver, Said
from tests.parallel import in_parallel


def test_a_delivery_is_verified_by_the_public_library(hook, receiver, tell, send):
    hook()
    tell(id=7, text="Grüße 🥐")

    sent = send()

    ((id, payload),) = receiver.heard
    event, row = Outgoing.objects.get(), Delivery.objects.get()
    assert (sent, id, payload["type"]) == (1, f"msg_{event.key.hex}", "conversation.created")
    assert payload["data"] == {"id": 7, "text": "Grüße 🥐", "client": "bakery"}
    assert payload["timestamp"] == outbox.instant(event.at)
    assert (row.state, row.status, row.tries) == ("delivered", 204, 1)
    assert receiver.headers[0]["content-type"] == "application/json"


def test_the_signature_is_that_of_the_specification():
    """The example of the specification: https://github.com/standard-webhooks/standard-webhooks."""
    at = datetime.fromtimestamp(1614265330, UTC)
    found = signing.headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", at, '{"test": 2432232314}', ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
    )

    assert found["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_nobody_who_listens_means_nothing_is_written(in_scope, tell):
    tell()

    assert Outgoing.objects.count() == 0


def test_only_wanted_types_of_chosen_clients_arrive(cast, hook, receiver, tell, send):
    hook(["post.*", "sla.breached"], [cast.bakery])
    for client in (cast.bakery, cast.florist):
        for type in ("post.published", "sla.breached", "sla.met", "conversation.created"):
            tell(type, client=client)

    send()

    assert {payload["data"]["client"] for _, payload in receiver.heard} == {"bakery"}
    assert sorted(receiver.types) == ["post.published", "sla.breached"]


def test_tries_follow_the_schedule_under_one_id_and_are_then_given_up(hook, receiver, tell, send, later):
    hook()
    receiver.says = lambda payload: Said(500, body=b"broken " * 1000)
    tell()
    waits = []

    for _ in range(schedule.TRIES):
        send()
        row = Delivery.objects.get()
        waits.append((row.next_at - timezone.now()).total_seconds())
        later()

    expected = [pause.total_seconds() for pause in schedule.PAUSES]
    assert (row.state, row.tries, send()) == ("failed", 10, 0)
    assert [abs(w - e) <= 0.1 * e + 3 for w, e in zip(waits, expected, strict=False)] == [True] * 9
    assert len({id for id, _ in receiver.heard}) == 1
    assert [len(one.answer) for one in Attempt.objects.all()] == [2048] * 10


def test_what_failed_once_arrives_at_the_next_try(hook, receiver, tell, send, later):
    endpoint = hook()
    answers = [Said(500), Said(204)]
    receiver.says = lambda payload: answers.pop(0)
    tell()
    send()
    failing = Endpoint.objects.get(id=endpoint.id).failing_since
    later()

    send()

    endpoint.refresh_from_db()
    assert (failing is None, endpoint.failing_since, Delivery.objects.get().state) == (False, None, "delivered")
    assert [one.status for one in Attempt.objects.order_by("id")] == [500, 204]


def test_a_receiver_that_is_away_is_tried_again(hook, receiver, tell, send, later, settings):
    endpoint = hook()
    receiver.end()
    tell()

    send()

    row = Delivery.objects.get()
    assert (row.state, row.status, row.error) == ("waiting", None, "The connection was refused.")
    again = Receiver()
    again.secrets = receiver.secrets
    Endpoint.objects.filter(id=endpoint.id).update(url=again.url)
    later()
    send()
    again.end()
    assert again.types == ["conversation.created"]


def test_gone_disables_at_once_and_tells_the_owner(cast, hook, receiver, tell, send):
    endpoint = hook()
    receiver.says = lambda payload: Said(410)
    tell(line="conversation:1")
    send()
    tell(line="conversation:2")

    sent = send()

    endpoint.refresh_from_db()
    notices.mail_due(now=timezone.now())
    assert (endpoint.disabled_as, sent) == ("gone", 0)
    assert list(Notice.objects.values_list("kind", "recipient__email")) == [("webhook_gone", cast.olga.email)]
    assert [letter.to for letter in mail.outbox] == [[cast.olga.email]]


def test_after_enabling_what_waited_goes_on(cast, hook, receiver, tell, send):
    endpoint = hook()
    receiver.says = lambda payload: Said(410)
    tell(line="conversation:1", number=1)
    send()
    tell(line="conversation:2", number=2)
    receiver.heard.clear()
    receiver.says = lambda payload: Said()

    endpoints.enable(principal=factories.principal(cast.olga), endpoint=endpoint)
    send()

    assert sorted(payload["data"]["number"] for _, payload in receiver.heard) == [1, 2]


def test_what_waited_may_be_left_out(cast, hook, receiver, tell, send):
    endpoint = hook()
    principal = factories.principal(cast.olga)
    endpoints.disable(principal=principal, endpoint=endpoint)
    tell(number=1)
    send()

    endpoints.enable(principal=principal, endpoint=endpoint, drop=True)
    tell(number=2)
    send()

    assert [payload["data"]["number"] for _, payload in receiver.heard] == [2]
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["delivered", "dropped"]


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_lets_the_whole_endpoint_rest(hook, receiver, tell, send, later, status):
    endpoint = hook()
    receiver.says = lambda payload: Said(status, (("Retry-After", "120"),))
    tell(line="conversation:1")
    send()
    tell(line="conversation:2")
    later()

    sent = send()

    endpoint.refresh_from_db()
    assert (sent, len(receiver.heard)) == (0, 1)
    assert timedelta(seconds=100) < endpoint.rest_until - timezone.now() <= timedelta(seconds=120)


def test_five_days_of_failures_disable_it(cast, hook, receiver, tell, send, later):
    endpoint = hook()
    receiver.says = lambda payload: Said(500)
    tell()
    now = timezone.now()
    since = {"failing_since": now - timedelta(days=5), "failed_at": now - timedelta(hours=20)}
    Endpoint.objects.filter(id=endpoint.id).update(**since)

    send()

    endpoint.refresh_from_db()
    assert (endpoint.disabled_as, Notice.objects.get().kind) == ("failing", "webhook_failing")
    assert Delivery.objects.get().state == "waiting"


def test_two_failures_far_apart_are_no_streak(hook, receiver, tell, send):
    endpoint = hook()
    receiver.says = lambda payload: Said(500)
    tell()
    now = timezone.now()
    since = {"failing_since": now - timedelta(days=9), "failed_at": now - timedelta(days=6)}
    Endpoint.objects.filter(id=endpoint.id).update(**since)

    send()

    endpoint.refresh_from_db()
    assert (endpoint.disabled_at, endpoint.failing_since > now) == (None, True)


@pytest.mark.parametrize("said", [Said(pause=1.5), Said(drip=1.5)], ids=["silent", "dripping"])
def test_a_slow_receiver_is_cut_off(hook, receiver, tell, send, monkeypatch, said):
    monkeypatch.setattr(wire, "CALL_SECONDS", 0.4)
    hook()
    receiver.says = lambda payload: said
    tell()

    send()

    row = Delivery.objects.get()
    assert (row.state, row.status, row.error) == ("waiting", None, "No answer within 0.4 seconds.")


def test_a_slow_endpoint_holds_up_nobody_else(hook, receiver, tell, send):
    """The others' twelve arrive one after the other while four calls of the slow one are under way."""
    quick = Receiver()
    hook()
    hook(at=quick)
    receiver.says = lambda payload: Said(pause=0.8)
    for number in range(12):
        tell(line=f"conversation:{number % 3}")

    send()

    quick.end()
    first_slow = min(end for _, _, end in receiver.calls)
    assert len(quick.calls) == 12
    assert all(end < first_slow for _, _, end in quick.calls)
    assert max(sum(1 for _, a, b in receiver.calls if a <= begun < b) for _, begun, _ in receiver.calls) <= sending.EACH


def test_answers_are_bounded_and_never_unpacked(hook, receiver, tell, send):
    hook()
    bomb = gzip.compress(b"x" * 50_000_000)
    receiver.says = lambda payload: Said(200, (("Content-Encoding", "gzip"),), bomb * 20)
    tell()

    send()

    assert Delivery.objects.get().state == "delivered"
    assert len(Attempt.objects.get().answer) <= wire.SHOWN_BYTES


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(hook, receiver, tell, send, status):
    inner = Receiver()
    hook()
    receiver.says = lambda payload: Said(status, (("Location", inner.url),))
    tell()

    send()

    inner.end()
    assert (inner.heard, Delivery.objects.get().status) == ([], status)


def test_events_of_one_conversation_arrive_in_order_and_wait_for_each_other(hook, receiver, tell, send, later):
    hook()
    broken = {("a", 1)}
    receiver.says = lambda payload: Said(
        500 if (payload["data"]["thread"], payload["data"]["number"]) in broken else 204
    )
    for number in range(4):
        for thread in ("a", "b"):
            tell(line=f"conversation:{thread}", thread=thread, number=number)

    send()
    first = [(p["data"]["thread"], p["data"]["number"]) for _, p in receiver.heard]
    broken.clear()
    receiver.heard.clear()
    later()
    send()

    assert [number for thread, number in first if thread == "a"] == [0, 1]
    assert [number for thread, number in first if thread == "b"] == [0, 1, 2, 3]
    assert [p["data"]["number"] for _, p in receiver.heard] == [1, 2, 3]


def test_those_behind_a_failure_go_as_soon_as_it_arrives(hook, receiver, tell, send):
    hook()
    receiver.says = lambda payload: Said(500)
    for number in range(3):
        tell(number=number)
    send()
    due = set(Delivery.objects.values_list("next_at", flat=True))
    receiver.says = lambda payload: Said()
    receiver.heard.clear()
    head = Delivery.objects.earliest("outgoing_id")
    Delivery.objects.filter(id=head.id).update(next_at=timezone.now())

    send()

    assert len(due) == 1
    assert [payload["data"]["number"] for _, payload in receiver.heard] == [0, 1, 2]


def test_after_a_rotation_both_secrets_verify_for_a_day(cast, hook, receiver, tell, send):
    endpoint = hook()
    (old,) = receiver.secrets
    endpoint, new = endpoints.rotate(principal=factories.principal(cast.olga), endpoint=endpoint)

    heard = []
    for secrets in ([old], [new]):
        receiver.secrets = secrets
        tell(line="")
        send()
        heard.append(receiver.heard[-1][1] is not None)
    Endpoint.objects.update(before_until=timezone.now() - timedelta(seconds=1))
    receiver.secrets = [old]
    tell(line="")
    send()
    heard.append(receiver.heard[-1][1] is not None)

    assert heard == [True, True, False]
    assert (receiver.headers[0]["webhook-signature"].count("v1,"), new == old) == (2, False)


def test_secrets_are_sealed_and_bound_to_their_endpoint(hook, receiver, settings):
    endpoint, other = hook(), hook()

    assert receiver.secrets[0] not in endpoint.secret
    with pytest.raises(vault.Sealed):
        other.secret = endpoint.secret
        endpoints.keys(other, now=timezone.now())


def test_keys_are_rotated_with_those_of_channels(hook, receiver, settings):
    endpoint = hook()
    settings.RESONANZ_KEYS = ["bXktc2VjcmV0LWtleS1vZi1leGFjdGx5LTMyLWJ5dGU=", *settings.RESONANZ_KEYS]

    found = endpoints.rotate_keys()

    settings.RESONANZ_KEYS = settings.RESONANZ_KEYS[:1]
    endpoint.refresh_from_db()
    assert found == (1, [])
    assert endpoints.keys(endpoint, now=timezone.now()) == receiver.secrets


def test_a_lapsed_lease_sends_again_under_the_same_id_and_the_late_outcome_is_void(hook, receiver, tell, send):
    hook()
    tell()
    outbox.spread()
    (dead,) = sending._claimed(1)
    assert sending._claimed(1) == []
    Delivery.objects.update(next_at=timezone.now())

    send()
    sending.record(dead, wire.Outcome(500, "", "", 1))

    row = Delivery.objects.get()
    assert (row.state, row.tries, [id for id, _ in receiver.heard]) == (
        "delivered", 1, [deliveries.message_id(row.outgoing)],
    )  # fmt: skip


def test_one_and_all_failed_are_sent_again(cast, hook, receiver, tell, send):
    endpoint = hook()
    for number in range(3):
        tell(line=f"conversation:{number}", number=number)
    send()
    Delivery.objects.filter(line__in=["conversation:0", "conversation:1"]).update(state="failed", tries=10)
    ids = [id for id, _ in receiver.heard]
    receiver.heard.clear()
    principal = factories.principal(cast.olga)

    count = deliveries.resend_failed(principal=principal, endpoint=endpoint, since=timezone.now() - timedelta(hours=1))
    deliveries.resend(principal=principal, delivery=Delivery.objects.get(line="conversation:2"))
    send()

    assert (count, sorted(id for id, _ in receiver.heard)) == (2, sorted(ids))


def test_what_is_older_than_thirty_days_is_forgotten(cast, hook, receiver, tell, send):
    hook()
    tell(line="conversation:1")
    tell(line="conversation:2")
    send()
    old = Outgoing.objects.earliest("id")
    Outgoing.objects.filter(id=old.id).update(at=timezone.now() - timedelta(days=31))

    gone = deliveries.forget(now=timezone.now())

    assert (gone, Outgoing.objects.count(), Delivery.objects.count(), Attempt.objects.count()) == (1, 1, 1, 1)


def test_an_endpoint_that_was_removed_hears_nothing(cast, hook, receiver, tell, send):
    endpoint, _ = hook(), hook(["sla.*"])
    tell()
    endpoints.remove(principal=factories.principal(cast.olga), endpoint=endpoint)

    send()

    assert receiver.heard == []


INNER = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "127.0.0.1", "127.1.2.3", "169.254.0.1",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.170", "192.0.2.1", "192.88.99.1",
    "192.168.0.1", "192.168.255.255", "198.18.0.1", "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.255",
    "240.0.0.1", "255.255.255.255", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7f.1",
    "0177.0.0.1", "017700000001", "127.0.0.1.", "0", "localhost", "LOCALHOST", "localhost.", "db.localhost",
    "printer.local", "metadata.google.internal", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376", "0xa9.254.43518",
    "10.1", "192.168.257", "0xc0a80001", "0300.0250.0.1", "[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]",
    "[::ffff:0.0.0.0]", "[::ffff:10.0.0.1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]", "[::ffff:192.168.1.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::10.0.0.1]",
    "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::1]", "[64:ff9b:1::127.0.0.1]", "[100::1]", "[2001::1]", "[2001:0:7f00:1::]",
    "[2001:2::1]", "[2001:10::1]", "[2001:20::1]", "[2001:db8::1]", "[2002:7f00:1::]", "[2002:a00:1::1]", "[3fff::1]",
    "[5f00::1]", "[fc00::1]", "[fd00::1]", "[fd12:3456:789a::1]", "[fe80::1]", "[fec0::1]", "[ff02::1]", "[ff0e::1]",
]  # fmt: skip


@pytest.fixture
def inner():
    """A listener of our own network, to which nothing may connect."""
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as listener:
        listener.settimeout(0.01)
        yield listener


def came(listener) -> bool:
    try:
        listener.accept()[0].close()
    except TimeoutError:
        return False
    return True


@pytest.mark.parametrize("host", INNER)
def test_no_inner_address_is_saved_or_called(cast, inner, host):
    port = inner.getsockname()[1]

    said = [wire.post(f"{scheme}://{host}:{port}/", b"{}", {}) for scheme in ("http", "https")]
    with pytest.raises(endpoints.Refused):
        endpoints.add(
            principal=factories.principal(cast.olga), url=f"https://{host}:{port}/", events=["*"], clients=None
        )

    assert (came(inner), {one.status for one in said}, len(INNER) >= 80) == (False, {None}, True)


def test_a_name_that_changes_is_looked_up_once(inner, monkeypatch):
    real, answers = socket.getaddrinfo, ["192.0.2.254", "127.0.0.1"]
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *args, **more: real(answers.pop(0), *args, **more))
    monkeypatch.setattr(guard, "public", lambda address: address != "127.0.0.1")
    monkeypatch.setattr(wire, "CONNECT_SECONDS", 0.2)

    said = wire.post(f"http://changing.example:{inner.getsockname()[1]}/", b"{}", {})

    assert (came(inner), said.status, answers) == (False, None, ["127.0.0.1"])


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/", "ftp://shop.example/", "https://", "shop.example", "https://a:b@shop.example/",
        "https://shop.example/#x", "https://shop.example:0/", "https://shop.example:99999/", "https://bäcker.example/",
        "https://shop.example/a b", "javascript:alert(1)", "https://[::1", f"https://shop.example/{'x' * 500}", "",
    ],
)  # fmt: skip
def test_odd_addresses_are_refused(cast, in_scope, url):
    with pytest.raises(endpoints.Refused) as info:
        endpoints.add(principal=factories.principal(cast.olga), url=url, events=["*"], clients=None)

    assert [field for field, *_ in info.value.errors] == ["url"]


@pytest.mark.django_db(transaction=True)
def test_an_event_that_commits_late_is_not_skipped(settings, django_db_blocker):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    agency = factories.agency("late")
    client = factories.client(agency, "slow", defaults=False)
    olga = factories.principal(agency.memberships.get().user)
    endpoints.add(principal=olga, url="http://localhost:1/", events=["*"], clients=None)
    order = iter([0.6, 0.0])

    def write():
        pause = next(order)
        with scope([client.id]):
            outbox.tell(client.id, "sla.met", "", lambda: {"pause": pause})
            time.sleep(pause)

    def sweeps():
        for _ in range(20):
            outbox.spread()
            time.sleep(0.05)

    jobs = iter([write, write, sweeps, sweeps])
    in_parallel(lambda: next(jobs)(), threads=4)

    with scope([client.id]):
        found = sorted(Delivery.objects.values_list("outgoing__data__pause", flat=True))
    assert found == [0.0, 0.6]


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_once_deliver_each_once(settings):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    receiver = Receiver()
    agency = factories.agency("many")
    clients = [factories.client(agency, f"client-{n}", defaults=False) for n in range(2)]
    olga = factories.principal(agency.memberships.get().user)
    _, secret = endpoints.add(principal=olga, url=receiver.url, events=["*"], clients=None)
    receiver.secrets.append(secret)
    for number in range(40):
        client = clients[number % 2]
        with scope([client.id]):
            outbox.tell(client.id, "sla.met", f"conversation:{number % 5}", lambda number=number: {"number": number})

    def sweep():
        outbox.spread()
        sending.deliver_due()

    in_parallel(sweep, threads=3)
    sweep()

    receiver.end()
    heard = [payload["data"]["number"] for _, payload in receiver.heard]
    assert sorted(heard) == list(range(40))
    for line in range(5):
        mine = [number for number in heard if number % 5 == line]
        assert mine == sorted(mine)
    connection.close()
