"""The inbox as people use it: what each sees, what the forms decide, what happens when two are at one conversation."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agency.models import Role
from clients import calendars
from clients.models import Calendar
from clients.scope import scope
from feedback import desk, presence, promises
from feedback.models import Conversation, Correction, Interaction, Note, Reply
from tests import factories

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
UNCHANGED_QUERIES = 5


@pytest.fixture
def sam(cast, client):
    client.force_login(cast.sam)
    return client


@pytest.fixture
def other(cast):
    """A colleague of Sam's at the same clients."""
    person = factories.member(cast.agency, "eve", Role.EDITOR, [cast.bakery, cast.florist])
    browser = Browser()
    browser.force_login(person)
    browser.person = person
    return browser


def talk(
    client, text: str = "Wann macht ihr auf?", thread: str = "t1", ago: timedelta = HOUR, **fields
) -> Conversation:
    """A customer's message so long ago, on the client's manual channel."""
    with scope([client.id]):
        line = client.channels.first() or factories.channel(client, f"{client.slug}-desk")
        now = timezone.now()
        factories.receive(line, factories.item(text, at=now - ago, thread=thread, **fields), now=now)
        return factories.conversation(line, thread)


def at(conversation: Conversation, more: str = "") -> str:
    return f"/inbox/{conversation.client.slug}/{conversation.id}/{more}"


def now_of(conversation: Conversation) -> Conversation:
    with scope([conversation.client_id]):
        return Conversation.objects.select_related("assignee").get(id=conversation.id)


def names(answer) -> list[str]:
    return [row.conversation.thread_id for row in answer.context["rows"]]


def queries(browser, address: str, **headers) -> int:
    with CaptureQueriesContext(connection) as seen:
        answer = browser.get(address, **headers)
    assert answer.status_code in (200, 204)
    return len([one for one in seen.captured_queries if "SAVEPOINT" not in one["sql"]])


def test_the_list_begins_with_the_worst_deadline(cast, sam):
    talk(cast.bakery, thread="new", ago=HOUR)
    talk(cast.florist, thread="old", ago=9 * DAY)
    talk(cast.bakery, "Alles furchtbar schlecht!", thread="angry", ago=9 * DAY)

    answer = sam.get("/inbox/")

    assert names(answer) == ["angry", "old", "new"]
    assert "überfällig seit" in answer.content.decode()


def test_mine_unassigned_and_all_are_counted_and_shown(cast, sam):
    mine, free = talk(cast.bakery, thread="mine"), talk(cast.bakery, thread="free")
    with scope([cast.bakery.id]):
        desk.assign(conversation=mine, user=cast.sam, assignee=cast.sam)

    shown = {view: names(sam.get(f"/inbox/?view={view}")) for view in ("mine", "unassigned", "all")}

    assert shown == {"mine": ["mine"], "unassigned": ["free"], "all": ["mine", "free"]}
    assert sam.get("/inbox/").context["counts"] == {"mine": 1, "unassigned": 1, "all": 2}
    assert free.assignee_id is None


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("client=bakery", ["bread"]),
        ("client=bakery&channel=bakery-desk", ["bread"]),
        ("sentiment=negative", ["bread"]),
        ("sla=breached", ["bread"]),
        ("q=Tulpen", ["tulips"]),
        ("status=resolved", []),
        ("sort=new", ["tulips", "bread"]),
    ],
)
def test_filters_choose_as_the_api_does(cast, sam, query, expected):
    talk(cast.bakery, "Das Brot war furchtbar schlecht", thread="bread", ago=9 * DAY)
    talk(cast.florist, "Habt ihr Tulpen?", thread="tulips")

    assert names(sam.get(f"/inbox/?{query}")) == expected


@pytest.mark.parametrize("query", ["q=x", "sla=wrong", "cursor=wrong", "sort=new&cursor=%00"])
def test_what_cannot_be_read_is_refused(cast, sam, query):
    assert sam.get(f"/inbox/?{query}").status_code == 400


