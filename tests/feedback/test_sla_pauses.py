"""When clocks stand still and what that does to their deadline; "seen in" names public threads."""

from datetime import timedelta

import pytest

from feedback.sla import outcome_at, state
from tests.feedback.conversation import (
    HOUR,
    MINUTE,
    at,
    clock,
    did,
    promise,
    replied,
    said,
    tell,
)

NOW = at("Mo 12:00", week=20)


# R10: pauses


@pytest.mark.parametrize("action", ["wait_customer", "wait_client"])
def test_waiting_pauses_next_and_resolution_by_business_time(action):
    facts = said("Mo 9:00"), replied("Mo 9:30"), said("Mo 10:00")

    timeline = tell(*facts, did("Mo 11:00", action), did("Mo 14:00", "resume"))

    second = clock(timeline, "next")
    assert (second.due_at, second.paused_seconds) == (at("Mo 15:00"), 3 * HOUR)
    assert clock(timeline, "resolution").due_at == at("We 12:00")
    assert [(p.kind, p.cycle, p.business_seconds) for p in timeline.pauses] == [
        ("resolution", 1, 3 * HOUR),
        ("next", 2, 3 * HOUR),
    ]


def test_waiting_does_not_pause_first():
    timeline = tell(said("Mo 9:00"), did("Mo 10:00", "wait_client"))

    first = clock(timeline, "first")
    assert (first.paused_at, outcome_at(first, at("Mo 12:00"))) == (None, "breached")


def test_policy_may_let_waiting_pause_first():
    rules = promise(first=2 * HOUR, pause_first=True)

    timeline = tell(said("Mo 9:00"), did("Mo 10:00", "wait_client"), did("Mo 12:00", "resume"), rules=rules)

    assert clock(timeline, "first").due_at == at("Mo 13:00")


def test_pause_over_the_weekend_adds_nothing():
    # seen in erpnext PR #47172
    facts = said("Fr 9:00"), replied("Fr 9:30"), said("Fr 16:00")

    timeline = tell(*facts, did("Fr 17:00", "wait_client"), did(at("Mo 9:00", week=1), "resume"))

    second = clock(timeline, "next")
    assert (second.paused_seconds, second.due_at) == (0, at("Mo 10:00", week=1))


def test_pause_is_never_counted_twice():
    # seen in erpnext #52489
    waiting = did("Mo 11:00", "wait_client"), did("Mo 12:00", "wait_customer"), did("Mo 13:00", "wait_client")
    resumed = did("Mo 14:00", "resume"), did("Mo 15:00", "resume")

    timeline = tell(said("Mo 9:00"), replied("Mo 9:30"), *waiting, *resumed)

    assert clock(timeline, "resolution").paused_seconds == 3 * HOUR
    assert len(timeline.pauses) == 1


def test_customer_message_ends_waiting_for_the_customer():
    timeline = tell(said("Mo 9:00"), replied("Mo 9:30"), did("Mo 9:30", "wait_customer"), said("Mo 12:00"))

    assert (timeline.status, clock(timeline, "next").paused_at) == ("open", None)
    assert clock(timeline, "resolution").paused_seconds == 150 * MINUTE


def test_customer_message_does_not_end_waiting_for_the_client():
    timeline = tell(said("Mo 9:00"), replied("Mo 9:30"), did("Mo 9:30", "wait_client"), said("Mo 12:00"))

    assert (timeline.status, clock(timeline, "next").paused_at) == ("waiting_client", at("Mo 12:00"))


def test_reply_does_not_end_a_pause():
    timeline = tell(said("Mo 9:00"), did("Mo 9:30", "wait_client"), replied("Mo 10:00"))

    assert (timeline.status, clock(timeline, "resolution").paused_at) == ("waiting_client", at("Mo 9:30"))


def test_stopping_a_paused_clock_counts_the_pause_up_to_the_stop():
    facts = said("Mo 9:00"), replied("Mo 9:30"), said("Mo 10:00"), did("Mo 11:00", "wait_client")

    timeline = tell(*facts, replied("Mo 16:00"))

    second = clock(timeline, "next")
    assert (second.outcome, second.paused_seconds, second.due_at) == ("met", 5 * HOUR, at("Mo 17:00"))
    assert second.paused_at is None


def test_paused_clock_is_never_overdue():
    timeline = tell(said("Mo 9:00"), replied("Mo 9:30"), did("Mo 10:00", "wait_customer"))

    resolution = clock(timeline, "resolution")
    assert (outcome_at(resolution, NOW), state(timeline.clocks, NOW)) == ("open", "ok")


def test_clock_overdue_before_the_pause_stays_breached():
    facts = said("Mo 9:00"), replied("Mo 9:30"), said("Mo 10:00"), did("Mo 12:01", "wait_client")

    timeline = tell(*facts, did("Mo 14:00", "resume"))

    second = clock(timeline, "next")
    assert (second.outcome, second.breached_at, second.due_at) == ("breached", at("Mo 12:00"), at("Mo 12:00"))


def test_reply_and_pause_in_one_save_meets_first_and_writes_durations():
    # seen in zammad#3551
    timeline = tell(said("Mo 9:00"), did("Mo 10:00", "wait_customer"), replied("Mo 10:00"))

    first = clock(timeline, "first")
    assert (first.outcome, first.business_seconds, first.wall_seconds) == ("met", HOUR, HOUR)
    assert clock(timeline, "resolution").paused_at == at("Mo 10:00")


@pytest.mark.parametrize("ending", [replied("Mo 9:00"), did("Mo 9:00", "resolve")])
def test_create_and_end_in_one_instant_writes_durations(ending):
    # seen in zammad#2579, #4516
    timeline = tell(did("Mo 9:00", "resolve"), replied("Mo 9:00"), ending, said("Mo 9:00"))

    assert [(c.outcome, c.business_seconds, c.wall_seconds) for c in timeline.clocks] == [("met", 0, 0)] * 2


def test_pause_that_ends_where_it_began_leaves_no_row():
    facts = did("Mo 10:00", "wait_client"), did("Mo 10:00", "resume"), did("Mo 10:00", "wait_client")

    timeline = tell(said("Mo 9:00"), *facts)

    assert [(p.from_at, p.to_at) for p in timeline.pauses] == [(at("Mo 10:00"), None)]


def test_wait_of_years_still_has_a_deadline():
    later = at("Mo 12:00", week=150)
    facts = said("Mo 9:00"), replied("Mo 9:30"), did("Mo 10:00", "wait_customer"), did(later, "resume")

    timeline = tell(*facts, rules=promise(resolution=3 * HOUR, warn_before=HOUR))

    resolution = clock(timeline, "resolution")
    assert (resolution.warn_at, resolution.due_at) == (later + timedelta(hours=1), later + timedelta(hours=2))
