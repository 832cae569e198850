"""How closing, reopening and changed reviews act on clocks; "seen in" names public threads."""

from datetime import timedelta

import pytest

from feedback.sla import Rating, state
from tests.feedback.conversation import (
    HOUR,
    at,
    clock,
    did,
    promise,
    replied,
    said,
    stops,
    tell,
)

NOW = at("Mo 12:00", week=20)


# R6: resolution and reopening


def test_resolution_runs_from_the_first_message_until_resolved():
    timeline = tell(said("Mo 9:00"), replied("Mo 10:00"), said("Mo 11:00"), did("Tu 11:00", "resolve"))

    resolution = clock(timeline, "resolution")
    assert (resolution.started_at, resolution.due_at) == (at("Mo 9:00"), at("Tu 17:00"))
    assert (resolution.outcome, resolution.stop_reason) == ("met", "resolve")
    assert (resolution.business_seconds, resolution.wall_seconds) == (10 * HOUR, 26 * HOUR)


@pytest.mark.parametrize("reopening", [did("We 11:00", "reopen"), said("We 11:00")])
def test_reopening_goes_on_with_the_same_clock_and_counts_the_resolved_span_as_pause(reopening):
    # no instant escalation; seen in zammad#188, chatwoot PR #12058
    timeline = tell(said("Mo 9:00"), replied("Mo 10:00"), did("Tu 11:00", "resolve"), reopening)

    resolution = clock(timeline, "resolution")
    assert (resolution.cycle, resolution.outcome, resolution.stopped_at) == (1, "open", None)
    assert (resolution.paused_seconds, resolution.due_at) == (8 * HOUR, at("We 17:00"))
    assert [(p.kind, p.from_at, p.to_at, p.business_seconds) for p in timeline.pauses] == [
        ("resolution", at("Tu 11:00"), at("We 11:00"), 8 * HOUR)
    ]


def test_resolution_time_leaves_the_resolved_span_out():
    facts = did("Tu 11:00", "resolve"), did("We 11:00", "reopen"), did("We 13:00", "resolve")

    timeline = tell(said("Mo 9:00"), replied("Mo 10:00"), *facts)

    resolution = clock(timeline, "resolution")
    assert (resolution.business_seconds, resolution.wall_seconds) == (12 * HOUR, 28 * HOUR)
    assert resolution.outcome == "met"


def test_message_after_resolving_starts_next_and_opens_the_conversation():
    timeline = tell(said("Mo 9:00"), replied("Mo 10:00"), did("Mo 11:00", "resolve"), said("We 9:00"))

    assert (timeline.status, clock(timeline, "next").started_at) == ("open", at("We 9:00"))


def test_breach_of_the_resolution_does_not_disappear_on_reopening():
    answered = said("Mo 9:00"), replied("Mo 10:00")

    timeline = tell(*answered, did("We 9:01", "resolve"), did("We 10:00", "reopen"))

    resolution = clock(timeline, "resolution")
    assert (resolution.outcome, resolution.breached_at) == ("breached", at("Tu 17:00"))
    assert (resolution.stopped_at, resolution.due_at) == (None, at("Tu 17:00"))


@pytest.mark.parametrize(
    "days, cycles",
    [(7, [("first", 1), ("resolution", 1), ("next", 2)]),
     (8, [("first", 1), ("resolution", 1), ("first", 2), ("resolution", 2)])],
)  # fmt: skip
def test_message_later_than_reopen_days_is_a_new_case(days, cycles):
    resolved = at("Mo 11:00")
    facts = said("Mo 9:00"), replied("Mo 10:00"), did(resolved, "resolve")
    again = said(resolved + timedelta(days=days))

    timeline = tell(*facts, again, rules=promise(first=HOUR, resolution=HOUR, reopen_days=7))

    assert [(c.kind, c.cycle) for c in timeline.clocks] == cycles