def test_the_list_pages_by_place(cast, sam):
    for number in range(33):
        talk(cast.bakery, thread=f"t{number:02}", ago=number * HOUR + HOUR)

    first = sam.get("/inbox/?sort=new")
    second = sam.get(f"/inbox/?sort=new&cursor={first.context['page'].after}")

    assert names(first) + names(second) == [f"t{number:02}" for number in range(33)]
    assert (len(names(first)), second.context["page"].after) == (30, "")


def test_over_many_clients_colleagues_share_a_page_but_not_what_is_their_own(cast, sam, other, monkeypatch):
    monkeypatch.setattr("agency.shared.FEW", 1)
    monkeypatch.setattr("agency.shared.as_of", lambda now, of, minutes: now.replace(minute=0, second=0, microsecond=0))
    mine, free = talk(cast.bakery, thread="mine"), talk(cast.florist, thread="free")
    with scope([cast.bakery.id]):
        desk.assign(conversation=mine, user=cast.sam, assignee=cast.sam)
    viewer = Browser()
    viewer.force_login(factories.member(cast.agency, "ann", Role.ANALYST, [cast.bakery, cast.florist]))

    def told(browser, query=""):
        text = browser.get(f"/inbox/{query}").content.decode()
        return {int(id) for id in re.findall(r'<a id="c(\d+)"', text)}, 'name="conversation"' in text

    assert queries(sam, "/inbox/") - queries(other, "/inbox/") == 3
    assert (told(sam), told(other), told(viewer)) == (
        ({mine.id, free.id}, True), ({mine.id, free.id}, True), ({mine.id, free.id}, False),
    )  # fmt: skip
    assert (told(sam, "?view=mine")[0], told(other, "?view=mine")[0]) == ({mine.id}, set())
    with scope([cast.florist.id]):
        desk.resolve(conversation=free, user=cast.sam)
    assert (told(sam)[0], told(other)[0]) == ({mine.id}, {mine.id})


def test_an_empty_list_says_what_to_do_next(cast, sam):
    assert "?sort=new" in sam.get("/inbox/").content.decode()
    assert "?view=unassigned" in sam.get("/inbox/?view=mine").content.decode()


def test_an_unchanged_list_answers_204_until_something_changes(cast, sam, other):
    conversation = talk(cast.bakery)
    version = sam.get("/inbox/").context["version"]

    before = sam.get(f"/inbox/rows/?version={version}").status_code
    other.post(at(conversation, "resolve/"))
    after = sam.get(f"/inbox/rows/?version={version}")

    assert (before, after.status_code, names(after)) == (204, 200, [])


def test_a_snooze_that_ends_changes_the_list(cast, sam):
    conversation = talk(cast.bakery)
    with scope([cast.bakery.id]):
        desk.snooze(conversation=conversation, user=cast.sam, until=timezone.now() + HOUR)
    version = sam.get("/inbox/").context["version"]
    with scope([cast.bakery.id]):
        Conversation.objects.update(snoozed_until=timezone.now())

    answer = sam.get(f"/inbox/rows/?version={version}")

    assert (answer.status_code, names(answer)) == (200, ["t1"])


def test_a_conversation_shows_what_was_said_escaped(cast, sam):
    conversation = talk(cast.bakery, "<script>alert(1)</script> & Brot", kind="review", stars=2)

    text = sam.get(at(conversation)).content.decode()

    assert ("<script>alert(1)" in text, "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Brot" in text) == (False, True)
    assert "2 von 5 Sternen" in text


def test_edited_and_deleted_messages_are_marked(cast, sam):
    now = timezone.now()
    talk(cast.bakery, "zuerst", external_id="a", ago=2 * HOUR)
    talk(cast.bakery, "danach", external_id="a", ago=2 * HOUR, edited_at=now - HOUR)
    conversation = talk(cast.bakery, "fort", external_id="b", deleted_at=now)

    text = sam.get(at(conversation)).content.decode()

    assert ("danach" in text, "bearbeitet" in text, "fort" in re.sub("fortgesetzt", "", text)) == (True, True, False)
    assert "von der Person gelöscht" in text


