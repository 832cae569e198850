"""Publishing: exactly once on the network, whatever becomes of an answer or of a worker."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import approval, posts, publishing, tracking
from campaigns.models import Publication, PublishingRule, ShortLink
from campaigns.vocabulary import Verdict
from clients import directory
from clients.models import Channel, Notice
from clients.networks.types import Account
from clients.refusal import Conflict
from clients.scope import scope
from config.engines.ports import free_port
from tests import factories
from tests.clients.networks import town
from tests.parallel import in_parallel

SETTLED = timedelta(seconds=60)
LAPSED = publishing.LEASE + timedelta(seconds=1)


def publish(*waits):
    """Run the sweep once now and once after each further wait."""
    now = timezone.now()
    return [publishing.publish_due(now=now + wait) for wait in (timedelta(0), *waits)]


def sent(account):
    """The texts on the network, in the order of their arrival."""
    return [item["text"] for item in town.request(account, "GET", "people", "posts")[1]["items"]]


def one():
    return Publication.objects.get()


def test_post_goes_out_once(planned, social):
    planned("Frisches Brot")

    counts = publish(SETTLED, LAPSED)

    row = one()
    assert (counts, row.state, sent(social[1])) == ([1, 0, 0], "sent", ["Frisches Brot"])
    assert (bool(row.external_id), bool(row.url), row.sent_at is not None) == (True, True, True)


def test_variant_goes_to_its_channel(planned, social, cast, fresh_account):
    _, other = fresh_account(cast.bakery, "second")
    planned("Lang", channels=["social", "second"], variants={"second": "Kurz"})

    publish()

    assert (sent(social[1]), sent(other)) == (["Lang"], ["Kurz"])


def test_post_is_not_sent_before_its_time(planned, social):
    planned(publish_at=timezone.now() + timedelta(minutes=5))

    early = publishing.publish_due(now=timezone.now() + timedelta(minutes=4))

    assert (early, sent(social[1])) == (0, [])


@pytest.mark.parametrize("fault", ["drop_answer", "live_500"])
def test_lost_answer_is_asked_for_and_never_repeated(planned, social, fault):
    planned()
    town.control(social[1], "faults", ignore_keys=True, **{fault: {"count": 1, "calls": ["publish"]}})

    publish()
    between = one().state
    publish(SETTLED)

    assert (between, one().state, sent(social[1])) == ("unconfirmed", "sent", ["Hallo"])


def test_absence_is_not_believed_before_twice_the_read_lag(planned, social):
    planned()
    town.control(social[1], "faults", drop_answer={"count": 1, "calls": ["publish"]})
    publish()

    counts = [publishing.publish_due(now=timezone.now() + timedelta(seconds=s)) for s in (1, 11)]

    assert counts == [0, 1]


def test_failure_that_did_nothing_is_sent_again_once_its_absence_is_proven(planned, social):
    planned()
    town.control(social[1], "faults", ignore_keys=True, error_500={"count": 1, "calls": ["publish"]})

    publish(SETTLED, SETTLED)

    assert (one().state, sent(social[1])) == ("sent", ["Hallo"])


def test_worker_that_died_before_it_wrote(planned, social):
    planned()
    Publication.objects.update(state="sending", fence=1, due_at=timezone.now() + publishing.LEASE)

    counts = publish(LAPSED, LAPSED)

    assert (counts, one().state, sent(social[1])) == ([0, 1, 1], "sent", ["Hallo"])


def test_worker_that_died_after_it_wrote(planned, social):
    planned()
    Publication.objects.update(state="sending", fence=1, due_at=timezone.now() + publishing.LEASE)
    town.control(social[1], "faults", ignore_keys=True)
    town.request(social[1], "POST", "api", "posts", {"key": str(one().key), "text": "Hallo", "title": "", "link": ""})

    publish(LAPSED, LAPSED)

    assert (one().state, sent(social[1])) == ("sent", ["Hallo"])


def test_rate_limit_is_waited_for(planned, social):
    planned()
    town.control(social[1], "faults", rate_limit={"value": 50, "count": 1, "calls": ["publish"]})

    counts = publish(timedelta(seconds=40), timedelta(seconds=70))

    assert (counts, sent(social[1])) == ([1, 0, 1], ["Hallo"])


def test_broken_channel_stops_its_posts_with_the_reason_and_loses_none(planned, social, cast, states):
    post = planned()
    town.control(social[1], "faults", expired={"count": 1, "calls": ["publish"]})
    publish(LAPSED, LAPSED)
    waiting, reason = one(), "The channel social has to be connected again."

    directory.change_channel(channel=Channel.objects.get(pk=social[0].pk), actor=cast.sam, credentials={"token": "new"})
    publish(2 * LAPSED)

    assert (waiting.state, waiting.reason, waiting.tries) == ("scheduled", reason, 0)
    assert (states(post)["social"], sent(social[1])) == ("sent", ["Hallo"])


def test_post_of_unknown_outcome_waits_for_its_broken_channel_too(planned, social, cast):
    planned()
    calls = {"drop_answer": ["publish"], "expired": ["find_post"]}
    town.control(social[1], "faults", **{name: {"count": 1, "calls": of} for name, of in calls.items()})
    publish(LAPSED, 2 * LAPSED)
    waiting, reason = one(), "The channel social has to be connected again."

    directory.change_channel(channel=Channel.objects.get(pk=social[0].pk), actor=cast.sam, credentials={"token": "new"})
    publish(3 * LAPSED)

    assert (waiting.state, waiting.questions, waiting.reason) == ("unconfirmed", 0, reason)
    assert (one().state, sent(social[1])) == ("sent", ["Hallo"])


def test_people_are_told_once_of_a_broken_channel_however_many_posts_wait(planned, social, cast):
    for number in range(3):
        planned(f"Brot {number}")
    town.control(social[1], "faults", expired=True)

    publish(LAPSED, LAPSED)

    told = Notice.objects.filter(kind="credentials_expired").values_list("recipient__name", flat=True)
    assert (sorted(told), sent(social[1])) == (["Olga", "Sam"], [])


def test_broken_channel_does_not_keep_a_post_beyond_its_slot(planned, social):
    planned()
    town.control(social[1], "faults", expired=True)
    publish()

    publishing.publish_due(now=timezone.now() + timedelta(minutes=61))

    assert (one().state, Notice.objects.filter(kind="post_missed").count()) == ("missed", 2)


def test_switched_off_channel_is_not_called(planned, social):
    planned()
    Channel.objects.filter(pk=social[0].pk).update(disabled_at=timezone.now())

    publish()

    assert (one().state, one().reason, sent(social[1])) == ("failed", "The channel social is switched off.", [])


def test_unreachable_network_is_tried_six_times(planned, settings):
    planned()
    PublishingRule.objects.update(tolerance=10_000)
    settings.SANDBOX_URL = f"http://127.0.0.1:{free_port(None)}"

    counts = [publishing.publish_due(now=timezone.now() + timedelta(hours=1)) for _ in range(8)]

    assert (counts, one().state, one().tries) == ([1] * 6 + [0] * 2, "failed", 6)


def test_unanswerable_question_is_handed_to_a_person_who_settles_it(planned, social, cast):
    post = planned()
    PublishingRule.objects.update(tolerance=10_000)
    town.control(social[1], "faults", error_500=True)

    counts = [publishing.publish_due(now=timezone.now() + timedelta(hours=1)) for _ in range(25)]
    left = one()
    posts.settle(post, "social", sent=True, actor=cast.sam, url="https://net.example/1")

    assert (sum(counts), left.state, left.due_at) == (2 + publishing.QUESTIONS, "unconfirmed", None)
    assert left.reason.startswith("Not confirmed")
    assert (one().state, one().url) == ("sent", "https://net.example/1")


def test_missed_slot_is_not_fired_late(planned, social, cast, states):
    post = planned()

    publishing.publish_due(now=timezone.now() + timedelta(minutes=61))
    missed = one()
    posts.change_post(post=post, actor=cast.sam, publish_at=timezone.now())
    with pytest.raises(Conflict) as unapproved:
        posts.act(post, "schedule", actor=cast.sam)

    assert (missed.state, "was missed" in missed.reason, sent(social[1])) == ("missed", True, [])
    assert unapproved.value.code == "not_approved"


def test_gate_is_asked_again_when_it_is_sent(planned, social, mode):
    planned()
    mode("internal_and_client")

    publish()

    assert (one().state, sent(social[1])) == ("client_review", [])


def test_text_changed_behind_the_gates_back_is_not_sent(planned, social):
    post = planned()
    type(post).objects.filter(pk=post.pk).update(text="Untergeschoben")

    publish()

    assert (one().state, sent(social[1])) == ("in_review", [])


def test_hold_stops_every_channel(planned, social, cast, fresh_account, states):
    fresh_account(cast.bakery, "second")
    post = planned(channels=["social", "second"])

    posts.act(post, "hold", actor=cast.ana)
    publish()

    assert (states(post), sent(social[1])) == ({"social": "held", "second": "held"}, [])


def test_what_is_out_cannot_be_changed(planned, social, cast):
    post = planned()
    publish()

    with pytest.raises(Conflict) as out:
        posts.change_post(post=post, actor=cast.sam, text="Anders")

    assert out.value.code == "already_out"


def test_manual_channel_is_a_persons_task(planned, line, cast, states):
    post = planned(channels=["counter"])

    counts = publish(LAPSED)
    waiting = states(post)
    posts.settle(post, "counter", sent=True, actor=cast.sam, url="https://xing.example/1")

    assert (counts, waiting, states(post)) == ([1, 0], {"counter": "scheduled"}, {"counter": "sent"})
    assert sorted(Notice.objects.values_list("kind", "recipient__name")) == [
        ("post_by_hand", "Olga"), ("post_by_hand", "Sam"),
    ]  # fmt: skip


def test_link_in_the_text_goes_out_as_it_is_tracked(planned, social):
    post = planned("Brot: https://bakery.example/", link="https://bakery.example/")
    publish()

    short = ShortLink.objects.get(publication__post=post)
    [item] = town.request(social[1], "GET", "people", "posts")[1]["items"]
    assert (item["text"], item["link"]) == (f"Brot: {tracking.address(short.code)}", tracking.address(short.code))


def test_link_of_a_manual_post_is_there_to_be_copied(planned, line, api, cast):
    post = planned(channels=["counter"], link="https://bakery.example/")
    path = f"/api/v1/posts/{post.id}/"

    before = api(cast.sam).get(path).json()["publications"][0]["link"]
    publish()
    after = api(cast.sam).get(path).json()["publications"][0]["link"]

    assert before.startswith("https://bakery.example/?utm_source=manual&")
    assert after == tracking.address(ShortLink.objects.get().code)


def test_done_by_hand_needs_its_approval(planned, line, cast, mode):
    post = planned(channels=["counter"])
    mode("internal_and_client")

    with pytest.raises(Conflict) as unapproved:
        posts.settle(post, "counter", sent=True, actor=cast.sam, url="https://xing.example/1")

    assert unapproved.value.code == "not_approved"


def test_loud_client_leaves_room_for_the_others(planned, social, cast, fresh_account):
    _, other = fresh_account(cast.florist)
    for number in range(9):
        planned(f"Laut {number}")
    approval.change_rule(client=cast.florist, actor=cast.sam, approval="none")
    quiet = posts.add_post(
        client=cast.florist, channels=["social"], actor=cast.sam, kind="tip", text="Leise", publish_at=timezone.now()
    )
    posts.act(quiet, "submit", actor=cast.sam)

    publish()

    assert (len(sent(social[1])), sent(other)) == (publishing.PER_CLIENT, ["Leise"])


def test_calls_that_would_begin_too_late_are_not_made(planned, social, monkeypatch):
    planned()
    with monkeypatch.context() as patch:
        patch.setattr(publishing, "START_WITHIN", timedelta(seconds=-1))
        publish()
    given_back = one().state, one().tries
    publish()

    assert (given_back, one().state, sent(social[1])) == (("scheduled", 0), "sent", ["Hallo"])


@pytest.mark.django_db(transaction=True)
def test_workers_and_editors_at_once_send_each_post_once_as_it_was_approved(network, settings):
    settings.SANDBOX_URL = network
    agency = factories.agency()
    client = factories.client(agency, "bakery")
    user = agency.memberships.get().user
    with scope([client.id]):
        channel = factories.channel(client, "social", "sandbox")
        channel.account = uuid.uuid4().hex
        channel.save()
        made = [
            posts.add_post(
                client=client, channels=["social"], actor=user, kind="tip", text=f"Post {n}", publish_at=timezone.now()
            )
            for n in range(15)
        ]
        for post in made:
            posts.act(post, "submit", actor=user)
            posts.judge(post, Verdict.APPROVE, actor=user)
    account = Account(network, channel.account)
    town.control(account, "faults", ignore_keys=True, delay_ms=30)

    def work():
        for place in range(4):
            publishing.publish_due(now=timezone.now())
            with scope([client.id]):
                try:
                    posts.change_post(post=made[-1 - place], actor=user, text="Nie freigegeben")
                except Conflict:
                    continue

    in_parallel(work, threads=3)
    while publishing.publish_due(now=timezone.now()):
        pass

    with scope([client.id]):
        out = set(Publication.objects.filter(state="sent").values_list("post__text", flat=True))
        assert set(Publication.objects.values_list("state", flat=True)) <= {"sent", "in_review"}
    assert (sorted(sent(account)), "Nie freigegeben" in out) == (sorted(out), False)