def test_new_case_leaves_the_old_resolution_as_it_was():
    facts = said("Mo 9:00"), replied("Mo 10:00"), did("Mo 11:00", "resolve"), said(at("Mo 9:00", week=3))

    timeline = tell(*facts)

    assert stops(timeline)[:2] == [("first", 1, "met", "reply"), ("resolution", 1, "met", "resolve")]
    assert timeline.pauses == []


def test_new_case_by_hand_starts_a_resolution_and_first_at_the_next_message():
    later = at("Mo 9:00", week=3)
    facts = said("Mo 9:00"), replied("Mo 10:00"), did("Mo 11:00", "resolve"), did(later, "reopen")

    timeline = tell(*facts, said(at("Tu 9:00", week=3)))

    assert [(c.kind, c.cycle, c.started_at) for c in timeline.clocks][2:] == [
        ("resolution", 2, later),
        ("first", 2, at("Tu 9:00", week=3)),
    ]


# R8: closing


@pytest.mark.parametrize("action", ["resolve", "archive"])
def test_closing_stops_every_open_clock(action):
    timeline = tell(said("Mo 9:00"), did("Mo 10:00", action))

    assert stops(timeline) == [("first", 1, "met", action), ("resolution", 1, "met", action)]
    assert clock(timeline, "first").answered_at is None


def test_resolve_with_the_customers_message_last_stops_next():
    # seen in chatwoot#10178
    timeline = tell(said("Mo 9:00"), replied("Mo 10:00"), said("Mo 10:30"), did("Mo 11:00", "resolve"))

    assert clock(timeline, "next").stop_reason == "resolve"


def test_reply_after_resolving_is_still_the_answer():
    timeline = tell(said("Mo 9:00"), did("Mo 10:00", "resolve"), replied("Mo 12:00"))

    first = clock(timeline, "first")
    assert (first.stopped_at, first.answered_at) == (at("Mo 10:00"), at("Mo 12:00"))
    assert (first.outcome, first.business_seconds, timeline.status) == ("met", 3 * HOUR, "resolved")


def test_reply_after_the_customers_next_turn_does_not_answer_the_turn_before():
    timeline = tell(said("Mo 9:00"), did("Mo 10:00", "resolve"), said("Mo 11:00"), replied("Mo 12:00"))

    assert clock(timeline, "first").answered_at is None
    assert (clock(timeline, "next").answered_at, clock(timeline, "next").cycle) == (at("Mo 12:00"), 2)


def test_archive_after_resolve_keeps_the_first_closing_instant():
    timeline = tell(said("Mo 9:00"), did("Mo 10:00", "resolve"), did("Mo 11:00", "archive"))

    assert (timeline.status, clock(timeline, "resolution").stopped_at) == ("archived", at("Mo 10:00"))


def test_archiving_later_does_not_put_off_the_new_case():
    closed = said("Mo 9:00"), did("Mo 10:00", "resolve"), did(at("Mo 10:00", week=1), "archive")

    timeline = tell(*closed, said(at("We 9:00", week=1)), rules=promise(first=HOUR, reopen_days=7))

    assert [c.cycle for c in timeline.clocks if c.kind == "first"] == [1, 2]


@pytest.mark.parametrize("action", ["resolve", "archive", "reopen", "wait_client", "spam", "not_spam"])
def test_merge_is_final(action):
    timeline = tell(said("Mo 9:00"), did("Mo 10:00", "merge"), did("Mo 11:00", action), said("Mo 12:00"))

    assert (timeline.status, len(timeline.clocks)) == ("merged", 2)


# R9: no reply needed


def test_no_reply_needed_cancels_next_and_the_next_message_opens_a_new_cycle():
    thanks = said("Mo 9:00"), replied("Mo 9:30"), said("Mo 10:00"), did("Mo 10:05", "no_reply_needed")

    timeline = tell(*thanks, said("Mo 12:00"), rules=promise(first=HOUR, next=HOUR))

    assert [x for x in stops(timeline) if x[0] == "next"] == [
        ("next", 2, "cancelled", "no_reply_needed"),
        ("next", 3, "open", None),
    ]


