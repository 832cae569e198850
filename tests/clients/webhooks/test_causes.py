"""What happens to a client is told in its own transaction, in the words of the API."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator

from campaigns import approval, posts
from campaigns.vocabulary import Verdict
from clients.models import Outgoing
from clients.scope import scope
from feedback import desk, imports, sweeps
from feedback.models import Conversation
from feedback.report import monthly
from tests import factories


@pytest.fixture
def told(cast, hook):
    """A function that gives what was told since it was last called: (type, data)."""
    hook()
    seen = [0]

    def fresh():
        rows = list(Outgoing.objects.filter(id__gt=seen[0]).order_by("id"))
        seen[0] = rows[-1].id if rows else seen[0]
        return [(row.type, row.data) for row in rows]

    return fresh


def types(found) -> list[str]:
    return [type for type, _ in found]


def test_a_conversation_is_told_from_its_beginning_to_its_end(cast, line, told):
    now = timezone.now()
    factories.receive(line, factories.item("Habt ihr auf?", at=now - timedelta(minutes=9)), now=now)
    begun = told()
    talk = factories.conversation(line)
    desk.assign(conversation=talk, user=cast.sam, assignee=cast.sam)
    assigned = told()
    desk.answer(conversation=talk, user=cast.sam, text="Ja", then="resolve", sent_at=now - timedelta(minutes=1))
    ended = told()

    assert types(begun) == ["conversation.created", "interaction.received"]
    assert begun[0][1]["conversation"]["id"] == talk.id
    assert begun[1][1]["interaction"]["text"] == "Habt ihr auf?"
    assert [(data["action"], data["by"]) for _, data in assigned] == [("assigned", cast.sam.email)]
    assert assigned[0][1]["conversation"]["assignee"] == cast.sam.email
    changes = [data["action"] for type, data in ended if type == "conversation.updated"]
    assert changes == ["answered", "resolved"]
    assert ended[-1][1]["conversation"]["status"] == "resolved"
    assert {data["clock"]["kind"] for type, data in ended if type == "sla.met"} == {"first"}


def test_each_message_and_each_edit_is_told_once(line, told):
    now = timezone.now()
    first = factories.item("Eins", at=now, external_id="a")
    factories.receive(line, first)
    told()

    factories.receive(line, first, factories.item("Zwei", at=now, external_id="b"))
    edited = factories.item("Eins!", at=now, external_id="a", edited_at=now + timedelta(seconds=5))
    factories.receive(line, edited, now=now + timedelta(seconds=6))
    factories.receive(line, edited, now=now + timedelta(seconds=6))

    assert [(type, data["interaction"]["text"]) for type, data in told()] == [
        ("interaction.received", "Zwei"), ("interaction.updated", "Eins!"),
    ]  # fmt: skip


def test_history_is_not_told(line, told):
    factories.receive(line, factories.item("Früher", at=factories.LONG_AGO - timedelta(days=9)), now=timezone.now())

    assert told() == []


def test_promises_at_risk_and_broken_are_told_once(line, told):
    now = timezone.now()
    factories.receive(line, factories.item("Hallo?", at=now - timedelta(minutes=1)), now=now)
    told()
    clock = Conversation.objects.get().clocks.get(kind="first")
    sweeps.warn(now=clock.warn_at)
    warned = told()
    for _ in range(2):
        sweeps.notice_breaches(now=clock.due_at + timedelta(seconds=1))

    broken = told()

    assert [(type, data["clock"]["kind"]) for type, data in warned] == [("sla.at_risk", "first")]
    assert [(type, data["clock"]["outcome"]) for type, data in broken if data["clock"]["kind"] == "first"] == [
        ("sla.breached", "breached")
    ]


def test_what_is_undone_is_not_told(line, told):
    with pytest.raises(RuntimeError), transaction.atomic():
        factories.receive(line, factories.item("Hallo", at=timezone.now()))
        raise RuntimeError

    assert told() == []


def test_a_post_is_told_through_its_approvals_to_its_slot(cast, line, told):
    approval.change_rule(client=cast.bakery, actor=cast.sam, approval="internal_and_client")
    later = timezone.now() + timedelta(days=2)
    post = posts.add_post(
        client=cast.bakery, channels=["counter"], actor=cast.sam, kind="tip", text="Brot", publish_at=later
    )
    posts.act(post, "submit", actor=cast.sam)
    posts.judge(post, Verdict.CHANGE, actor=cast.olga, comment="Kürzer")
    posts.change_post(post=post, actor=cast.sam, text="Brot!")
    posts.act(post, "submit", actor=cast.sam)
    posts.judge(post, Verdict.APPROVE, actor=cast.olga)
    posts.judge(post, Verdict.APPROVE, actor=cast.ana, for_client=True)
    posts.act(post, "hold", actor=cast.ana)
    posts.act(post, "release", actor=cast.ana)
    posts.settle(post, "counter", sent=True, actor=cast.sam, url="https://a.example/1")

    found = told()

    assert types(found) == [
        "post.created", "post.submitted", "approval.requested", "approval.decided", "post.changes_requested",
        "post.updated", "post.submitted", "approval.requested", "approval.decided", "approval.requested",
        "approval.decided", "post.approved", "post.scheduled", "post.held", "post.released", "post.scheduled",
        "post.published",
    ]  # fmt: skip
    assert [data["stage"] for type, data in found if type == "approval.requested"] == ["internal", "internal", "client"]
    assert [data["verdict"] for type, data in found if type == "approval.decided"] == ["change", "approve", "approve"]
    assert found[-1][1]["post"]["states"] == {"counter": "sent"}
    assert (found[-1][1]["channel"], found[-1][1]["url"]) == ("counter", "https://a.example/1")


def test_an_import_is_told_when_it_ends(cast, line, told):
    source = (
        "external_id,thread_id,direction,kind,author_id,author_name,text,stars,created_at\n"
        "1,1,in,comment,a,A,Hallo,,2019-01-01T10:00:00Z\n"
    )
    imports.add(channel=line, user=cast.sam, filename="alt.csv", source=source.encode())

    imports.run_due(now=timezone.now())

    ((type, data),) = told()
    assert (type, data["import"]["state"], data["import"]["created"]) == ("import.finished", "done", 1)


def test_a_report_is_told_when_it_is_released(cast, line, told, api):
    month = (timezone.localdate().replace(day=1) - timedelta(days=1)).replace(day=1)
    draft = monthly.draft(client=cast.bakery, month=month, actor=cast.sam)

    monthly.release(draft, actor=cast.sam)

    ((type, data),) = told()
    shown = api(cast.olga).get(f"/api/v1/reports/{draft.id}/").json()
    assert (type, data["by"]) == ("report.released", cast.sam.email)
    assert data["report"] == {name: value for name, value in shown.items() if name != "document"}


def test_an_undone_release_is_not_told(cast, line, told):
    month = (timezone.localdate().replace(day=1) - timedelta(days=1)).replace(day=1)
    draft = monthly.draft(client=cast.bakery, month=month, actor=cast.sam)

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        monthly.release(draft, actor=cast.sam)
        raise ZeroDivisionError

    assert told() == []


def test_payloads_are_what_the_api_shows_and_describes(cast, line, told, api):
    now = timezone.now()
    factories.receive(line, factories.item("Habt ihr auf?", at=now - timedelta(minutes=9)), now=now)
    talk = factories.conversation(line)
    desk.answer(conversation=talk, user=cast.sam, text="Ja", sent_at=now)
    post = posts.add_post(client=cast.bakery, channels=["counter"], actor=cast.sam, kind="tip", text="Brot")
    by_type = dict(told())
    olga = api(cast.olga)

    shown = {
        "conversation": olga.get(f"/api/v1/conversations/{talk.id}/").json(),
        "interaction": olga.get("/api/v1/interactions/").json()["results"][-1],
        "post": olga.get(f"/api/v1/posts/{post.id}/").json(),
        "clock": olga.get(f"/api/v1/conversations/{talk.id}/").json()["clocks"][0],
    }
    payloads = {
        "conversation": by_type["conversation.updated"]["conversation"],
        "interaction": by_type["interaction.received"]["interaction"],
        "post": by_type["post.created"]["post"],
        "clock": by_type["sla.met"]["clock"],
    }

    for name, payload in payloads.items():
        known = {key: value for key, value in payload.items() if key in shown[name]}
        assert known == {key: shown[name][key] for key in known}, name
        assert set(payload) - set(known) == ({"urls"} if name == "post" else set())
    described = SchemaGenerator().get_schema(request=None, public=True)["components"]["schemas"]
    for name, payload in payloads.items():
        assert set(described[f"Told{name.title()}"]["properties"]) - {"expanded"} == set(payload), name


def test_a_queue_of_clients_asks_once_who_listens(cast, line, django_assert_max_num_queries):
    """Nobody listens: taking in a message costs one short question more."""
    with scope([cast.bakery.id]), django_assert_max_num_queries(40):
        factories.receive(line, factories.item("Hallo", at=timezone.now()))

    assert Outgoing.objects.count() == 0
