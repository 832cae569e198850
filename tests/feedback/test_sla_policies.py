"""Which promise holds, when it changes and when to warn; "seen in" names public threads."""

from datetime import timedelta

import pytest

from feedback.sla import Context, Inputs, Match, Rating, Rule, alert_at, check, choose, outcome_at, replay
from tests.feedback.conversation import (
    BEFORE,
    HOUR,
    MINUTE,
    NOTHING,
    OFFICE,
    at,
    clock,
    did,
    promise,
    replied,
    said,
    tell,
    version,
    weekly,
)

NEGATIVE = Rule("negative", Match(sentiments={"negative"}), (version(1, first=HOUR, next=HOUR),))
OTHERS = Rule("others", Match(), (version(2, first=6 * HOUR, next=6 * HOUR),))
LONG_AGO = BEFORE - timedelta(days=900)
PLAIN = Inputs("page", "comment", "neutral", None, False, None, False)


def versions(*numbered):
    """One rule for everything, its versions as (valid_from, fields)."""
    return [Rule("all", Match(), tuple(version(n, t, **fields) for n, (t, fields) in enumerate(numbered, 1)))]


# R17: which policy


@pytest.mark.parametrize(
    "match, inputs, expected",
    [
        (Match(), PLAIN, True),
        (Match(channels={"page"}), PLAIN, True),
        (Match(channels={"shop"}), PLAIN, False),
        (Match(kinds={"review", "comment"}), PLAIN, True),
        (Match(kinds={"review"}), PLAIN, False),
        (Match(sentiments={"negative"}), PLAIN._replace(sentiment="negative"), True),
        (Match(sentiments={"negative"}), PLAIN, False),
        (Match(stars_max=2), PLAIN, False),
        (Match(stars_max=2), PLAIN._replace(stars=2), True),
        (Match(stars_max=2), PLAIN._replace(stars=3), False),
        (Match(stars_min=4), PLAIN._replace(stars=4), True),
        (Match(stars_min=4), PLAIN._replace(stars=3), False),
        (Match(question=True), PLAIN, False),
        (Match(question=False), PLAIN, True),
        (Match(campaigns={5}), PLAIN._replace(campaign=5), True),
        (Match(campaigns={5}), PLAIN, False),
        (Match(vip=True), PLAIN._replace(vip=True), True),
        (Match(vip=True), PLAIN, False),
        (Match(kinds={"comment"}, vip=True), PLAIN, False),
    ],
)
def test_match_asks_every_condition(match, inputs, expected):
    assert match.matches(inputs) is expected


def test_first_matching_rule_wins():
    rules = [NEGATIVE, OTHERS]

    chosen = [choose(rules, PLAIN._replace(sentiment=s), at("Mo 9:00")).id for s in ("negative", "neutral")]

    assert chosen == [1, 2]


@pytest.mark.parametrize("when, number", [("Mo 8:59", 1), ("Mo 9:00", 2), ("Tu 9:00", 2)])
def test_latest_version_in_force_is_chosen(when, number):
    rules = versions((BEFORE, {}), (at("Mo 9:00"), {}))

    assert choose(rules, PLAIN, at(when)).number == number


@pytest.mark.parametrize("when, rule", [("Mo 8:59", 1), ("Mo 9:00", 2)])
def test_archived_rule_is_passed_over(when, rule):
    archived = Rule("old", Match(), (version(1),), archived_at=at("Mo 9:00"))

    assert choose([archived, OTHERS], PLAIN, at(when)).id == rule


def test_earliest_versions_serve_the_time_before_any_policy():
    rules = versions((BEFORE, {}), (at("Mo 9:00"), {}))

    assert choose(rules, PLAIN, LONG_AGO).number == 1


def test_nothing_is_chosen_where_no_rule_matches():
    assert (choose([NEGATIVE], PLAIN, LONG_AGO), choose([], PLAIN, BEFORE)) == (None, None)


