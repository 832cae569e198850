"""Who hears of a deadline, when, and how often (R14, R15)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from agency.models import Role
from feedback import alerts, desk, policies, sweeps
from feedback.models import Alert, Clock, Policy
from tests import factories

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # 10:00 in Berlin
DUE = MONDAY + timedelta(hours=4)
NIGHT = datetime(2026, 3, 2, 22, 0, tzinfo=UTC)
TUESDAY_OPENING = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def heard(level):
    return sorted(Alert.objects.filter(level=level).values_list("recipient__name", flat=True))


@pytest.fixture
def question(line):
    factories.receive(line, factories.item("Wann macht ihr auf?", at=MONDAY))
    return factories.conversation(line)


@pytest.fixture
def emma(cast):
    return factories.member(cast.agency, "emma", Role.EDITOR, [cast.bakery])


def test_unassigned_goes_to_everybody_who_answers(question, emma):
    sweeps.warn(now=DUE)
    sweeps.notice_breaches(now=DUE + SECOND)

    assert (heard("warning"), heard("breach")) == (["Emma", "Olga", "Sam"], ["Emma", "Olga", "Sam"])


def test_assigned_warns_its_person_and_breaches_tell_those_who_steer(question, emma, cast):
    other = factories.member(cast.agency, "erik", Role.EDITOR, [cast.bakery])
    desk.assign(conversation=question, user=cast.sam, assignee=emma)

    sweeps.warn(now=DUE)
    sweeps.notice_breaches(now=DUE + SECOND)

    assert (heard("warning"), heard("breach")) == (["Emma"], ["Emma", "Olga", "Sam"])
    assert not other.alerts.exists()


def test_people_of_the_client_and_of_other_clients_hear_nothing(question, cast):
    factories.member(cast.agency, "fred", Role.MANAGER, [cast.florist])

    sweeps.notice_breaches(now=DUE + SECOND)

    assert heard("breach") == ["Olga", "Sam"]


@pytest.mark.parametrize(
    ("severity", "seen_at", "deliver_at"),
    [
        ("normal", DUE + SECOND, DUE + SECOND),
        ("normal", NIGHT, TUESDAY_OPENING),
        ("critical", NIGHT, NIGHT),
    ],
)
def test_alert_waits_for_the_next_opening_unless_critical(question, severity, seen_at, deliver_at):
    Clock.objects.update(severity=severity)

    sweeps.notice_breaches(now=seen_at)

    assert set(Alert.objects.values_list("deliver_at", "mail_at")) == {(deliver_at, deliver_at)}


def test_inbox_shows_own_alerts_once_they_are_due(question, cast):
    sweeps.notice_breaches(now=NIGHT)

    seen = [alerts.inbox(cast.sam, at).count() for at in (NIGHT, TUESDAY_OPENING - SECOND, TUESDAY_OPENING)]

    assert seen == [0, 0, 1]
    assert alerts.inbox(cast.ana, TUESDAY_OPENING).count() == 0


def test_archived_policy_alerts_nobody_and_keeps_its_breach(question, cast):
    for policy in Policy.objects.filter(client=cast.bakery):
        policies.archive_policy(policy=policy, actor=cast.sam)

    sweeps.warn(now=DUE)
    sweeps.notice_breaches(now=DUE + SECOND)

    assert Alert.objects.count() == 0
    assert Clock.objects.get(kind="first").outcome == "breached"


def test_switching_the_promises_on_alerts_nobody_about_the_backlog(line, cast):
    cast.bakery.enforce_from = DUE + timedelta(days=1)
    cast.bakery.save()
    factories.receive(line, *(factories.item("Frage?", at=MONDAY, thread=f"t{n}") for n in range(3)), now=DUE)

    sweeps.warn(now=DUE + timedelta(days=30))
    sweeps.notice_breaches(now=DUE + timedelta(days=30))

    assert Alert.objects.count() == 0


def test_fetching_twice_alerts_once(line):
    late = factories.item("Frage?", at=MONDAY)

    for hours in (6, 7, 8):
        factories.receive(line, late, now=MONDAY + timedelta(hours=hours))
        sweeps.notice_breaches(now=MONDAY + timedelta(hours=hours))

    assert heard("breach") == ["Olga", "Sam"]


def test_late_ingest_is_told_as_such(line):
    factories.receive(line, factories.item("Frage?", at=MONDAY), now=DUE + timedelta(hours=1))

    sweeps.notice_breaches(now=DUE + timedelta(hours=1))

    assert set(Alert.objects.values_list("late_ingest", flat=True)) == {True}


def test_more_messages_of_the_customer_alert_no_more(question, line):
    sweeps.notice_breaches(now=DUE + SECOND)

    for hours in (5, 6):
        factories.receive(line, factories.item("Hallo??", at=MONDAY + timedelta(hours=hours)))
        sweeps.notice_breaches(now=MONDAY + timedelta(hours=hours, seconds=5))

    assert heard("breach") == ["Olga", "Sam"]


def test_late_answer_before_the_sweep_is_a_breach_nobody_is_called_for(question, line):
    factories.receive(line, factories.answer(at=DUE + SECOND))

    sweeps.notice_breaches(now=DUE + timedelta(hours=1))

    assert Clock.objects.get(kind="first").outcome == "breached"
    assert Alert.objects.count() == 0


@pytest.mark.parametrize("action", ["spam", "resolve", "archive", "block"])
def test_closed_conversation_alerts_nobody(line, cast, action):
    now = datetime.now(UTC)
    factories.receive(line, factories.item("Frage?", at=now - SECOND), now=now)
    getattr(desk, action)(conversation=factories.conversation(line), user=cast.sam)

    sweeps.warn(now=now + timedelta(days=30))
    sweeps.notice_breaches(now=now + timedelta(days=30))

    assert Alert.objects.count() == 0


def test_edited_message_alerts_no_more(question, line):
    sweeps.notice_breaches(now=DUE + SECOND)
    told = factories.item("Wann macht ihr auf?", at=MONDAY, external_id=question.interactions.get().external_id)

    factories.receive(line, replace(told, text="Wann macht ihr denn auf?", edited_at=DUE + 2 * SECOND))
    sweeps.notice_breaches(now=DUE + 3 * SECOND)

    assert heard("breach") == ["Olga", "Sam"]
