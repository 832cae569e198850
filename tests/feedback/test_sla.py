"""When clocks start and when they are kept; "seen in" names public threads where a rule was missed."""

import pytest

from feedback.sla import Context, Deleted, Rating, outcome_at, state
from tests.feedback.conversation import (
    HOUR,
    MINUTE,
    NOTHING,
    OFFICE,
    at,
    clock,
    did,
    outcomes,
    promise,
    replied,
    said,
    stops,
    tell,
    weekly,
)

NOW = at("Mo 12:00", week=20)


# R1, R3: start, due, outcome


def test_clock_carries_the_promise_it_was_given():
    message = said("Mo 9:00", kind="review", stars=2, sentiment="negative")

    timeline = tell(message, rules=promise(number=7, first=2 * HOUR, severity="critical"))

    first = clock(timeline, "first")
    assert (first.rule, first.version, first.severity, first.target) == ("all", 7, "critical", 2 * HOUR)
    assert (first.cycle, first.started_at, first.due_at) == (1, at("Mo 9:00"), at("Mo 11:00"))
    assert (first.message, first.message_kind) == (message.id, "review")
    assert (first.sentiment, first.stars) == ("negative", 2)
    assert (first.outcome, first.stopped_at, first.live) == ("open", None, True)


@pytest.mark.parametrize(
    "start, target, due",
    [
        (at("Fr 16:45"), 30 * MINUTE, at("Mo 9:15", week=1)),  # seen in chatwoot PR #13392
        (at("Fr 16:30"), HOUR, at("Mo 9:30", week=1)),
        (at("Mo 7:00"), HOUR, at("Mo 10:00")),
        (at("Mo 18:00"), HOUR, at("Tu 10:00")),
        (at("Su 12:00"), HOUR, at("Mo 10:00", week=1)),
        (at("Mo 16:00"), HOUR, at("Mo 17:00")),
    ],
)
def test_first_is_due_after_its_target_of_business_time(start, target, due):
    timeline = tell(said(start), rules=promise(first=target))

    assert clock(timeline, "first").due_at == due


def test_clock_starts_when_the_customer_wrote_not_when_it_was_fetched():
    timeline = tell(said("Mo 9:00", ingested="Mo 10:30"))

    first = clock(timeline, "first")
    assert (first.started_at, first.due_at, first.late_ingest) == (at("Mo 9:00"), at("Mo 11:00"), False)


def test_message_past_due_when_it_came_in_is_a_late_ingest():
    timeline = tell(said("Mo 9:00", ingested="Mo 11:01"))

    first = clock(timeline, "first")
    assert (first.late_ingest, outcome_at(first, at("Mo 11:01"))) == (True, "breached")


def test_imported_history_is_measured_and_alerts_nobody():
    # switching the SLA on alerts nobody about the backlog
    facts = said("Mo 9:00", ingested=NOW), replied("Mo 10:00"), said("Tu 9:00", ingested=NOW)

    timeline = tell(*facts, live_from=at("We 0:00"))

    assert [(c.kind, c.live, c.late_ingest) for c in timeline.clocks] == [
        ("first", False, False),
        ("next", False, False),
    ]
    assert (clock(timeline, "first").outcome, clock(timeline, "first").business_seconds) == ("met", HOUR)


def test_history_and_live_messages_meet_in_one_conversation():
    timeline = tell(said("Mo 9:00"), replied("Mo 10:00"), said("We 9:00"), live_from=at("Tu 0:00"))

    assert [(c.kind, c.cycle, c.live, c.started_at) for c in timeline.clocks] == [
        ("first", 1, False, at("Mo 9:00")),
        ("next", 2, True, at("We 9:00")),
        ("resolution", 1, True, at("We 9:00")),
    ]


def test_response_times_are_measured_where_nothing_is_promised():
    timeline = tell(said("Fr 16:00"), replied(at("Mo 10:00", week=1)), rules=NOTHING)

    first = clock(timeline, "first")
    assert (first.version, first.due_at, first.outcome) == (None, None, "measured")
    assert (first.business_seconds, first.wall_seconds) == (2 * HOUR, 66 * HOUR)


def test_wall_time_is_measured_without_any_calendar():
    timeline = tell(said("Mo 9:00"), replied("Mo 10:00"), rules=NOTHING, context=Context())

    first = clock(timeline, "first")
    assert (first.business_seconds, first.wall_seconds) == (None, HOUR)


def test_rule_without_a_target_for_a_kind_only_measures_it():
    facts = said("Mo 9:00"), replied("Mo 10:00"), said("Mo 11:00")

    timeline = tell(*facts, rules=promise(number=3, first=HOUR))

    second = clock(timeline, "next")
    assert (second.version, second.target, second.due_at, second.warn_at) == (3, None, None, None)


# R4: first