def test_imported_history_is_judged_by_the_policies_at_its_import():
    rules = versions((BEFORE, {"first": HOUR}), (at("We 0:00"), {"first": 2 * HOUR}))

    timeline = tell(said("Mo 9:00", ingested="Th 9:00"), rules=rules, live_from=at("Tu 0:00"))

    assert (clock(timeline, "first").version, clock(timeline, "first").due_at) == (2, at("Mo 11:00"))


def test_context_and_message_are_what_rules_see():
    match = Match(channels={3}, campaigns={8}, vip=True, kinds={"review"}, stars_max=2, question=True)
    rules = [Rule("special", match, (version(1, first=HOUR),)), OTHERS]
    review = said("Mo 9:00", kind="review", stars=1, question=True)

    timeline = tell(review, rules=rules, context=Context(channel=3, campaign=8, vip=True))

    assert clock(timeline, "first").rule == "special"


# R2: versions


def test_new_version_serves_new_clocks_only():
    longer = {"first": 4 * HOUR, "next": 4 * HOUR}
    rules = versions((BEFORE, {"first": HOUR, "next": HOUR}), (at("Mo 9:30"), longer))

    timeline = tell(said("Mo 9:00"), replied("Mo 10:00"), said("Mo 11:00"), rules=rules)

    assert [(c.kind, c.version, c.due_at) for c in timeline.clocks if c.kind != "resolution"] == [
        ("first", 1, at("Mo 10:00")),
        ("next", 2, at("Mo 15:00")),
    ]


def test_policies_step_applies_the_new_version_to_open_clocks_only():
    longer = {"first": 9 * HOUR, "next": 4 * HOUR}
    rules = versions((BEFORE, {"first": HOUR, "next": HOUR}), (at("Mo 12:00"), longer))
    facts = said("Mo 9:00"), replied("Mo 9:30"), said("Mo 11:30")

    timeline = tell(*facts, did("Mo 12:10", "policies"), rules=rules)

    assert [(c.kind, c.version, c.due_at) for c in timeline.clocks if c.kind != "resolution"] == [
        ("first", 1, at("Mo 10:00")),
        ("next", 2, at("Mo 15:30")),
    ]


def test_sentiment_corrected_after_a_new_version_stays_with_the_versions_of_its_start():
    rules = versions((BEFORE, {"first": 4 * HOUR}), (at("Mo 9:30"), {"first": HOUR}))

    timeline = tell(said("Mo 9:00"), did("Mo 10:00", "sentiment", "negative"), rules=rules)

    assert (clock(timeline, "first").version, clock(timeline, "first").due_at) == (1, at("Mo 13:00"))


def test_archived_policy_promises_nothing_more_and_keeps_its_history():
    # no more alerts; seen in zammad#4353
    archived_at = at("Mo 12:00")
    rules = [Rule("all", Match(), (version(1, first=HOUR, next=4 * HOUR),), archived_at)]
    facts = said("Mo 9:00"), replied("Mo 10:30"), said("Mo 11:30"), did(archived_at, "policies")

    timeline = tell(*facts, replied("Mo 13:00"), said("Mo 14:00"), rules=rules)

    assert [(c.cycle, c.due_at, c.outcome) for c in timeline.clocks if c.kind != "resolution"] == [
        (1, at("Mo 10:00"), "breached"),
        (2, None, "measured"),
        (3, None, "open"),
    ]


def test_calendar_edited_recomputes_open_clocks_and_leaves_closed_ones():
    # seen in zammad#534, frappe/helpdesk PR #2449
    longer = {"hours": weekly(9, 20), "first": 2 * HOUR, "next": 4 * HOUR}
    rules = versions((BEFORE, {"first": 2 * HOUR, "next": 4 * HOUR}), (at("Mo 15:30"), longer))
    facts = said("Mo 9:00"), replied("Mo 10:00"), said("Mo 15:00")

    before = tell(*facts, rules=rules)
    after = tell(*facts, did("Mo 15:30", "policies"), rules=rules)

    assert clock(after, "first") == clock(before, "first")
    assert [clock(t, "next").due_at for t in (before, after)] == [at("Tu 11:00"), at("Mo 19:00")]