def test_the_page_says_what_is_promised_until_when_and_why_the_clock_stands(cast, sam):
    conversation = talk(cast.bakery, "Das ist furchtbar schlecht!")
    with scope([cast.bakery.id]):
        desk.wait(conversation=conversation, user=cast.sam, on="client")

    text = " ".join(sam.get(at(conversation)).content.decode().split())

    assert "zugesagt innerhalb von 2 Stunden Öffnungszeit („Kritik“)" in text
    assert "bis unser Kunde geantwortet hat" in text


def test_a_promise_stands_still_while_the_business_is_closed(line):
    friday = datetime(2026, 3, 6, 15, 45, tzinfo=UTC)
    factories.receive(line, factories.item("Wann macht ihr auf?", at=friday))
    hours = calendars.build(Calendar.objects.get(client=line.client).document)
    conversation = factories.conversation(line)

    told = promises.of_conversation(conversation, hours, datetime(2026, 3, 7, 12, tzinfo=UTC))

    assert (told.why, told.until) == ("closed", datetime(2026, 3, 9, 8, tzinfo=UTC))
    assert told.due == conversation.due_at


def test_a_reply_is_kept_and_resolves(cast, sam):
    conversation = talk(cast.bakery)

    answer = sam.post(at(conversation, "reply/?view=all"), {"text": "Um 8 Uhr.", "then": "resolve", "seen": "0"})

    with scope([cast.bakery.id]):
        reply = Reply.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, at(conversation, "?view=all"))
    assert (reply.text, reply.state, now_of(conversation).status) == ("Um 8 Uhr.", "delivered", "resolved")
    assert names(sam.get("/inbox/")) == []


def test_a_refused_reply_keeps_what_was_typed(cast, sam):
    conversation = talk(cast.bakery)

    answer = sam.post(at(conversation, "reply/"), {"text": "  \n", "then": ""})
    odd = sam.post(at(conversation, "reply/"), {"text": "Das bleibt", "then": "wrong"})

    assert (answer.status_code, odd.status_code) == (400, 400)
    assert ("Das bleibt" in odd.content.decode(), 'aria-invalid="true"' in odd.content.decode()) == (True, True)


def test_a_customer_is_not_answered_twice(cast, sam, other):
    conversation = talk(cast.bakery)
    seen = sam.get(at(conversation)).context["seen"]
    other.post(at(conversation, "reply/"), {"text": "Von Eve", "then": ""})

    answer = sam.post(at(conversation, "reply/"), {"text": "Von Sam", "then": "", "seen": str(seen)})

    text = answer.content.decode()
    assert (answer.status_code, "Von Eve" in text, "Von Sam" in text) == (409, True, True)
    with scope([cast.bakery.id]):
        assert [reply.text for reply in Reply.objects.all()] == ["Von Eve"]


def test_notes_assignments_snoozes_and_waits_lead_to_their_decisions(cast, sam):
    conversation = talk(cast.bakery)

    for action, given in [
        ("note", {"text": "Ruft zurück"}),
        ("assign", {"assignee": "me"}),
        ("snooze", {"until": "2099-03-31T09:00"}),
        ("wait", {"on": "customer"}),
    ]:
        assert sam.post(at(conversation, f"{action}/"), given).status_code == 302

    row = now_of(conversation)
    with scope([cast.bakery.id]):
        assert [note.text for note in Note.objects.all()] == ["Ruft zurück"]
    assert (row.assignee, row.status) == (cast.sam, "waiting_customer")
    assert row.snoozed_until == datetime(2099, 3, 31, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("actions", "status"),
    [
        (["resolve"], "resolved"),
        (["resolve", "reopen"], "open"),
        (["archive"], "archived"),
        (["spam"], "spam"),
        (["spam", "not-spam"], "open"),
    ],
)
def test_plain_decisions(cast, sam, actions, status):
    conversation = talk(cast.bakery)

    codes = [sam.post(at(conversation, f"{action}/")).status_code for action in actions]

    assert (codes, now_of(conversation).status) == ([302] * len(actions), status)


