"""The playbook: what criticism asks for, four eyes that nothing passes by, incidents opened once, a log in the open."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from agency.models import Role
from campaigns.models import Decision, Post, Publication
from clients.models import Notice
from clients.refusal import Conflict, Refused
from clients.scope import scope
from feedback import cases, desk, disclosures, eyes, incidents, playbook, sending, stack
from feedback.models import Case, Clock, Conversation, Disclosure, Incident, IncidentEntry, Reply
from tests import factories
from tests.clients.networks import town
from tests.parallel import in_parallel

T = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BAD = "Unfassbar schlecht und unfreundlich, nie wieder!"


@pytest.fixture
def eve(cast):
    """An editor beside Sam, who is a manager."""
    return factories.member(cast.agency, "eve", Role.EDITOR, [cast.bakery, cast.florist])


def talk(channel, text=BAD, thread="t1", ago=HOUR, **fields) -> Conversation:
    now = timezone.now()
    factories.receive(channel, factories.item(text, at=now - ago, thread=thread, **fields), now=now)
    return factories.conversation(channel, thread)


def one_star(channel, thread="r1", **fields) -> Conversation:
    return talk(channel, thread=thread, kind="review", stars=1, **fields)


@pytest.mark.parametrize(
    ("text", "stars", "reasons", "kind"),
    [
        ("Die Öffnungszeiten auf eurer Seite: das stimmt gar nicht.", None, (), "factual_error"),
        ("Your price list is incorrect.", None, (), "factual_error"),
        ("Ich warte seit drei Wochen auf meine Bestellung!", 1, (), "justified_complaint"),
        ("Sehr enttäuscht.", 2, (), "justified_complaint"),
        ("Nie wieder.", None, ("refund",), "justified_complaint"),
        ("", 1, (), "unfair"),
        ("Saftladen!", None, (), "troll"),
        ("Ich bringe euch um", None, (), "illegal"),
        ("We will burn your shop, I'll kill you", 1, (), "illegal"),
        ("Hat mir leider überhaupt nicht gefallen.", None, (), "justified_complaint"),
    ],
)
def test_the_words_suggest_a_kind(text, stars, reasons, kind):
    assert playbook.suggest(text, stars, reasons) == kind


@pytest.mark.parametrize(
    ("kind", "stars", "more", "needed"),
    [
        ("unfair", None, {}, False),
        ("unfair", 1, {}, True),
        ("unfair", 2, {}, False),
        ("unfair", 2, {"most_stars": 2}, True),
        ("unfair", 1, {"most_stars": 0}, True),
        ("illegal", None, {}, True),
        ("troll", None, {"kinds": ("troll",)}, True),
        (None, None, {"kinds": ("troll",)}, False),
        (None, 1, {}, True),
    ],
)
def test_four_eyes_are_needed_by_rule(kind, stars, more, needed):
    assert playbook.four_eyes(kind, stars, **more) == needed


@pytest.mark.parametrize("kind", playbook.KINDS)
def test_every_kind_ends_with_recording_how(kind):
    handling = playbook.KINDS[kind]

    assert handling.steps[-1] == "record_outcome"
    assert set(handling.outcomes) <= set(playbook.OUTCOMES)
    assert playbook.missing(kind, handling.steps[:2]) == handling.steps[2:]


@pytest.mark.parametrize(
    ("minutes", "count", "span", "found"),
    [
        ([], 2, 60, False),
        ([0, 60], 2, 60, True),
        ([0, 61], 2, 60, False),
        ([0, 100, 130, 150], 3, 60, True),
        ([0, 40, 80, 120], 3, 60, False),
    ],
)
def test_criticism_gathers_within_a_span(minutes, count, span, found):
    times = [T + minute * MINUTE for minute in minutes]

    assert playbook.gathered(times, count, span * MINUTE) == found


def test_a_crisis_is_told_by_its_post_or_by_its_channel():
    said = [(n, "p1" if n < 3 else f"q{n}" if n < 5 else "", T + n * MINUTE) for n in range(6)]

    assert playbook.crises(said, 3, HOUR) == [("p1", (0, 1, 2)), ("", (3, 4, 5))]
    assert playbook.crises(said, 4, HOUR) == [("", (0, 1, 2, 3, 4, 5))]
    assert playbook.crises(said, 7, HOUR) == []


def test_a_case_is_chosen_worked_on_and_closed(line, cast):
    row = talk(line)

    guess = cases.told(row)
    cases.choose(conversation=row, user=cast.sam, kind="unfair")
    cases.do(conversation=row, user=cast.sam, step="check_facts")
    cases.do(conversation=row, user=cast.sam, step="check_facts")
    cases.do(conversation=row, user=cast.sam, step="answer_calmly")
    cases.do(conversation=row, user=cast.sam, step="answer_calmly", done=False)
    half = cases.told(row)
    cases.close(conversation=row, user=cast.sam, outcome="recovered")

    told = cases.told(row)
    assert (guess.case.pk, guess.case.kind) == (None, "justified_complaint")
    assert half.missing == ("answer_calmly", "show_own_view", "record_outcome")
    assert (told.case.kind, told.case.chooser, told.case.outcome) == ("unfair", cast.sam, "recovered")
    assert Case.objects.count() == 1


@pytest.mark.parametrize(
    ("outcome", "note", "field"), [("", "", "outcome"), ("won", "", "outcome"), ("stands", " ", "reason")]
)
def test_an_outcome_has_to_make_sense(line, cast, outcome, note, field):
    row = talk(line)

    with pytest.raises(Refused) as refused:
        cases.close(conversation=row, user=cast.sam, outcome=outcome, note=note)

    assert refused.value.errors[0][0] == field


@pytest.mark.parametrize("close", [desk.resolve, desk.archive])
def test_criticism_is_not_closed_without_an_outcome(line, cast, close):
    row, praise = talk(line), talk(line, "Danke, wunderbar!", thread="t2")

    close(conversation=praise, user=cast.sam)
    with pytest.raises(Refused) as refused:
        close(conversation=row, user=cast.sam)
    close(conversation=row, user=cast.sam, outcome="stands", reason="Dreimal Hilfe angeboten.")

    assert [error[0] for error in refused.value.errors] == ["outcome"]
    assert (Case.objects.get().outcome, Case.objects.get().note) == ("stands", "Dreimal Hilfe angeboten.")


def test_neither_an_answer_nor_a_stack_closes_it_without_one(line, cast):
    row = talk(line)

    with pytest.raises(Refused):
        desk.answer(conversation=row, user=cast.sam, text="Es tut uns leid.", then="resolve")
    done = stack.resolve(conversations=[row, talk(line, "Hallo", thread="t2")], user=cast.sam)

    assert [one.thread_id for one in done] == ["t2"]


def test_an_answer_to_one_star_waits_for_a_colleague(social, cast, eve):
    channel, account = social
    reply = desk.answer(conversation=one_star(channel), user=cast.sam, text="Es tut uns leid.")

    sending.deliver_due(now=timezone.now())
    before = town.stats(account)["by_key"]
    running = Clock.objects.get(kind="first").stopped_at
    eyes.release(reply=reply, user=eve, version=1)
    sending.deliver_due(now=timezone.now())

    reply.refresh_from_db()
    assert (before, running) == ({}, None)
    assert (reply.state, reply.releaser) == ("delivered", eve)
    assert Clock.objects.get(kind="first").stopped_at == reply.delivered_at
    assert set(Notice.objects.filter(kind="reply_waits").values_list("recipient__email", flat=True)) == {
        eve.email, cast.olga.email,
    }  # fmt: skip


def test_the_second_pair_of_eyes_is_somebody_elses(social, cast, eve):
    reply = desk.answer(conversation=one_star(social[0]), user=cast.sam, text="Es tut uns leid.")

    with pytest.raises(Conflict) as own:
        eyes.release(reply=reply, user=cast.sam)
    eyes.give_back(reply=reply, user=eve, remark="Zu knapp.")
    with pytest.raises(Conflict):
        eyes.release(reply=reply, user=eve)
    eyes.revise(reply=reply, user=cast.sam, text="Es tut uns sehr leid.")
    with pytest.raises(Conflict) as stale:
        eyes.release(reply=reply, user=eve, version=1)
    eyes.release(reply=reply, user=eve, version=2)

    reply.refresh_from_db()
    assert (own.value.code, stale.value.code, reply.state) == ("four_eyes", "changed_meanwhile", "queued")
    with pytest.raises(Conflict):
        eyes.release(reply=reply, user=eve)


def test_whoever_writes_it_anew_can_not_release_it(social, cast, eve):
    reply = desk.answer(conversation=one_star(social[0]), user=cast.sam, text="Es tut uns leid.")

    eyes.revise(reply=reply, user=eve, text="Das tut uns leid.")
    with pytest.raises(Conflict):
        eyes.release(reply=reply, user=eve)
    eyes.release(reply=reply, user=cast.sam)

    assert Reply.objects.get().state == "queued"


def test_on_a_manual_channel_it_is_released_before_it_is_given(line, cast, eve):
    row = one_star(line)

    with pytest.raises(Conflict):
        desk.answer(conversation=row, user=cast.sam, text="Schon gesagt.", sent_at=timezone.now())
    reply = desk.answer(conversation=row, user=cast.sam, text="Es tut uns leid.")
    with pytest.raises(Conflict):
        eyes.given(reply=reply, user=cast.sam)
    eyes.release(reply=reply, user=eve)
    running = Clock.objects.get(kind="first").stopped_at
    eyes.given(reply=reply, user=cast.sam)

    reply.refresh_from_db()
    assert (running, reply.state) == (None, "delivered")
    assert Clock.objects.get(kind="first").stopped_at is not None


def test_a_failed_answer_is_not_sent_again_past_four_eyes(social, cast):
    row = talk(social[0])
    reply = desk.answer(conversation=row, user=cast.sam, text="Hm.")
    Reply.objects.update(state="failed")

    cases.choose(conversation=row, user=cast.sam, kind="illegal")
    with pytest.raises(Conflict) as refused:
        desk.retry(reply=reply, user=cast.sam)

    assert refused.value.code == "four_eyes"


def test_what_is_queued_is_held_when_it_turns_out_illegal(social, cast):
    row = talk(social[0])
    reply = desk.answer(conversation=row, user=cast.sam, text="Hm.")

    cases.choose(conversation=row, user=cast.sam, kind="illegal")
    sending.deliver_due(now=timezone.now())

    reply.refresh_from_db()
    assert (reply.state, town.stats(social[1])["by_key"]) == ("review", {})


def test_what_is_illegal_is_answered_by_those_who_lead(social, cast, eve):
    row = talk(social[0])
    cases.choose(conversation=row, user=cast.sam, kind="illegal")

    with pytest.raises(Conflict) as refused:
        desk.answer(conversation=row, user=eve, text="Weg damit.")
    reply = desk.answer(conversation=row, user=cast.sam, text="Das haben wir gemeldet.")
    with pytest.raises(Conflict) as again:
        eyes.release(reply=reply, user=eve)
    eyes.release(reply=reply, user=cast.olga)

    assert {refused.value.code, again.value.code} == {"not_your_role"}


@pytest.mark.django_db(transaction=True)
def test_two_who_release_at_once_release_once(cast, eve):
    with scope([cast.bakery.id]):
        reply = desk.answer(
            conversation=one_star(factories.channel(cast.bakery, "counter")), user=cast.sam, text="Es tut uns leid."
        )

    def release():
        with scope([cast.bakery.id]):
            try:
                return eyes.release(reply=reply, user=eve).state
            except Conflict as error:
                return error.code

    assert sorted(in_parallel(release)) == ["not_waiting", "released"]


def test_the_api_can_not_pass_four_eyes_by(social, cast, eve, api):
    row = one_star(social[0])
    mine, hers = api(cast.sam), api(eve)

    told = mine.post(f"/api/v1/conversations/{row.id}/reply/", {"text": "Es tut uns leid."}, format="json")
    reply = told.json()["reply"]
    own = mine.post(f"/api/v1/replies/{reply['id']}/release/", {}, format="json")
    retry = mine.post(f"/api/v1/replies/{reply['id']}/retry/", {}, format="json")
    returned = hers.post(f"/api/v1/replies/{reply['id']}/return/", {"remark": "Wärmer."}, format="json")
    anew = mine.post(f"/api/v1/replies/{reply['id']}/revise/", {"text": "Das tut uns sehr leid."}, format="json")
    released = hers.post(f"/api/v1/replies/{reply['id']}/release/", {"version": 2}, format="json")

    assert (told.status_code, reply["state"]) == (202, "review")
    assert (own.status_code, own.json()["code"]) == (409, "four_eyes")
    assert retry.status_code == 409
    assert (returned.json()["state"], returned.json()["remark"]) == ("returned", "Wärmer.")
    assert anew.json()["state"] == "review"
    assert (released.status_code, released.json()["releaser"]) == (200, eve.email)


@pytest.mark.parametrize(("kind", "stars"), [("illegal", None), ("unfair", 1)])
def test_what_was_said_elsewhere_is_a_fact_and_sends_nothing(line, cast, api, kind, stars):
    """Four eyes guard what we send; an answer that the owner gave on the network itself can only be written down."""
    row = talk(line, kind="review" if stars else "comment", stars=stars)
    cases.choose(conversation=row, user=cast.sam, kind=kind)
    said = {
        "client": "bakery", "channel": line.slug, "external_id": "elsewhere", "thread_id": "t1", "direction": "out",
        "kind": "comment", "author": {"id": "us", "name": "Bakery"}, "text": "Das tut uns leid.",
        "created_at": timezone.now().isoformat(),
    }  # fmt: skip

    answer = api(cast.sam).post("/api/v1/interactions/", said, format="json")

    row.refresh_from_db()
    assert (answer.status_code, Reply.objects.count(), cases.needs_four_eyes(row)) == (201, 0, True)
    assert row.interactions.filter(direction="out").values_list("external_id", flat=True).get() == "elsewhere"
    assert not Clock.objects.filter(conversation=row, kind="first", stopped_at=None).exists()


def test_cases_over_the_api(line, cast, api):
    row, caller = talk(line), api(cast.sam)
    at = f"/api/v1/conversations/{row.id}/case/"

    none = caller.get(at)
    caller.post(at, {"kind": "unfair"}, format="json")
    caller.post(f"{at}steps/", {"step": "check_facts"}, format="json")
    refused = caller.post(f"/api/v1/conversations/{row.id}/resolve/", {}, format="json")
    closed = caller.post(f"{at}close/", {"outcome": "settled"}, format="json")
    resolved = caller.post(f"/api/v1/conversations/{row.id}/resolve/", {}, format="json")

    assert (none.status_code, refused.status_code, resolved.status_code) == (404, 400, 200)
    assert (closed.json()["kind"], closed.json()["outcome"]) == ("unfair", "settled")
    assert [step["step"] for step in closed.json()["done"]] == ["check_facts", "record_outcome"]
    listed = caller.get("/api/v1/cases/?client=bakery&closed=true&outcome=settled").json()["results"]
    assert [one["conversation"] for one in listed] == [row.id]


def storm(channel, count, post="", first=0, ago=HOUR):
    return [
        talk(channel, thread=f"s{n}", ago=ago - n * MINUTE, parent_id=post or None) for n in range(first, first + count)
    ]


def test_a_crisis_opens_one_incident_and_tells_once(line, cast):
    storm(line, 4)
    incidents.watch(now=timezone.now())
    calm = Incident.objects.count()

    storm(line, 1, first=4)
    incidents.watch(now=timezone.now())
    storm(line, 2, first=5)
    incidents.watch(now=timezone.now())
    incidents.watch(now=timezone.now())

    incident = Incident.objects.get()
    assert calm == 0
    assert (incident.cases.count(), incident.owner, incident.post) == (7, None, "")
    assert Notice.objects.filter(kind="incident_opened", recipient=cast.sam).count() == 1
    assert Case.objects.count() == 7


def test_a_crisis_is_counted_as_the_client_wants_it(line, cast):
    cases.change_rules(client=cast.bakery, actor=cast.sam, crisis_count=2, crisis_minutes=5)
    storm(line, 2, post="p-1")
    talk(line, thread="other", ago=3 * HOUR)

    incidents.watch(now=timezone.now())

    assert list(Incident.objects.values_list("post", flat=True)) == ["p-1"]
    assert Case.objects.filter(incident=None).count() == 1


def test_praise_history_and_spam_make_no_crisis(line, cast):
    for n in range(6):
        talk(line, "Danke, wunderbar!", thread=f"p{n}")
    for row in storm(line, 5):
        desk.spam(conversation=row, user=cast.sam, reason="Bots")

    incidents.watch(now=timezone.now())

    assert Incident.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_open_one_incident(cast):
    with scope([cast.bakery.id]):
        storm(factories.channel(cast.bakery, "counter"), 6)
    now = timezone.now()

    def look():
        with scope([cast.bakery.id]):
            return [one.id for one in incidents.look(cast.bakery.id, now=now)]

    in_parallel(look, 3)

    with scope([cast.bakery.id]):
        assert Incident.objects.count() == 1
        assert Incident.objects.get().cases.count() == 6
        assert IncidentEntry.objects.filter(kind="opened").count() == 1
        assert Notice.objects.filter(kind="incident_opened", recipient=cast.sam).count() == 1


def test_an_incident_is_led_decided_and_closed(line, cast, eve, api):
    row, other = talk(line), talk(line, thread="t2")
    caller = api(cast.sam)

    made = caller.post("/api/v1/incidents/", {"conversation": row.id, "title": "Brot"}, format="json").json()
    at = f"/api/v1/incidents/{made['id']}/"
    again = caller.post("/api/v1/incidents/", {"conversation": row.id, "title": "Brot"}, format="json")
    caller.post(f"{at}link/", {"conversation": other.id}, format="json")
    caller.post(f"{at}lead/", {"owner": eve.email}, format="json")
    caller.post(f"{at}decide/", {"text": "Wir antworten einzeln."}, format="json")
    silent = caller.post(f"{at}close/", {"summary": " "}, format="json")
    closed = caller.post(f"{at}close/", {"summary": "Vorbei."}, format="json").json()
    late = caller.post(f"{at}decide/", {"text": "Noch etwas."}, format="json")

    assert (again.status_code, silent.status_code, late.status_code) == (409, 400, 409)
    assert (closed["owner"], closed["summary"], closed["conversations"]) == (eve.email, "Vorbei.", [row.id, other.id])
    assert [entry["kind"] for entry in closed["entries"]] == ["opened", "linked", "owner", "decision", "closed"]
    assert Notice.objects.filter(kind="incident_yours", recipient=eve).count() == 1


@pytest.mark.parametrize("act", [desk.spam, desk.block])
def test_criticism_is_silenced_only_for_a_reason(line, cast, act):
    row, praise = talk(line), talk(line, "Danke, wunderbar!", thread="t2")

    with pytest.raises(Refused) as refused, transaction.atomic():
        act(conversation=row, user=cast.sam)
    desk.spam(conversation=praise, user=cast.sam)
    act(conversation=row, user=cast.sam, reason="Beleidigt eine Mitarbeiterin.")

    written = Disclosure.objects.get()
    assert refused.value.errors[0][0] == "reason"
    assert (written.action, written.conversation_id, written.said) == (act.__name__, row.id, BAD)


def test_the_log_in_the_open_is_read_by_the_client_and_never_changed(line, cast, api, client):
    row = talk(line)
    asked = {"reason": "Adresse einer Mitarbeiterin."}

    made = api(cast.sam).post(f"/api/v1/conversations/{row.id}/hide/", asked, format="json")
    none = api(cast.sam).post(f"/api/v1/conversations/{row.id}/delete/", {"reason": " "}, format="json")
    theirs = api(cast.ana).get("/api/v1/transparency/").json()["results"]
    others = api(cast.flo).get("/api/v1/transparency/").json()["results"]
    client.force_login(cast.ana)
    page = client.get("/portal/transparency/")

    assert (made.status_code, none.status_code, others) == (201, 400, [])
    assert [(one["action"], one["by_hand"]) for one in theirs] == [("hide", True)]
    assert "Adresse einer Mitarbeiterin." in page.content.decode()
    for change in (Disclosure.objects.update, Disclosure.objects.all().delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change(**({"reason": "x"} if change == Disclosure.objects.update else {}))


def test_a_decision_in_the_clients_place_is_told_with_its_reason(cast, in_scope, line, api, client):
    post = Post.objects.create(client=cast.bakery, kind="tip", text="Rundstücke am Sonntag")
    row = Publication.objects.create(client=cast.bakery, post=post, channel=line, state="scheduled")
    for stage, reason in (("client", "am Telefon"), ("client", ""), ("internal", "eilig")):
        Decision.objects.create(
            client=cast.bakery, publication=row, stage=stage, verdict="approve", hash="x", reason=reason, user=cast.sam
        )

    told = api(cast.ana).get("/api/v1/transparency/?what=decided").json()["results"]
    foreign = api(cast.flo).get("/api/v1/transparency/?what=decided").json()["results"]
    client.force_login(cast.ana)
    page = client.get("/portal/transparency/").content.decode()

    assert ([one["reason"] for one in told], foreign) == (["am Telefon"], [])
    assert ("am Telefon" in page, "Rundstücke am Sonntag" in page, "eilig" in page) == (True, True, False)


def test_what_the_agency_decided_for_the_client_is_told(cast, in_scope, api):
    assert api(cast.ana).get("/api/v1/transparency/?what=decided").json()["results"] == []
    assert list(disclosures.decided([cast.bakery.id])) == []


def test_recovered_counts_by_local_month_and_client(line, cast):
    ends = [("recovered", 1), ("settled", 1), ("stands", 40), ("recovered", 40), ("recovered", 41)]
    for n, (outcome, days) in enumerate(ends):
        row = talk(line, thread=f"t{n}")
        at = datetime(2026, 5, 31, 12, tzinfo=UTC) - timedelta(days=days)
        cases.close(conversation=row, user=cast.sam, outcome=outcome, note="x", at=at)

    found = cases.recovered([cast.bakery.id], datetime(2026, 4, 1).date(), datetime(2026, 5, 31).date())

    assert {(month.month, one.closed, one.recovered) for (_, month), one in found.items()} == {(5, 2, 1), (4, 3, 2)}
    assert cases.total(found.values()).share == 3 / 5