def test_calendar_edited_measures_pauses_anew():
    longer = {"hours": weekly(9, 20), "resolution": 20 * HOUR}
    rules = versions((BEFORE, {"resolution": 20 * HOUR}), (at("Tu 10:00"), longer))
    waited = did("Mo 16:00", "wait_client"), did("Tu 9:00", "resume"), did("Tu 10:00", "policies")

    timeline = tell(said("Mo 9:00"), *waited, rules=rules)

    assert [p.business_seconds for p in timeline.pauses] == [4 * HOUR]
    assert clock(timeline, "resolution").due_at == at("We 11:00")


# R17: judged anew, with grace


def test_corrected_sentiment_changes_the_deadline_and_keeps_the_start():
    timeline = tell(said("Mo 9:00"), did("Mo 9:30", "sentiment", "negative"), rules=[NEGATIVE, OTHERS])

    first = clock(timeline, "first")
    assert (first.rule, first.started_at, first.due_at) == ("negative", at("Mo 9:00"), at("Mo 10:00"))
    assert (first.sentiment, first.grace) == ("negative", False)


def test_deadline_tightened_into_the_past_gets_a_grace_and_says_so():
    timeline = tell(said("Mo 9:00"), did("Mo 12:00", "sentiment", "negative"), rules=[NEGATIVE, OTHERS])

    first = clock(timeline, "first")
    assert (first.due_at, first.grace, first.outcome) == (at("Mo 12:30"), True, "open")


def test_grace_is_as_long_as_the_policy_says():
    strict = Rule("vip", Match(vip=True), (version(1, first=HOUR, minimum_grace=600, warn_percent=50),))

    timeline = tell(said("Mo 9:00"), did("Mo 12:00", "vip", True), rules=[strict, OTHERS])

    first = clock(timeline, "first")
    assert (first.rule, first.due_at, first.warn_at) == ("vip", at("Mo 12:10"), at("Mo 12:00"))


def test_pause_after_a_grace_moves_its_end():
    rules = [NEGATIVE, OTHERS]
    facts = said("Mo 9:00"), replied("Mo 9:30"), said("Mo 10:00"), did("Mo 13:00", "sentiment", "negative")

    timeline = tell(*facts, did("Mo 13:10", "wait_client"), did("Mo 14:10", "resume"), rules=rules)

    second = clock(timeline, "next")
    assert (second.due_at, second.grace, second.paused_seconds) == (at("Mo 14:30"), True, HOUR)


def test_grace_given_within_a_pause_leaves_out_the_rest_of_the_pause_only():
    rules = [NEGATIVE, OTHERS]
    facts = said("Mo 9:00"), replied("Mo 9:30"), said("Mo 10:00"), did("Mo 12:00", "wait_client")

    timeline = tell(*facts, did("Mo 13:00", "sentiment", "negative"), did("Mo 14:00", "resume"), rules=rules)

    second = clock(timeline, "next")
    assert (second.due_at, second.grace, second.paused_seconds) == (at("Mo 14:30"), True, 2 * HOUR)


def test_breach_does_not_disappear_with_a_looser_policy():
    message = said("Mo 9:00", sentiment="negative")

    timeline = tell(message, did("Mo 11:00", "sentiment", "positive"), rules=[NEGATIVE, OTHERS])

    first = clock(timeline, "first")
    assert (first.outcome, first.breached_at, first.rule) == ("breached", at("Mo 10:00"), "negative")


def test_policy_change_after_a_pause_keeps_the_pause():
    # seen in glpi#6902
    rules = [NEGATIVE, OTHERS]
    facts = said("Mo 9:00"), replied("Mo 9:30"), said("Mo 10:00")
    paused = did("Mo 10:15", "wait_client"), did("Mo 12:15", "resume")

    timeline = tell(*facts, *paused, did("Mo 12:30", "sentiment", "negative"), rules=rules)

    second = clock(timeline, "next")
    assert (second.due_at, second.paused_seconds, second.grace) == (at("Mo 13:00"), 2 * HOUR, False)