def test_what_does_not_apply_any_more_is_said(cast, sam, other):
    conversation = talk(cast.bakery)
    other.post(at(conversation, "resolve/"))

    answer = sam.post(at(conversation, "resolve/"))

    assert (answer.status_code, "war schneller" in answer.content.decode()) == (409, True)


@pytest.mark.parametrize("until", ["yesterday", "2020-01-01T09:00", "9999-12-31T23:59"])
def test_a_snooze_needs_a_moment_ahead(cast, sam, until):
    assert sam.post(at(talk(cast.bakery), "snooze/"), {"until": until}).status_code == 400


def test_the_mood_of_a_message_is_corrected(cast, sam):
    conversation = talk(cast.bakery, "Na bravo")
    with scope([cast.bakery.id]):
        message = Interaction.objects.get()

    sam.post(at(conversation, f"messages/{message.id}/correct/"), {"sentiment": "negative"})

    with scope([cast.bakery.id]):
        assert [(one.field, one.after) for one in Correction.objects.all()] == [("sentiment", "negative")]
    assert now_of(conversation).sentiment == "negative"


def test_a_failed_reply_is_sent_again(cast, sam):
    conversation = talk(cast.bakery)
    with scope([cast.bakery.id]):
        reply = Reply.objects.create(
            client=cast.bakery, channel=conversation.channel, conversation=conversation, text="x", user=cast.sam,
            state="failed",
        )  # fmt: skip

    codes = [sam.post(at(conversation, f"replies/{reply.id}/retry/")).status_code for _ in range(2)]

    assert codes == [302, 409]


def test_many_are_resolved_at_once_and_taken_back(cast, sam):
    both = [talk(cast.bakery, thread="a"), talk(cast.florist, thread="b")]
    sam.post(at(both[0], "resolve/"))
    sam.post(at(both[0], "reopen/"))

    sam.post("/inbox/many/", {"conversation": [one.id for one in both], "action": "resolve"})
    resolved = [now_of(one).status for one in both]
    told = sam.get("/inbox/").content.decode()
    sam.post("/inbox/undo/", {"action": "undo"})

    assert (resolved, "2 Unterhaltungen erledigt." in told) == (["resolved"] * 2, True)
    assert [now_of(one).status for one in both] == ["open"] * 2
    assert "2 Unterhaltungen erledigt." not in sam.get("/inbox/").content.decode()


def test_many_are_taken_and_given_back_to_whom_they_were(cast, sam, other):
    both = [talk(cast.bakery, thread="a"), talk(cast.bakery, thread="b")]
    other.post(at(both[0], "assign/"), {"assignee": "me"})

    sam.post("/inbox/many/", {"conversation": [one.id for one in both], "action": "take"})
    taken = [now_of(one).assignee for one in both]
    sam.post("/inbox/undo/", {"action": "undo"})

    assert taken == [cast.sam] * 2
    assert [now_of(one).assignee for one in both] == [other.person, None]


def test_people_at_one_conversation_see_each_other(cast, sam, other):
    conversation = talk(cast.bakery)
    sam.get(at(conversation))
    open_as_well = other.get(at(conversation)).content.decode()
    sam.post(at(conversation, "present/"), {"writing": "1", "version": "0"})
    writing = other.post(at(conversation, "present/"), {"version": str(conversation.version)}).content.decode()

    assert "Sam hat diese Unterhaltung ebenfalls geöffnet." in open_as_well
    assert "Sam schreibt gerade eine Antwort." in writing


def test_an_open_conversation_hears_that_it_changed(cast, sam, other):
    conversation = talk(cast.bakery)
    version = {"version": str(conversation.version)}

    before = sam.post(at(conversation, "present/"), version).content.decode()
    other.post(at(conversation, "note/"), {"text": "x"})
    after = sam.post(at(conversation, "present/"), version).content.decode()

    assert ("geändert" in before, "geändert" in after) == (False, True)


