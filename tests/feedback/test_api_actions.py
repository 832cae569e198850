"""What people do with a conversation over REST, and where it does not apply."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from campaigns import planning
from clients.models import Event
from feedback import tasks
from feedback.models import Alert, Conversation, Correction, Interaction, Reply
from tests import factories
from tests.asking import ask

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def sam(cast, api):
    return api(cast.sam)


@pytest.fixture
def question(line):
    """A conversation on a manual channel in which a customer asks."""
    factories.receive(line, factories.item("Wann macht ihr auf?", at=MONDAY, external_id="q1"))
    return factories.conversation(line)


@pytest.fixture
def posted(cast, in_scope):
    """The same on a network that takes replies."""
    line = factories.channel(cast.bakery, "town", "sandbox")
    factories.receive(line, factories.item("Wann macht ihr auf?", at=MONDAY, external_id="q1"))
    return factories.conversation(line)


def act(api, conversation, action: str, body=None):
    return ask(api, "POST", f"/conversations/{conversation.id}/{action}/", body)


def outcomes(answer) -> dict:
    return {clock["kind"]: clock["outcome"] for clock in answer.json()["clocks"]}


def fields(answer) -> list[str]:
    return [error["field"] for error in answer.json()["errors"]]


def test_a_reply_on_a_manual_channel_stops_the_clock_at_once(cast, question, sam):
    answer = act(sam, question, "reply", {"text": "Um 8 Uhr.", "sent_at": "2026-03-02T10:00:00Z", "then": "resolve"})

    assert answer.status_code == 201
    assert (answer.json()["reply"]["state"], answer.json()["status"]) == ("delivered", "resolved")
    assert answer.json()["answered_at"] == "2026-03-02T10:00:00Z"
    assert outcomes(answer) == {"first": "met"}
    assert answer.json()["replies"] == []


def test_a_reply_on_a_network_is_queued_and_meets_nothing_yet(posted, sam):
    answer = act(sam, posted, "reply", {"text": "Um 8 Uhr.", "parent_id": "q1"})

    reply = answer.json()["reply"]
    assert (answer.status_code, reply["state"], reply["parent_id"]) == (202, "queued", "q1")
    assert outcomes(answer) == {"first": "breached"}
    assert answer.json()["replies"] == [reply]
    assert ask(sam, "GET", f"/replies/{reply['id']}/").json() == reply


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"), ({"text": ""}, "text"), ({"text": " "}, "text"), ({"text": 5}, "text"), ({"text": None}, "text"),
        ({"text": "x" * 2001}, "text"), ({"text": "x", "then": "spam"}, "then"), ({"text": "x", "then": ""}, "then"),
        ({"text": "x", "sent_at": "2026-03-02T10:00:00Z"}, "sent_at"), ({"text": "x", "parent_id": "q2"}, "parent_id"),
        ({"text": "x", "parent_id": []}, "parent_id"), ({"text": "x", "also": 1}, "also"),
    ],
)  # fmt: skip
def test_a_reply_that_can_not_be_sent_is_refused_by_field(posted, sam, body, field):
    answer = act(sam, posted, "reply", body)

    assert (answer.status_code, fields(answer)) == (400, [field])
    assert Reply.objects.count() == 0


def test_a_reply_is_not_given_in_the_future(question, sam):
    answer = act(sam, question, "reply", {"text": "x", "sent_at": "2099-01-01T00:00:00Z"})

    assert (answer.status_code, fields(answer)) == (400, ["sent_at"])


def test_only_a_failed_reply_is_sent_again(posted, sam):
    id = act(sam, posted, "reply", {"text": "Um 8 Uhr."}).json()["reply"]["id"]

    early = ask(sam, "POST", f"/replies/{id}/retry/")
    Reply.objects.update(state="failed", error="no")
    again = ask(sam, "POST", f"/replies/{id}/retry/")

    assert (early.status_code, early.json()["code"]) == (409, "not_failed")
    assert (again.status_code, again.json()["state"], again.json()["error"]) == (202, "queued", "")
    assert ask(sam, "POST", f"/replies/{id + 1}/retry/").status_code == 404


def test_writing_a_reply_nudges_the_sweep_after_the_commit(
    posted, sam, django_capture_on_commit_callbacks, monkeypatch
):
    nudged = []
    monkeypatch.setattr(tasks.deliver_replies, "apply_async", lambda *args, **options: nudged.append("delivery"))

    with django_capture_on_commit_callbacks() as callbacks:
        act(sam, posted, "reply", {"text": "Um 8 Uhr."})

    assert nudged == []
    [callback() for callback in callbacks]
    assert nudged == ["delivery"]


def test_a_note_stops_no_clock(cast, question, sam):
    answer = act(sam, question, "note", {"text": "Stammkundin"})

    assert (answer.status_code, outcomes(answer)) == (200, {"first": "breached"})
    assert [(n["user"], n["text"]) for n in answer.json()["notes"]] == [(cast.sam.email, "Stammkundin")]


def test_a_conversation_is_given_to_me_to_others_and_to_nobody(cast, question, sam):
    given = [
        act(sam, question, "assign", {"assignee": who}).json()["assignee"] for who in ("me", cast.olga.email, None)
    ]

    assert given == [cast.sam.email, cast.olga.email, None]
    assert Event.objects.filter(action="conversation.assigned").count() == 3


@pytest.mark.parametrize("who", ["ana@people.example", "zoe@people.example", "absent@people.example", ""])
def test_a_conversation_is_given_only_to_those_who_serve_the_client(question, sam, who):
    assert act(sam, question, "assign", {"assignee": who}).status_code in (400, 404)
    assert Conversation.objects.get(id=question.id).assignee is None


def test_snoozing_ends_with_its_hour_or_by_hand(question, sam):
    until = (timezone.now() + HOUR).isoformat()

    asleep = act(sam, question, "snooze", {"until": until}).json()["snoozed_until"]
    past = act(sam, question, "snooze", {"until": "2026-03-02T10:00:00Z"})
    awake = act(sam, question, "snooze", {"until": None}).json()["snoozed_until"]

    assert (datetime.fromisoformat(asleep), awake) == (datetime.fromisoformat(until), None)
    assert (past.status_code, fields(past)) == (400, ["until"])


@pytest.mark.parametrize("on", ["customer", "client"])
def test_waiting_is_resumed(question, sam, on):
    steps = [act(sam, question, "wait", {"on": on, "reason": "Lieferant"}), act(sam, question, "resume")]

    assert [step.json()["status"] for step in steps] == [f"waiting_{on}", "open"]


def test_a_conversation_runs_through_its_states(question, sam):
    actions = ("resolve", "archive", "reopen", "spam", "not_spam", "block", "not_spam")

    states = [act(sam, question, action, {"reason": "weil"}).json()["status"] for action in actions]

    assert states == ["resolved", "archived", "open", "spam", "open", "spam", "open"]


@pytest.mark.parametrize(
    ("before", "action", "body"),
    [
        ([], "resume", None), ([], "reopen", None), ([], "not_spam", None), ([], "no_reply_needed", None),
        (["resolve"], "resolve", None), (["resolve"], "wait", {"on": "client"}), (["archive"], "archive", None),
        (["spam"], "spam", None), (["spam"], "resolve", None), (["spam"], "reply", {"text": "x"}),
    ],
)  # fmt: skip
def test_what_does_not_apply_is_a_conflict_and_changes_nothing(question, sam, before, action, body):
    for step in before:
        act(sam, question, step)
    version = Conversation.objects.get(id=question.id).version

    answer = act(sam, question, action, body)

    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    assert Conversation.objects.get(id=question.id).version == version


def test_spam_cancels_and_never_meets(line, sam):
    factories.receive(line, factories.item("Kaufen Sie Follower", at=timezone.now() - timedelta(minutes=3)))

    assert outcomes(act(sam, factories.conversation(line), "spam")) == {"first": "cancelled"}


@pytest.fixture
def fresh(line):
    """A question that was asked, answered and thanked for within the last minutes."""
    now = timezone.now()
    factories.receive(line, factories.item("Wann macht ihr auf?", at=now - timedelta(minutes=9)))
    factories.receive(line, factories.answer(at=now - timedelta(minutes=6)))
    factories.receive(line, factories.item("Danke, das hilft", at=now - timedelta(minutes=3)))
    return factories.conversation(line)


def test_a_thank_you_needs_no_reply(fresh, sam):
    answer = act(sam, fresh, "no_reply_needed", {"reason": "Dank"})

    assert outcomes(answer) == {"first": "met", "next": "cancelled"}
    assert [c["stop_reason"] for c in answer.json()["clocks"] if c["kind"] == "next"] == ["no_reply_needed"]


def test_two_conversations_become_one(line, question, sam):
    factories.receive(line, factories.item("Noch etwas", at=MONDAY + HOUR, thread="t2"))
    other = factories.conversation(line, "t2")

    merged = act(sam, other, "merge", {"into": question.id})

    assert (merged.status_code, merged.json()["status"], merged.json()["merged_into"]) == (200, "merged", question.id)
    texts = ask(sam, "GET", f"/conversations/{question.id}/interactions/").json()["results"]
    assert [row["text"] for row in texts] == ["Wann macht ihr auf?", "Noch etwas"]
    assert act(sam, question, "merge", {"into": question.id}).status_code == 400
    assert act(sam, question, "merge", {"into": other.id + 99}).status_code == 404


def test_vip_and_campaign_are_set_and_taken_back(cast, question, sam):
    planning.add_campaign(client=cast.bakery, actor=cast.sam, slug="xmas", name="X")
    planning.add_campaign(client=cast.florist, actor=cast.sam, slug="roses", name="R")

    assert act(sam, question, "vip", {"vip": True}).json()["vip"] is True
    assert act(sam, question, "vip", {"vip": False}).json()["vip"] is False
    assert act(sam, question, "campaign", {"campaign": "xmas"}).json()["campaign"] == "xmas"
    assert act(sam, question, "campaign", {"campaign": "roses"}).status_code == 404
    assert act(sam, question, "campaign", {"campaign": None}).json()["campaign"] is None


@pytest.mark.parametrize(
    ("action", "body", "field"),
    [
        ("note", {}, "text"), ("note", {"text": 1}, "text"), ("note", {"text": "x" * 20_001}, "text"),
        ("assign", {}, "assignee"), ("assign", {"assignee": 1}, "assignee"), ("snooze", {}, "until"),
        ("snooze", {"until": "tomorrow"}, "until"), ("snooze", {"until": "2099-01-01T00:00:00"}, "until"),
        ("wait", {}, "on"), ("wait", {"on": "weather"}, "on"), ("resolve", {"reason": []}, "reason"),
        ("resolve", {"why": "x"}, "why"), ("merge", {}, "into"), ("merge", {"into": "1"}, "into"),
        ("merge", {"into": True}, "into"), ("merge", {"into": 0}, "into"), ("vip", {"vip": "yes"}, "vip"),
        ("vip", {"vip": None}, "vip"), ("campaign", {"campaign": 1}, "campaign"), ("spam", [], ""), ("spam", 5, ""),
        ("snooze", {"until": "9999-12-31T23:59:59Z"}, "until"),
    ],
)  # fmt: skip
def test_a_body_that_makes_no_sense_is_refused_by_field(question, sam, action, body, field):
    answer = act(sam, question, action, body)

    assert (answer.status_code, fields(answer)) == (400, [field])


def test_triage_is_corrected_and_the_promise_judged_again(line, sam):
    factories.receive(line, factories.item("Wann macht ihr auf?", at=timezone.now() - timedelta(minutes=1)))
    message = Interaction.objects.get()

    corrected = ask(sam, "POST", f"/interactions/{message.id}/correct/", {"sentiment": "negative", "urgency": "high"})

    assert (corrected.json()["sentiment"], corrected.json()["urgency"]) == ("negative", "high")
    assert Correction.objects.count() == 2
    shown = ask(sam, "GET", f"/conversations/{message.conversation_id}/").json()
    assert (shown["sentiment"], shown["clocks"][0]["target_seconds"]) == ("negative", 7200)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, ""), ({"sentiment": "angry"}, "sentiment"), ({"urgency": None}, "urgency"), ({"language": "xx"}, "language"),
        ({"question": 1}, "question"), ({"text": "x"}, "text"), ({"sentiment": ["negative"]}, "sentiment"),
    ],
)  # fmt: skip
def test_a_correction_is_checked_by_field(question, sam, body, field):
    answer = ask(sam, "POST", f"/interactions/{Interaction.objects.get().id}/correct/", body)

    assert (answer.status_code, fields(answer)) == (400, [field])


def alert(conversation, user, **values) -> Alert:
    given = {"kind": "first", "cycle": 1, "level": "breach", "due_at": MONDAY, "deliver_at": MONDAY} | values
    return Alert.objects.create(client_id=conversation.client_id, conversation=conversation, recipient=user, **given)


def test_alerts_are_ones_own_and_shown_when_they_are_due(cast, question, sam):
    own = alert(question, cast.sam)
    alert(question, cast.olga)
    alert(question, cast.sam, level="warning", deliver_at=timezone.now() + HOUR)

    rows = ask(sam, "GET", "/alerts/").json()["results"]

    assert [(row["id"], row["client"], row["conversation"], row["read_at"]) for row in rows] == [
        (own.id, "bakery", question.id, None)
    ]


def test_an_alert_is_read_once_and_by_its_recipient(cast, question, sam, api):
    own, other = alert(question, cast.sam), alert(question, cast.olga)

    first = ask(sam, "POST", f"/alerts/{own.id}/read/").json()["read_at"]
    again = ask(sam, "POST", f"/alerts/{own.id}/read/").json()["read_at"]

    assert (first is not None, first == again) == (True, True)
    assert ask(sam, "POST", f"/alerts/{other.id}/read/").status_code == 404
    assert ask(sam, "GET", "/alerts/?unread=true").json()["results"] == []
    assert len(ask(sam, "GET", "/alerts/?unread=false").json()["results"]) == 1
    assert ask(api(cast.olga, clients=[cast.florist]), "GET", "/alerts/").json()["results"] == []