def test_policy_change_within_a_pause_keeps_the_pause():
    rules = [NEGATIVE, OTHERS]
    facts = said("Mo 9:00"), replied("Mo 9:30"), said("Mo 10:00"), did("Mo 10:15", "wait_client")

    timeline = tell(*facts, did("Mo 13:00", "sentiment", "negative"), did("Mo 14:15", "resume"), rules=rules)

    second = clock(timeline, "next")
    assert (second.due_at, second.paused_seconds, second.grace) == (at("Mo 15:00"), 4 * HOUR, False)


def test_policy_change_after_a_wait_of_years_still_finds_a_deadline():
    later = at("Mo 12:00", week=150)
    rules = versions((BEFORE, {"resolution": 3 * HOUR}), (later, {"resolution": 5 * HOUR}))
    waited = did("Mo 10:00", "wait_client"), did(later, "resume"), did(later + timedelta(hours=1), "policies")

    timeline = tell(said("Mo 9:00"), *waited, rules=rules)

    assert clock(timeline, "resolution").due_at == later + timedelta(hours=4)


@pytest.mark.parametrize("action, match", [("vip", Match(vip=True)), ("campaign", Match(campaigns={True}))])
def test_vip_and_campaign_are_judged_anew(action, match):
    rules = [Rule("special", match, (version(1, first=2 * HOUR),)), OTHERS]

    timeline = tell(said("Mo 9:00"), did("Mo 9:30", action, True), rules=rules)

    assert (clock(timeline, "first").rule, clock(timeline, "first").due_at) == ("special", at("Mo 11:00"))


def test_changed_stars_are_judged_anew():
    rules = [Rule("bad", Match(stars_max=2), (version(1, first=2 * HOUR),)), OTHERS]
    review = said("Mo 9:00", kind="review", stars=4)

    timeline = tell(review, Rating(at("Mo 9:30"), 1, review.id, 4, 1), rules=rules)

    first = clock(timeline, "first")
    assert (first.rule, first.due_at, first.stars) == ("bad", at("Mo 11:00"), 1)


def test_moved_to_a_client_without_next_loses_the_old_deadline():
    # seen in zammad#5624
    moved_at = at("Mo 12:00")
    old = Rule("old", Match(), (version(1, first=HOUR, next=4 * HOUR),), archived_at=moved_at)
    new = Rule("new", Match(), (version(2, first=HOUR),))
    facts = said("Mo 9:00"), replied("Mo 9:30"), said("Mo 11:00"), did(moved_at, "moved")

    timeline = tell(*facts, rules=[old, new])

    second = clock(timeline, "next")
    assert (second.version, second.due_at, second.warn_at) == (2, None, None)
    assert outcome_at(second, at("Fr 12:00")) == "open"


def test_policy_that_comes_later_gives_a_running_measurement_a_deadline():
    rules = [Rule("all", Match(kinds={"review"}), (version(1),)),
             Rule("later", Match(vip=True), (version(2, first=4 * HOUR),))]  # fmt: skip

    timeline = tell(said("Mo 9:00"), did("Mo 10:00", "vip", True), rules=rules)

    assert clock(timeline, "first").due_at == at("Mo 13:00")


# R18: a person's word


def test_sentiment_set_by_a_person_outranks_the_automatic_one_for_the_rest():
    facts = said("Mo 9:00"), did("Mo 9:10", "sentiment", "negative"), replied("Mo 9:30")

    timeline = tell(*facts, said("Mo 10:00", sentiment="positive"), rules=[NEGATIVE, OTHERS])

    second = clock(timeline, "next")
    assert (second.rule, second.sentiment) == ("negative", "negative")


def test_correction_does_not_rewrite_closed_clocks():
    facts = said("Mo 9:00"), replied("Mo 12:00"), did("Mo 13:00", "sentiment", "negative")

    timeline = tell(*facts, rules=[NEGATIVE, OTHERS])

    first = clock(timeline, "first")
    assert (first.rule, first.sentiment, first.outcome) == ("others", "neutral", "met")