def test_nobody_is_seen_without_a_store(cast, sam, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    assert presence.seen(conversation=talk(cast.bakery), user=cast.sam) == []


def test_foreign_conversations_are_absent(cast, sam):
    foreign = talk(factories.client(factories.agency("rival"), "pub"))
    own = talk(cast.bakery)
    wrong = f"/inbox/florist/{own.id}/"

    for address in (at(foreign), wrong, "/inbox/?client=pub", "/inbox/bakery/1/"):
        assert sam.get(address).status_code == 404
    for address in (at(foreign, "resolve/"), f"{wrong}resolve/", at(own, "nothing/"), at(foreign, "present/")):
        assert sam.post(address).status_code == 404
    assert sam.post("/inbox/many/", {"conversation": [own.id, foreign.id], "action": "resolve"}).status_code == 404
    assert [now_of(one).status for one in (own, foreign)] == ["open", "open"]


def test_a_message_of_another_conversation_is_not_corrected_here(cast, sam):
    own, other = talk(cast.bakery, thread="a"), talk(cast.florist, thread="b")
    with scope([cast.florist.id]):
        message = Interaction.objects.get(conversation=other)

    assert sam.post(at(own, f"messages/{message.id}/correct/"), {"sentiment": "negative"}).status_code == 404


def test_the_inbox_is_for_staff(cast, client):
    conversation = talk(cast.bakery)
    client.force_login(cast.ana)

    assert [client.get(address).status_code for address in ("/inbox/", "/inbox/rows/", at(conversation))] == [403] * 3
    assert client.post(at(conversation, "resolve/")).status_code == 403
    assert Browser().get("/inbox/").headers["Location"] == "/sign-in/?next=/inbox/"


def test_an_analyst_reads_and_decides_nothing(cast, client):
    conversation = talk(cast.bakery)
    client.force_login(factories.member(cast.agency, "ada", Role.ANALYST, [cast.bakery]))

    text = client.get(at(conversation)).content.decode()

    assert ("Wann macht ihr auf?" in text, "<textarea" in text) == (True, False)
    assert client.post(at(conversation, "resolve/")).status_code == 403
    assert client.post("/inbox/many/", {"conversation": [conversation.id], "action": "resolve"}).status_code == 403


def test_decisions_are_no_links(cast, sam):
    conversation = talk(cast.bakery)

    codes = {sam.get(at(conversation, end)).status_code for end in ("resolve/", "present/")}

    assert codes | {sam.get("/inbox/many/").status_code, sam.get("/inbox/undo/").status_code} == {405}


def test_a_list_that_did_not_change_costs_few_queries(cast, sam):
    talk(cast.bakery)
    version = sam.get("/inbox/").context["version"]

    assert queries(sam, f"/inbox/rows/?version={version}") == UNCHANGED_QUERIES


def test_both_languages_are_complete_and_nothing_is_inline(cast, sam):
    conversation = talk(cast.bakery, "Das ist furchtbar schlecht")
    german = sam.get(at(conversation)).content.decode() + sam.get("/inbox/").content.decode()
    sam.cookies["django_language"] = "en"
    english = sam.get(at(conversation)).content.decode() + sam.get("/inbox/").content.decode()

    assert ("Erledigen" in german, "Erledigen" in english, "Resolve" in english) == (True, False, True)
    for text in (german, english):
        assert re.findall(r"<script(?![^>]*\bsrc=)", text) + re.findall(r'\son\w+="|\sstyle="|hx-on', text) == []


def test_htmx_gets_the_pane_alone(cast, sam):
    conversation = talk(cast.bakery)

    whole, pane = sam.get(at(conversation)), sam.get(at(conversation), HTTP_HX_REQUEST="true")

    assert [answer.content.decode().count("<main") for answer in (whole, pane)] == [1, 0]
    assert "Wann macht ihr auf?" in pane.content.decode()