def test_first_stops_at_the_first_reply_and_no_later_one():
    timeline = tell(said("Mo 9:00"), replied("Mo 10:00"), replied("Mo 16:00"))

    first = clock(timeline, "first")
    assert (first.outcome, first.stopped_at, first.stop_reason) == ("met", at("Mo 10:00"), "reply")
    assert (first.answered_at, first.business_seconds) == (at("Mo 10:00"), HOUR)


def test_conversation_without_a_counting_reply_stays_unanswered():
    # bots, notes and refused replies are never handed in, toggling a status is no reply;
    # seen in chatwoot PR #13181, chatwoot#6354
    timeline = tell(said("Mo 9:00"), did("Mo 9:30", "wait_client"), did("Mo 10:00", "resume"))

    first = clock(timeline, "first")
    assert (first.outcome, first.stopped_at, first.due_at) == ("open", None, at("Mo 11:00"))


def test_reply_before_any_customer_message_does_nothing():
    timeline = tell(replied("Mo 8:00"), said("Mo 9:00"))

    assert outcomes(timeline) == [("first", 1, "open"), ("resolution", 1, "open")]
    assert timeline.last_reply_at is None


@pytest.mark.parametrize(
    "action, reason", [("spam", "spam"), ("block", "block"), ("merge", "merge")]
)  # fmt: skip
def test_spam_block_and_merge_cancel_and_never_meet(action, reason):
    # no escalation; seen in zammad#904, chatwoot PR #14861
    timeline = tell(said("Mo 9:00"), did("Mo 9:10", action), said("Mo 9:20"), replied("Mo 9:30"))

    assert stops(timeline) == [("first", 1, "cancelled", reason), ("resolution", 1, "cancelled", reason)]
    assert state(timeline.clocks, NOW) == "none"


def test_spam_does_not_wipe_out_a_breach():
    timeline = tell(said("Mo 9:00"), did("Mo 12:00", "spam"))

    assert outcomes(timeline) == [("first", 1, "breached"), ("resolution", 1, "cancelled")]


@pytest.mark.parametrize("action", ["spam", "block"])
def test_not_spam_counts_as_if_it_had_never_been_marked(action):
    facts = said("Mo 9:00"), said("Mo 9:20"), did("Mo 10:00", "wait_client")

    timeline = tell(*facts, did("Mo 9:10", action), did("Mo 9:40", "not_spam"))

    assert timeline == tell(*facts)
    assert clock(timeline, "first").started_at == at("Mo 9:00")


def test_spam_after_not_spam_holds():
    facts = did("Mo 9:10", "spam"), did("Mo 9:40", "not_spam"), did("Mo 10:00", "spam")

    timeline = tell(said("Mo 9:00"), *facts)

    assert (timeline.status, clock(timeline, "first").stopped_at) == ("spam", at("Mo 10:00"))


def test_message_the_customer_deleted_cancels_the_clock():
    message = said("Mo 9:00")

    timeline = tell(message, Deleted(at("Mo 9:30"), 1, message.id))

    assert stops(timeline) == [("first", 1, "cancelled", "deleted"), ("resolution", 1, "open", None)]


def test_clock_goes_on_while_one_unanswered_message_is_left():
    gone, kept = said("Mo 9:00"), said("Mo 9:10")

    timeline = tell(gone, kept, Deleted(at("Mo 9:30"), 1, gone.id))

    assert (clock(timeline, "first").outcome, clock(timeline, "first").started_at) == ("open", at("Mo 9:00"))


def test_first_starts_again_after_a_deleted_first_message():
    gone = said("Mo 9:00")

    timeline = tell(gone, Deleted(at("Mo 9:30"), 1, gone.id), said("Mo 10:00"), replied("Mo 10:30"))

    assert outcomes(timeline) == [("first", 1, "cancelled"), ("resolution", 1, "open"), ("first", 2, "met")]


def test_message_deleted_before_it_was_written_never_counts():
    gone = said("Mo 9:00")

    timeline = tell(gone, Deleted(at("Mo 8:59"), 1, gone.id))

    assert (timeline.clocks, timeline.first_customer_at) == ([], None)


def test_deleting_an_answered_message_changes_nothing():
    message = said("Mo 9:00")

    timeline = tell(message, replied("Mo 10:00"), Deleted(at("Mo 11:00"), 1, message.id))

    assert clock(timeline, "first").outcome == "met"


# R5: next


def test_next_starts_at_the_first_unanswered_message():
    answered = said("Mo 9:00"), replied("Mo 9:30")

    timeline = tell(*answered, said("Mo 10:00"), said("Mo 11:00"), replied("Mo 11:30"))

    second = clock(timeline, "next")
    assert (second.cycle, second.started_at, second.due_at) == (2, at("Mo 10:00"), at("Mo 12:00"))
    assert (second.outcome, second.business_seconds) == ("met", 90 * MINUTE)


