"""The sweeps by time: one breach and one alert, however often and by however many they run (R14 to R16)."""

from datetime import UTC, datetime, timedelta

import pytest

from agency.tasks import tick
from clients.models import Event
from clients.scope import scope
from config import celery
from feedback import sweeps
from feedback.models import Alert, Clock
from tests import factories
from tests.parallel import in_parallel

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # 10:00 in Berlin
DUE = MONDAY + timedelta(hours=4)
SECOND = timedelta(seconds=1)


def sweep_all(now):
    return sweeps.notice_breaches(now=now), sweeps.warn(now=now)


@pytest.fixture
def question(line):
    factories.receive(line, factories.item("Wann macht ihr auf?", at=MONDAY))
    return Clock.objects.get(kind="first")


@pytest.mark.parametrize(("at", "noticed", "outcome"), [(DUE, 0, "open"), (DUE + SECOND, 1, "breached")])
def test_breach_is_noticed_after_the_deadline(question, at, noticed, outcome):
    found = sweeps.notice_breaches(now=at)

    question.refresh_from_db()
    assert (found, question.outcome) == (noticed, outcome)


def test_breach_has_the_deadline_as_its_instant(question):
    late = DUE + timedelta(hours=3)

    sweeps.notice_breaches(now=late)

    question.refresh_from_db()
    assert (question.breached_at, question.noticed_at) == (DUE, late)
    assert factories.conversation(question.channel).breached


def test_sweeping_twice_leaves_one_breach_and_one_alert_each(question, cast):
    counts = [sweeps.notice_breaches(now=DUE + SECOND * n) for n in (1, 2, 3)]

    assert counts == [1, 0, 0]
    assert Event.objects.filter(action="clock.breached").count() == 1
    assert sorted(Alert.objects.values_list("level", "recipient__name")) == [("breach", "Olga"), ("breach", "Sam")]


def test_warning_comes_once_and_before_the_deadline(question):
    counts = [sweeps.warn(now=question.warn_at + SECOND * n) for n in (-1, 0, 1)]

    assert counts == [0, 1, 0]
    assert Alert.objects.filter(level="warning").count() == 2


def test_warning_that_is_overdue_already_is_not_sent(question):
    counts = sweep_all(DUE + SECOND)

    assert counts == (1, 0)
    assert set(Alert.objects.values_list("level", flat=True)) == {"breach"}


def test_answered_and_waiting_clocks_are_left_alone(line, cast):
    factories.receive(line, factories.item(at=MONDAY, thread="a"), factories.answer(at=MONDAY + SECOND, thread="a"))

    assert sweep_all(MONDAY + timedelta(days=9)) == (0, 0)
    assert Alert.objects.count() == 0


def test_sweep_takes_no_more_than_its_limit(line):
    factories.receive(line, *(factories.item("Frage?", at=MONDAY, thread=f"t{n}") for n in range(3)))

    counts = [sweeps.notice_breaches(now=DUE + SECOND, limit=2) for _ in range(3)]

    assert counts == [2, 1, 0]


def test_archived_clients_are_not_swept(question, cast):
    cast.bakery.archived_at = DUE
    cast.bakery.save()

    assert sweeps.notice_breaches(now=DUE + SECOND) == 0


@pytest.mark.parametrize("connected_at", [factories.LONG_AGO, DUE + timedelta(days=9)])
def test_older_message_that_comes_after_the_breach_moves_its_deadline(question, line, connected_at):
    line.connected_at = connected_at
    line.save()
    later = DUE + timedelta(days=1)
    sweeps.notice_breaches(now=later)

    factories.receive(line, factories.item("Frage?", at=MONDAY - timedelta(hours=1)), now=later)

    question.refresh_from_db()
    earlier = DUE - timedelta(hours=1)
    assert (question.outcome, question.due_at, question.breached_at) == ("breached", earlier, earlier)
    assert question.noticed_at == later


def prepare(conversations):
    agency = factories.agency()
    client = factories.client(agency, "bakery")
    with scope([client.id]):
        line = factories.channel(client, "counter")
        factories.receive(line, *(factories.item("Frage?", at=MONDAY, thread=f"t{n}") for n in range(conversations)))
    return client, line


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_make_one_breach_and_one_alert():
    client, _ = prepare(30)

    found = in_parallel(lambda: sweeps.notice_breaches(now=DUE + SECOND))

    with scope([client.id]):
        assert sum(found) + sweeps.notice_breaches(now=DUE + SECOND) == 30
        assert Event.objects.filter(action="clock.breached").count() == 30
        assert Alert.objects.count() == 30
        assert Clock.objects.filter(outcome="breached", breached_at=DUE).count() == 30


@pytest.mark.django_db(transaction=True)
def test_sweep_beside_intake_neither_blocks_nor_loses_a_breach():
    client, line = prepare(40)
    later = [factories.answer(at=DUE + SECOND, thread=f"t{n}") for n in reversed(range(40))]
    works = iter([lambda: sweeps.notice_breaches(now=DUE + SECOND), lambda: intake(client, line, later)])

    in_parallel(lambda: next(works)())

    with scope([client.id]):
        sweeps.notice_breaches(now=DUE + SECOND)
        assert Event.objects.filter(action="clock.breached").count() == 40
        assert Clock.objects.filter(kind="first", outcome="breached", breached_at=DUE).count() == 40


def intake(client, line, items):
    with scope([client.id]):
        return factories.receive(line, *items, now=DUE + SECOND)


@pytest.mark.django_db(transaction=True)
def test_conversation_that_is_held_is_left_to_the_next_sweep():
    client, line = prepare(2)
    with scope([client.id]):
        held = factories.conversation(line, "t0")
        type(held).objects.select_for_update().get(pk=held.pk)
        counts = in_parallel(lambda: sweeps.notice_breaches(now=DUE + SECOND), threads=1)

    assert counts == [1]
    assert sweeps.notice_breaches(now=DUE + SECOND) == 1


@pytest.mark.parametrize("name", sorted(celery.SWEEPS))
def test_every_sweep_runs_twice_with_nothing_to_do(cast, name):
    celery.app.loader.import_default_modules()
    sweep = celery.app.tasks[name]

    assert [sweep(), sweep()] == [None, None]


def test_tick_runs_its_sweep_once_a_slot(question):
    noticed = []
    for _ in range(2):
        tick("feedback.tasks.notice_breaches", 10**8)
        noticed.append(Clock.objects.filter(kind="first", outcome="breached").count())
        Clock.objects.update(outcome="open", noticed_at=None)

    assert noticed == [1, 0]
