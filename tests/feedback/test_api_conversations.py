"""The inbox over REST: what a conversation shows, the filters, the pages, the wall."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns import planning
from clients import scope
from clients.networks.types import Author
from feedback import desk
from feedback.api import shapes
from feedback.models import Clock, Conversation, Interaction
from tests import factories
from tests.asking import ask

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # 10:00 in Berlin
HOUR = timedelta(hours=1)


@pytest.fixture
def sam(cast, api):
    return api(cast.sam)


def threads(answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["thread_id"] for row in answer.json()["results"]]


def talk(line, thread: str, text: str = "Wann macht ihr auf?", *, at: datetime = MONDAY, **fields) -> Conversation:
    factories.receive(line, factories.item(text, at=at, thread=thread, **fields))
    return factories.conversation(line, thread)


def change(conversation: Conversation, **fields) -> None:
    Conversation.objects.filter(id=conversation.id).update(**fields)


def test_a_conversation_shows_who_what_and_its_promises(cast, line, sam):
    conversation = talk(line, "t1", author=Author("c7", "Carla"), stars=2, kind="review")
    xmas = planning.add_campaign(client=cast.bakery, actor=cast.sam, slug="xmas", name="X")
    change(conversation, campaign=xmas, assignee=cast.sam, vip=True)

    row = ask(sam, "GET", "/conversations/").json()["results"][0]

    due = MONDAY + 2 * HOUR
    assert {k: v for k, v in row.items() if k not in ("clocks", "updated_at", "version")} == {
        "id": conversation.id, "client": "bakery", "channel": "counter", "thread_id": "t1", "status": "open",
        "resolved_as": None, "historic": False, "author": {"id": "c7", "name": "Carla"},
        "preview": "Wann macht ihr auf?", "kind": "review", "language": "de", "sentiment": "negative",
        "urgency": "normal", "stars": 2, "campaign": "xmas", "vip": True, "assignee": cast.sam.email,
        "snoozed_until": None, "started_at": "2026-03-02T09:00:00Z", "received_at": "2026-03-02T09:00:00Z",
        "answered_at": None, "due_at": "2026-03-02T11:00:00Z", "sla": "breached",
    }  # fmt: skip
    assert row["clocks"][0] == {
        "kind": "first", "cycle": 1, "started_at": "2026-03-02T09:00:00Z", "due_at": f"{due:%Y-%m-%dT%H:%M:%SZ}",
        "outcome": "breached", "stopped_at": None, "target_seconds": 7200, "paused_at": None, "stop_reason": None,
        "late_ingest": False, "live": True, "business_seconds": None, "wall_seconds": None, "noticed_at": None,
    }  # fmt: skip


@pytest.mark.parametrize("shape", [shapes.ConversationShape, shapes.InteractionShape])
def test_rows_written_by_hand_have_the_fields_that_are_described(line, sam, shape):
    talk(line, "t1")
    lists = {shapes.ConversationShape: "/conversations/", shapes.InteractionShape: "/interactions/"}

    row = ask(sam, "GET", lists[shape]).json()["results"][0]

    assert list(row) == list(shape().fields)
    assert list(row.get("clocks", [{}])[0] or shapes.ClockShape().fields) == list(shapes.ClockShape().fields)


def test_an_outcome_is_as_of_the_answer_and_not_of_the_last_sweep(line, sam):
    talk(line, "t1")

    clock = ask(sam, "GET", "/conversations/").json()["results"][0]["clocks"][0]

    assert (clock["outcome"], Clock.objects.get(kind="first").outcome) == ("breached", "open")


def test_a_promise_that_stands_still_is_not_overdue(cast, line, sam):
    conversation = talk(line, "t1", "Alles kaputt, eine Katastrophe!", at=timezone.now() - timedelta(minutes=1))
    desk.answer(conversation=conversation, user=cast.sam, text="Wir schauen.")
    desk.wait(conversation=conversation, user=cast.sam, on="customer")
    Clock.objects.filter(kind="resolution").update(due_at=timezone.now() + timedelta(microseconds=1))

    row = ask(sam, "GET", f"/conversations/{conversation.id}/").json()

    assert {c["kind"]: (c["outcome"], c["paused_at"] is None) for c in row["clocks"]} == {
        "first": ("met", True),
        "resolution": ("open", False),
    }
    assert (row["status"], row["sla"], row["due_at"]) == ("waiting_customer", "met", None)


def test_clocks_that_only_measure_are_not_shown(line, sam):
    talk(line, "t1")

    kinds = [clock["kind"] for clock in ask(sam, "GET", "/conversations/").json()["results"][0]["clocks"]]

    assert kinds == ["first"]
    assert set(Clock.objects.values_list("kind", flat=True)) == {"first", "resolution"}


@pytest.fixture
def town(cast, line):
    """Eight conversations, no two alike."""
    other = factories.channel(cast.florist, "counter")
    reviews = factories.channel(cast.bakery, "reviews")
    now = timezone.now()
    met = talk(line, "met", "Wann habt ihr offen?")
    factories.receive(line, factories.answer(at=MONDAY + HOUR, thread="met"))
    change(met, assignee=cast.sam)
    talk(line, "breached", "Eine Katastrophe, nie wieder!")
    ok = talk(line, "ok", "Hallo zusammen", at=now - timedelta(minutes=3))
    change(ok, snoozed_until=now + HOUR, assignee=cast.olga)
    risk = talk(line, "risk", "Wo seid ihr?", at=now - timedelta(minutes=2), author=Author("z", "Zacharias 100%_Ä"))
    change(risk, warn_at=now - timedelta(minutes=1), snoozed_until=now - timedelta(minutes=1))
    desk.spam(conversation=talk(line, "spam", "Kauft Pillen"), user=cast.sam)
    talk(reviews, "review", "Super lecker!", kind="review", stars=5)
    talk(other, "flower", "Habt ihr Rosen?", at=now - timedelta(minutes=1))
    talk(line, "old", "Grüße aus der Vergangenheit", at=datetime(2019, 5, 6, 9, tzinfo=UTC))


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", {"met", "breached", "ok", "risk", "spam", "review", "flower", "old"}),
        ("client=florist", {"flower"}),
        ("client=florist&client=bakery&channel=counter", {"met", "breached", "ok", "risk", "spam", "flower", "old"}),
        ("channel=reviews", {"review"}),
        ("status=spam", {"spam"}),
        ("status=spam&status=open&channel=reviews", {"review"}),
        ("assignee=me", {"met"}),
        ("assignee=OLGA@nord.example", {"ok"}),
        ("assignee=nobody@nord.example", set()),
        ("assignee=none&client=bakery", {"breached", "risk", "spam", "review", "old"}),
        ("kind=review", {"review"}),
        ("sentiment=positive", {"review"}),
        ("snoozed=true", {"ok"}),
        ("snoozed=false&client=bakery", {"met", "breached", "risk", "spam", "review", "old"}),
        ("historic=true", {"old"}),
        ("q=KATASTROPHE", {"breached"}),
        ("q=zacharias", {"risk"}),
        ("q=100%25_ä", {"risk"}),
        ("q=%25%25", set()),
        ("q=__", set()),
        ("q=Danke für", {"met"}),
        ("sla=at_risk", {"risk"}),
        ("sla=ok", {"ok", "flower"}),
        ("sla=met", {"met"}),
        ("sla=met&sla=at_risk", {"met", "risk"}),
        ("ordering=due_at&client=florist", {"flower"}),
    ],
)
def test_filters_find_just_these(town, sam, query, wanted):
    assert set(threads(ask(sam, "GET", f"/conversations/?{query}"))) == wanted


@pytest.mark.parametrize("word", ["breached", "at_risk", "ok", "met", "none"])
def test_the_filter_by_sla_and_the_word_shown_agree(town, sam, word):
    shown = {row["thread_id"]: row["sla"] for row in ask(sam, "GET", "/conversations/").json()["results"]}

    found = threads(ask(sam, "GET", f"/conversations/?sla={word}"))

    assert set(found) == {thread for thread, sla in shown.items() if sla == word}


@pytest.mark.parametrize("ordering", ["-received_at", "due_at", "updated_at"])
@pytest.mark.parametrize("client", ["", "client=bakery&"])
@pytest.mark.parametrize(
    "query",
    [
        "status=open", "assignee=none", "kind=review", "sentiment=negative", "snoozed=true", "historic=true",
        "sla=breached", "sla=met", "kind=review&kind=mention&sla=none&status=spam",
    ],
)  # fmt: skip
def test_what_a_filter_does_not_want_is_skipped_within_the_index(town, sam, client, query, ordering):
    if "sla=" in query and ordering == "due_at":
        pytest.skip("the order by deadline is one of promises that run")
    with CaptureQueriesContext(connection) as queries:
        ask(sam, "GET", f"/conversations/?{client}{query}&ordering={ordering}")
    (asked,) = (q["sql"] for q in queries if "SELECT" in q["sql"] and 'FROM "feedback_conversation"' in q["sql"])

    with connection.cursor() as cursor:
        for kind in ("seqscan", "bitmapscan", "sort"):
            cursor.execute(f"SET LOCAL enable_{kind} = off")
        cursor.execute(f"EXPLAIN {asked}")
        filters = [line.strip() for (line,) in cursor.fetchall() if " Filter: " in line]

    assert [line for line in filters if not line.startswith("Filter: CASE WHEN (client_id = ")] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=closed", "status"), ("kind=", "kind"), ("sentiment=angry", "sentiment"), ("sla=late", "sla"),
        ("snoozed=1", "snoozed"), ("historic=yes", "historic"), ("ordering=text", "ordering"), ("q=a", "q"),
        ("q=++", "q"), ("q=" + "x" * 201, "q"), ("updated_since=yesterday", "updated_since"),
        ("updated_since=2026-03-02T09:00:00", "updated_since"), ("updated_since=0000-01-01T00:00:00Z", "updated_since"),
        ("client=a%00", "client"), ("assignee=%00", "assignee"), ("cursor=x", "cursor"), ("limit=0", "limit"),
    ],
)  # fmt: skip
def test_a_filter_that_makes_no_sense_is_refused_by_name(sam, query, field):
    answer = ask(sam, "GET", f"/conversations/?{query}")

    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [field])


@pytest.mark.parametrize(
    ("ordering", "wanted"),
    [
        ("", ["c", "b", "a"]), ("ordering=-received_at", ["c", "b", "a"]), ("ordering=received_at", ["a", "b", "c"]),
        ("ordering=due_at", ["a", "b", "c"]), ("ordering=-due_at", ["c", "b", "a"]),
        ("ordering=updated_at", ["b", "c", "a"]), ("ordering=-updated_at", ["a", "c", "b"]),
        ("updated_since=2026-03-01T00:00:00%2B01:00", ["c", "a"]),
        ("updated_since=2026-03-01T00:00:00+01:00", ["c", "a"]),
    ],
)  # fmt: skip
def test_lists_are_ordered_as_asked(line, sam, ordering, wanted):
    written = {"a": (0, 9), "b": (1, -9), "c": (2, 5)}
    for thread, (hours, changed) in written.items():
        change(talk(line, thread, at=MONDAY + hours * HOUR), updated_at=MONDAY + changed * timedelta(days=1))

    assert threads(ask(sam, "GET", f"/conversations/?{ordering}")) == wanted


def pages(api, address: str, between=lambda: None) -> list[str]:
    seen = []
    while address:
        page = ask(api, "GET", address)
        seen += threads(page)
        address = (page.json()["next"] or "").partition("/api/v1")[2]
        between()
    return seen


@pytest.mark.parametrize("query", ["client=bakery&", "", "ordering=due_at&", "ordering=updated_at&"])
def test_pages_skip_and_repeat_nothing_while_new_ones_come(line, sam, query):
    wanted = [talk(line, f"t{number}").thread_id for number in range(7)]
    coming = ["new1", "new2", "new3"]

    seen = pages(
        sam,
        f"/conversations/?{query}limit=2",
        lambda: coming and talk(line, coming.pop(), at=MONDAY + timedelta(days=1)),
    )

    assert sorted(thread for thread in seen if thread.startswith("t")) == wanted
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize(
    "address",
    [
        "/conversations/",
        "/conversations/?client=bakery&q=auf&status=open",
        "/conversations/?sla=breached",
        "/interactions/",
    ],
)
def test_lists_ask_as_often_for_one_row_as_for_three(cast, line, sam, address):
    ask(sam, "GET", address)  # writes down that the token is in use
    counts = []
    for thread in ("a", "b", "c"):
        conversation = talk(line, thread)
        change(conversation, assignee=cast.sam if thread == "c" else None)
        with CaptureQueriesContext(connection) as queries:
            found = len(ask(sam, "GET", address).json()["results"])
        counts.append((found, len(queries)))

    assert [found for found, _ in counts] == [1, 2, 3]
    assert counts[0][1] == counts[2][1]


def test_a_conversation_shows_its_notes_and_the_replies_on_their_way(cast, in_scope, sam):
    line = factories.channel(cast.bakery, "town", "sandbox")
    conversation = talk(line, "t1")
    desk.note(conversation=conversation, user=cast.sam, text="Stammkunde")
    reply = desk.answer(conversation=conversation, user=cast.sam, text="Bis 18 Uhr", then="resolve")

    shown = ask(sam, "GET", f"/conversations/{conversation.id}/").json()

    assert [(note["user"], note["text"]) for note in shown["notes"]] == [(cast.sam.email, "Stammkunde")]
    assert [(r["id"], r["state"], r["text"], r["then"]) for r in shown["replies"]] == [
        (reply.id, "queued", "Bis 18 Uhr", "resolve")
    ]


def test_the_messages_of_a_conversation_come_oldest_first_in_pages(line, sam):
    conversation = talk(line, "t1", "eins")
    talk(line, "t1", "drei", at=MONDAY + 2 * HOUR)
    talk(line, "t1", "zwei", at=MONDAY + HOUR)
    talk(line, "t2", "anderswo")

    first = ask(sam, "GET", f"/conversations/{conversation.id}/interactions/?limit=2").json()
    second = ask(sam, "GET", first["next"].partition("/api/v1")[2]).json()

    assert [row["text"] for row in first["results"] + second["results"]] == ["eins", "zwei", "drei"]
    assert second["next"] is None


@pytest.fixture
def pub(db):
    """A client of another agency, with one secret conversation."""
    made = factories.client(factories.agency("rival"), "pub")
    with scope.scope([made.id]):
        line = factories.channel(made, "counter")
        factories.receive(line, factories.item("Canary", at=MONDAY, thread="canary"))
        return factories.conversation(line, "canary")


ROUTES = [
    ("GET", "", None), ("GET", "interactions/", None), ("POST", "reply/", {"text": "x"}), ("POST", "note/", {"text": "x"}),
    ("POST", "assign/", {"assignee": None}), ("POST", "snooze/", {"until": None}), ("POST", "wait/", {"on": "client"}),
    ("POST", "resume/", {}), ("POST", "resolve/", {}), ("POST", "archive/", {}), ("POST", "reopen/", {}),
    ("POST", "spam/", {}), ("POST", "not_spam/", {}), ("POST", "block/", {}), ("POST", "merge/", {"into": 1}),
    ("POST", "no_reply_needed/", {}), ("POST", "vip/", {"vip": True}), ("POST", "campaign/", {"campaign": None}),
]  # fmt: skip


@pytest.mark.parametrize(("method", "route", "body"), ROUTES)
def test_foreign_and_absent_conversations_answer_alike(pub, line, sam, method, route, body):
    answers = {id: ask(sam, method, f"/conversations/{id}/{route}", body) for id in (pub.id, pub.id + 1000, 10**30)}

    assert [answer.status_code for answer in answers.values()] == [404] * 3
    assert len({answer.content.replace(f"'{id}'".encode(), b"") for id, answer in answers.items()}) == 1


@pytest.mark.parametrize("address", ["/conversations/", "/interactions/"])
@pytest.mark.parametrize(
    "query", ["client=pub", "client=bakery&client=pub", "channel=pub", "client=bakery&channel=pub"]
)
def test_a_query_never_widens_what_is_seen(pub, line, sam, address, query):
    assert ask(sam, "GET", f"{address}?{query}").status_code == 404


def test_lists_hold_nothing_of_others(pub, line, sam):
    talk(line, "own")

    bodies = [
        ask(sam, "GET", address).content
        for address in ("/conversations/", "/conversations/?q=Canary", "/interactions/?q=Canary", "/interactions/")
    ]

    assert b"anary" not in b"".join(bodies)
    assert ask(sam, "GET", f"/interactions/?conversation={pub.id}").status_code == 404


def test_a_token_for_one_client_sees_only_its_conversations(town, cast, api):
    asker = api(cast.olga, clients=[cast.florist])

    assert threads(ask(asker, "GET", "/conversations/")) == ["flower"]
    bakery = Conversation.objects.values_list("id", flat=True)
    scope.enter([cast.bakery.id])
    assert ask(asker, "GET", f"/conversations/{bakery.first()}/").status_code == 404


@pytest.mark.parametrize("who", ["ana", "flo"])
def test_people_of_a_client_read_but_do_not_write(cast, line, api, who):
    conversation = talk(line, "t1")
    asker = api(getattr(cast, who))

    seen = ask(asker, "GET", f"/conversations/{conversation.id}/").status_code
    written = ask(asker, "POST", f"/conversations/{conversation.id}/note/", {"text": "x"}).status_code

    assert (seen, written) == ({"ana": 200, "flo": 404}[who], 403)


def test_interactions_are_filtered_and_shown(town, sam):
    outgoing = ask(sam, "GET", "/interactions/?direction=out").json()["results"]
    reviews = ask(sam, "GET", "/interactions/?kind=review&sentiment=positive&q=LECKER").json()["results"]
    id = Interaction.objects.get(text="Super lecker!").id
    one = ask(sam, "GET", f"/interactions/{id}/").json()

    assert [row["author"] for row in outgoing] == [{"id": "us", "name": "Bakery", "bot": False}]
    assert reviews == [one]
    assert (one["channel"], one["stars"], one["created_at"]) == ("reviews", 5, "2026-03-02T09:00:00Z")
    assert one["reasons"]
