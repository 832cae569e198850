"""Fetching numbers: from the network into snapshots, often while a post is young, and each once."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import counting, metrics, posts, publishing, tasks
from campaigns.models import Observation, Publication, Snapshot
from clients.models import Channel
from clients.networks.types import Numbers, Unknown
from clients.scope import scope
from tests import factories
from tests.clients.networks import town
from tests.parallel import in_parallel

SOON = timedelta(minutes=11)


@pytest.fixture
def out(cast, social):
    """A function that makes a post which went out on the sandbox network so long ago."""

    def make(age=timedelta(0), channel="social", **counters):
        post = posts.add_post(client=cast.bakery, channels=[channel], actor=None, kind="tip", text="Brot")
        id = uuid.uuid4().hex
        Publication.objects.filter(post=post).update(state="sent", sent_at=timezone.now() - age, external_id=id)
        town.people(social[1], "count", {"post": id, "counters": counters})
        return Publication.objects.get(post=post)

    return make


def fetch(*waits):
    """Run the sweep after each of these waits; how many were asked about."""
    now = timezone.now()
    counts = []
    for wait in waits:
        counting.plan(now=now + wait)
        counts.append(counting.fetch_due(now=now + wait))
    return counts


def numbers(**of):
    return list(Snapshot.objects.filter(**of).order_by("id").values_list("source", "reach", "reactions", "followers"))


def test_numbers_of_posts_and_channels_become_snapshots(out, social):
    town.people(social[1], "count", {"post": "", "counters": {"followers": 120}})
    row = out(reach=50, reactions=4)

    counts = fetch(SOON)

    assert counts == [2]
    assert numbers(publication=row) == [("api", 50, 4, None)]
    assert numbers(publication=None) == [("api", None, None, 120)]


def test_numbers_of_a_published_post_arrive_in_the_metrics(planned, social, cast):
    planned()
    publishing.publish_due(now=timezone.now())
    row = Publication.objects.get()
    town.people(social[1], "count", {"post": row.external_id, "counters": {"reach": 50, "reactions": 4, "shares": 1}})

    fetch(SOON)
    tasks.fill_numbers()

    today = timezone.now().date()
    (told,) = metrics.rows([cast.bakery.id], today - timedelta(days=1), today + timedelta(days=1), "post", "reach")
    assert (told["key"], told["engagement"], told["rate"]["value"]) == (str(row.post_id), 5, 0.1)


def test_post_is_not_asked_about_at_once_nor_again_before_its_time(out, social):
    out(reach=1)

    counts = fetch(timedelta(0), SOON, SOON, timedelta(minutes=50), timedelta(minutes=75))

    assert counts == [1, 1, 0, 0, 1]  # the channel, the post, …, the post again


@pytest.mark.parametrize(
    ("age", "pause"),
    [
        (timedelta(hours=2), timedelta(hours=1)), (timedelta(days=2), timedelta(hours=6)),
        (timedelta(days=10), timedelta(days=1)), (timedelta(days=60), timedelta(days=7)),
    ],
)  # fmt: skip
def test_older_posts_are_asked_about_more_rarely(out, age, pause):
    row = out(age, reach=1)

    fetch(SOON)

    told = Observation.objects.get(publication=row)
    assert timedelta(0) <= told.due_at - told.observed_at - pause < timedelta(seconds=1)


def test_very_old_posts_are_asked_about_no_more(out):
    row, old = out(timedelta(days=89), reach=1), out(timedelta(days=91), reach=1)
    fetch(SOON)
    Publication.objects.filter(pk=row.pk).update(sent_at=timezone.now() - timedelta(days=91))
    Observation.objects.filter(publication=row).update(due_at=timezone.now())

    fetch(SOON)

    assert Observation.objects.get(publication=row).due_at is None
    assert Observation.objects.filter(publication=old).count() == 0


def test_channel_that_tells_nothing_leaves_no_snapshot(social):
    fetch(timedelta(0))

    told = Observation.objects.get()
    assert (Snapshot.objects.count(), told.trouble, told.due_at - told.observed_at) == (0, "", counting.DAILY)


@pytest.mark.parametrize(("fault", "trouble"), [("expired", "401"), ("error_500", "500"), ("drop_answer", "")])
def test_trouble_is_kept_and_asked_again_later(social, fault, trouble):
    town.people(social[1], "count", {"post": "", "counters": {"followers": 7}})
    town.control(social[1], "faults", **{fault: {"count": 1, "calls": ["numbers"]}})
    counts = fetch(timedelta(0))
    broken = Observation.objects.get()

    counts += fetch(timedelta(minutes=1), timedelta(minutes=10))

    assert (counts, broken.failures, trouble in broken.trouble, bool(broken.trouble)) == ([1, 0, 1], 1, True, True)
    assert (numbers(), Observation.objects.get().trouble) == ([("api", None, None, 7)], "")


@pytest.mark.parametrize("told", [{"reach": -1}, {"reach": 10**30}, {"reach": 3, "clicks": 10**16}])
def test_numbers_that_are_none_are_refused(told):
    with pytest.raises(Unknown):
        counting.readable(Numbers(**told))


def test_rate_limit_is_waited_for(social):
    town.control(social[1], "faults", rate_limit={"value": 3600, "count": 1, "calls": ["numbers"]})

    counts = fetch(timedelta(0), timedelta(minutes=50), timedelta(minutes=70))

    assert counts == [1, 0, 1]


@pytest.mark.parametrize("ended", ["disabled_at", "broken_at"])
def test_switched_off_broken_and_manual_channels_are_not_asked(ended, cast, line, social, out):
    out(reach=1)
    counting.plan(now=timezone.now())
    Channel.objects.filter(pk=social[0].pk).update(**{ended: timezone.now()})

    assert fetch(SOON) == [0]
    assert set(Observation.objects.values_list("channel", flat=True)) == {social[0].id}


def test_loud_client_leaves_room_for_the_others(cast, out, fresh_account):
    for _ in range(9):
        out(timedelta(hours=1), reach=1)
    fresh_account(cast.florist)

    counting.plan(now=timezone.now())
    counting.fetch_due(now=timezone.now())

    asked = Observation.objects.exclude(observed_at=None)
    assert asked.filter(client=cast.bakery).count() == counting.PER_CLIENT
    assert asked.filter(client=cast.florist).count() == 1


def test_sweep_asks_about_all_that_is_due(cast, out):
    for _ in range(9):
        out(timedelta(hours=1), reach=1)

    tasks.fetch_numbers()

    assert Snapshot.objects.count() == 9


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_ask_about_each_once(network, settings):
    settings.SANDBOX_URL = network
    client = factories.client(factories.agency(), "bakery")
    with scope([client.id]):
        factories.channel(client, "social", "sandbox")
        Channel.objects.update(account=uuid.uuid4().hex)
        for n in range(6):
            post = posts.add_post(client=client, channels=["social"], actor=None, kind="tip", text=f"Brot {n}")
            sent = {"state": "sent", "sent_at": timezone.now() - timedelta(hours=1), "external_id": f"x{n}"}
            Publication.objects.filter(post=post).update(**sent)
    now = timezone.now()

    def work():
        counting.plan(now=now)
        return [counting.fetch_due(now=now) for _ in range(3)]

    counts = in_parallel(work, threads=3)

    with scope([client.id]):
        assert (sum(map(sum, counts)), set(Observation.objects.values_list("fence", flat=True))) == (7, {1})