# R13: refused at save


@pytest.mark.parametrize(
    "fields, refused",
    [
        ({}, []),
        ({"first": HOUR, "next": HOUR, "resolution": HOUR, "warn_percent": 75}, []),
        ({"first": HOUR, "warn_before": 600, "severity": "critical"}, []),
        ({"reopen_days": 0, "minimum_grace": 0}, []),
        ({"first": 2 * HOUR, "resolution": HOUR}, ["first"]),
        ({"first": 0}, ["first"]),
        ({"next": -1}, ["next"]),
        ({"resolution": 1.5}, ["resolution"]),
        ({"first": True}, ["first"]),
        ({"first": "1h", "next": 0}, ["first", "next"]),
        ({"warn_percent": 0}, ["warn_percent"]),
        ({"warn_percent": 101}, ["warn_percent"]),
        ({"warn_before": 0}, ["warn_before"]),
        ({"warn_percent": 50, "warn_before": 600}, ["warn_before"]),
        ({"reopen_days": -1}, ["reopen_days"]),
        ({"minimum_grace": None}, ["minimum_grace"]),
        ({"severity": "loud"}, ["severity"]),
    ],
)
def test_version_is_checked_before_it_is_saved(fields, refused):
    assert [field for field, _ in check(**fields)] == refused


# R14: warnings


@pytest.mark.parametrize(
    "hours, start, fields, warn_at",
    [
        # seen in glpi PR #22678
        (weekly(8, 18), "Mo 17:00", {"first": 4 * HOUR, "warn_before": HOUR}, at("Tu 10:00")),
        (OFFICE, "Mo 9:00", {"first": 4 * HOUR, "warn_percent": 75}, at("Mo 12:00")),
        (OFFICE, "Mo 16:00", {"first": 4 * HOUR, "warn_percent": 50}, at("Tu 10:00")),
        (OFFICE, "Mo 9:00", {"first": HOUR, "warn_percent": 100}, at("Mo 10:00")),
        (OFFICE, "Mo 12:00", {"first": HOUR, "warn_before": HOUR}, at("Mo 12:00")),
        (OFFICE, "Su 12:00", {"first": HOUR, "warn_before": 2 * HOUR}, at("Mo 9:00", week=1)),
        (OFFICE, "Mo 9:00", {"first": HOUR}, None),
    ],
)
def test_warning_comes_by_percent_or_by_offset_in_business_time(hours, start, fields, warn_at):
    timeline = tell(said(start), rules=promise(hours=hours, **fields))

    assert clock(timeline, "first").warn_at == warn_at


def test_pause_moves_the_warning_too():
    facts = said("Mo 9:00"), did("Mo 9:30", "wait_client"), did("Mo 11:30", "resume")

    timeline = tell(*facts, rules=promise(resolution=4 * HOUR, warn_before=HOUR))

    assert clock(timeline, "resolution").warn_at == at("Mo 14:00")


@pytest.mark.parametrize(
    "severity, when, heard",
    [
        ("normal", at("Tu 0:00"), at("Tu 9:00")),  # no alert at midnight or on Sunday, seen in zammad#4432
        ("normal", at("Su 12:00"), at("Mo 9:00", week=1)),
        ("normal", at("Mo 10:00"), at("Mo 10:00")),
        ("critical", at("Su 12:00"), at("Su 12:00")),
    ],
)
def test_alert_waits_for_the_opening_unless_it_is_critical(severity, when, heard):
    assert alert_at(OFFICE, severity, when) == heard


def test_no_context_is_needed():
    assert replay([said("Mo 9:00")], promise(first=30 * MINUTE), BEFORE).clocks[0].due_at == at("Mo 9:30")


def test_no_rules_and_no_facts_are_an_empty_timeline():
    timeline = tell(rules=NOTHING)

    assert (timeline.clocks, timeline.pauses, timeline.status) == ([], [], "open")