def test_no_reply_needed_does_not_touch_first():
    timeline = tell(said("Mo 9:00"), did("Mo 9:05", "no_reply_needed"))

    assert clock(timeline, "first").outcome == "open"


def test_no_reply_needed_does_not_wipe_out_a_breach():
    timeline = tell(said("Mo 9:00"), replied("Mo 9:30"), said("Mo 10:00"), did("Mo 13:00", "no_reply_needed"))

    assert clock(timeline, "next").outcome == "breached"


def test_answered_but_left_open_is_not_overdue():
    timeline = tell(said("Mo 9:00"), replied("Mo 10:00"), rules=promise(first=2 * HOUR, next=2 * HOUR))

    assert state(timeline.clocks, NOW) == "met"


# R19: reviews


def test_changed_review_after_our_reply_opens_a_next_cycle():
    review = said("Mo 9:00", kind="review", stars=4)
    lowered = Rating(at("Tu 9:00"), 1, review.id, 4, 1, text_changed=True)

    timeline = tell(review, replied("Mo 10:00"), lowered)

    second = clock(timeline, "next")
    assert (second.cycle, second.started_at, second.message, second.stars) == (2, at("Tu 9:00"), review.id, 1)


def test_review_changed_in_its_text_only_opens_a_next_cycle():
    review = said("Mo 9:00", kind="review", stars=4)

    timeline = tell(review, replied("Mo 10:00"), Rating(at("Tu 9:00"), 1, review.id, 4, 4, text_changed=True))

    assert clock(timeline, "next").started_at == at("Tu 9:00")


@pytest.mark.parametrize("before, after", [(1, 4), (1, 5), (2, 4), (2, 5)])
def test_review_raised_after_our_reply_closes_as_recovered(before, after):
    review = said("Mo 9:00", kind="review", stars=before)
    raised = Rating(at("Mo 11:00"), 1, review.id, before, after)

    timeline = tell(review, replied("Mo 10:00"), said("Mo 10:30"), raised)

    assert (timeline.status, timeline.resolved_as) == ("resolved", "recovered")
    assert [(c.kind, c.stop_reason) for c in timeline.clocks] == [
        ("first", "reply"),
        ("resolution", "recovered"),
        ("next", "recovered"),
    ]


def test_review_raised_before_our_reply_still_waits_for_it():
    review = said("Mo 9:00", kind="review", stars=1)

    timeline = tell(review, Rating(at("Mo 10:00"), 1, review.id, 1, 5))

    first = clock(timeline, "first")
    assert (timeline.status, first.outcome, first.stars) == ("open", "open", 5)


def test_changed_review_wakes_a_resolved_conversation():
    review = said("Mo 9:00", kind="review", stars=5)
    facts = did("Mo 10:00", "resolve"), Rating(at("Tu 9:00"), 1, review.id, 5, 1)

    timeline = tell(review, *facts)

    assert (timeline.status, clock(timeline, "next").started_at) == ("open", at("Tu 9:00"))


def test_rating_that_changes_nothing_is_ignored():
    review = said("Mo 9:00", kind="review", stars=5)

    timeline = tell(review, replied("Mo 10:00"), Rating(at("Tu 9:00"), 1, review.id, 5, 5))

    assert timeline == tell(review, replied("Mo 10:00"))


def test_archived_conversation_with_a_raised_review_stays_archived():
    review = said("Mo 9:00", kind="review", stars=1)
    facts = replied("Mo 10:00"), did("Mo 11:00", "archive"), Rating(at("Tu 9:00"), 1, review.id, 1, 5)

    timeline = tell(review, *facts)

    assert (timeline.status, timeline.resolved_as) == ("archived", "recovered")