def test_each_answered_turn_opens_a_new_cycle():
    turns = [f(f"{day} {hour}:00") for day in ("Mo", "Tu", "We") for f, hour in ((said, 9), (replied, 10))]

    timeline = tell(*turns)

    responses = [(c.kind, c.cycle) for c in timeline.clocks if c.kind != "resolution"]
    assert responses == [("first", 1), ("next", 2), ("next", 3)]


def test_two_more_messages_while_waiting_are_still_one_breach():
    # seen in chatwoot evaluate_applied_sla_service
    timeline = tell(said("Mo 9:00"), said("Mo 12:00"), said("Mo 15:00"), rules=promise(first=2 * HOUR))

    assert [outcome_at(c, NOW) for c in timeline.clocks if c.due_at] == ["breached"]


def test_silent_customer_has_no_next_clock():
    # seen in zammad#3140
    timeline = tell(said("Mo 9:00"), replied("Mo 10:00"), replied("Tu 10:00"))

    assert outcomes(timeline) == [("first", 1, "met"), ("resolution", 1, "open")]


def test_shorter_next_target_does_not_preempt_first():
    # seen in zammad#5177
    timeline = tell(said("Mo 9:00"), said("Mo 9:10"), rules=promise(first=4 * HOUR, next=HOUR))

    responses = [(c.kind, c.due_at) for c in timeline.clocks if c.kind != "resolution"]
    assert responses == [("first", at("Mo 13:00"))]


# R7: timestamps decide


@pytest.mark.parametrize(
    "when, outcome, breached_at",
    [("Mo 10:59", "met", None), ("Mo 11:00", "met", None), ("Mo 11:01", "breached", at("Mo 11:00"))],
)
def test_reply_at_the_deadline_is_met_and_after_it_breached(when, outcome, breached_at):
    # a late reply before the next sweep is still breached; seen in chatwoot evaluate_applied_sla_service
    timeline = tell(said("Mo 9:00"), replied(when))

    first = clock(timeline, "first")
    assert (first.outcome, first.breached_at) == (outcome, breached_at)


@pytest.mark.parametrize("when, outcome", [("Tu 17:00", "met"), ("Tu 17:01", "breached")])
def test_late_resolve_before_the_next_sweep_is_breached(when, outcome):
    timeline = tell(said("Mo 9:00"), replied("Mo 9:30"), did(when, "resolve"))

    assert clock(timeline, "resolution").outcome == outcome


@pytest.mark.parametrize("now, outcome", [("Mo 11:00", "open"), ("Mo 11:01", "breached")])
def test_open_clock_is_breached_once_its_deadline_has_passed(now, outcome):
    first = clock(tell(said("Mo 9:00")), "first")

    assert outcome_at(first, at(now)) == outcome


def test_reply_in_the_second_of_a_changed_review_still_meets_the_deadline():
    message = said("Mo 9:00", kind="review", stars=3)

    timeline = tell(message, Rating(at("Mo 11:00"), 1, message.id, 3, 2), replied("Mo 11:00"))

    assert clock(timeline, "first").outcome == "met"


# R12: the calendar's edges, as far as a promise sees them


def test_round_the_clock_has_no_hole_at_midnight():
    # seen in zammad#3180
    timeline = tell(said("Mo 23:59"), rules=promise(hours=weekly(0, 24, days=7), first=2 * MINUTE))

    assert clock(timeline, "first").due_at == at("Tu 0:01")


# R15: once


def test_fetching_a_message_twice_changes_nothing():
    message = said("Mo 9:00")

    assert tell(message, message, replied("Mo 10:00")).clocks == tell(message, replied("Mo 10:00")).clocks


# R20: what a conversation says


@pytest.mark.parametrize(
    "now, word",
    [("Mo 9:30", "ok"), ("Mo 10:30", "at_risk"), ("Mo 11:00", "at_risk"), ("Mo 11:01", "breached")],
)
def test_state_of_an_open_conversation(now, word):
    timeline = tell(said("Mo 9:00"), rules=promise(first=2 * HOUR, warn_percent=75))

    assert state(timeline.clocks, at(now)) == word


def test_state_without_a_promise_is_none():
    assert state(tell(said("Mo 9:00"), rules=NOTHING).clocks, NOW) == "none"


def test_timeline_knows_who_spoke_last():
    timeline = tell(said("Mo 9:00"), replied("Mo 10:00"), said("Mo 11:00"), replied("Mo 12:00"))

    assert (timeline.first_customer_at, timeline.last_customer_at) == (at("Mo 9:00"), at("Mo 11:00"))
    assert timeline.last_reply_at == at("Mo 12:00")


def test_unknown_action_is_refused():
    with pytest.raises(ValueError, match="dance"):
        tell(said("Mo 9:00"), did("Mo 10:00", "dance"))


def test_promise_counts_in_the_calendar_its_version_names():
    rules = promise(hours=weekly(0, 24, days=7), first=2 * HOUR)

    timeline = tell(said("Su 9:00"), rules=rules, context=Context(hours=OFFICE))

    assert clock(timeline, "first").due_at == at("Su 11:00")
