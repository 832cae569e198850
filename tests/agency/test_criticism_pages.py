"""Criticism on the screens: the checklist in the conversation, the second pair of eyes, incidents, the open log."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agency.models import Role
from clients.scope import scope
from feedback import incidents
from feedback.models import Case, Conversation, Disclosure, Incident, Playbook, Reply
from tests import factories

TALK_QUERIES, PAGE_QUERIES = 14, 12


@pytest.fixture
def sam(cast, client):
    client.force_login(cast.sam)
    return client


@pytest.fixture
def eve(cast):
    browser = Browser()
    browser.force_login(factories.member(cast.agency, "eve", Role.EDITOR, [cast.bakery, cast.florist]))
    return browser


def talk(client, thread="t1", text="Unfassbar schlecht, nie wieder!", **fields) -> Conversation:
    with scope([client.id]):
        line = client.channels.first() or factories.channel(client, f"{client.slug}-desk")
        now = timezone.now()
        item = factories.item(text, at=now - timedelta(hours=1), thread=thread, **fields)
        factories.receive(line, item, now=now)
        return factories.conversation(line, thread)


def at(row: Conversation, more: str = "") -> str:
    return f"/inbox/{row.client.slug}/{row.id}/{more}"


def test_the_checklist_is_shown_ticked_and_closed(cast, sam):
    row = talk(cast.bakery)

    first = sam.get(at(row)).content.decode()
    sam.post(at(row, "case/kind/"), {"kind": "justified_complaint"})
    sam.post(at(row, "case/step/"), {"step": "thank"})
    asked = sam.post(at(row, "resolve/"))
    reasonless = sam.post(at(row, "case/close/"), {"outcome": "stands"})
    sam.post(at(row, "case/close/"), {"outcome": "recovered"})
    resolved = sam.post(at(row, "resolve/"))

    assert "Für die Kritik danken" in first and "nach dem Wortlaut vorgeschlagen" in first
    assert (asked.status_code, reasonless.status_code, resolved.status_code) == (400, 400, 302)
    assert "wie es ausging" in asked.content.decode()
    with scope([cast.bakery.id]):
        case = Case.objects.get()
        assert (case.outcome, sorted(case.done.values_list("step", flat=True))) == (
            "recovered", ["record_outcome", "thank"],
        )  # fmt: skip


def test_the_page_asks_for_a_second_pair_of_eyes(cast, sam, eve):
    row = talk(cast.bakery, kind="review", stars=1)

    sam.post(at(row, "reply/"), {"text": "Es tut uns leid.", "then": "", "seen": "0"})
    with scope([cast.bakery.id]):
        reply = Reply.objects.get()
    mine, hers = sam.get(at(row)).content.decode(), eve.get(at(row)).content.decode()
    own = sam.post(at(row, f"replies/{reply.id}/release/"), {"version": "1"})
    released = eve.post(at(row, f"replies/{reply.id}/release/"), {"version": "1"})
    sam.post(at(row, f"replies/{reply.id}/given/"))

    assert f"{reply.id}/release/" not in mine and f"{reply.id}/release/" in hers
    assert (own.status_code, released.status_code) == (409, 302)
    with scope([cast.bakery.id]):
        assert Reply.objects.get().state == "delivered"


def test_silencing_asks_for_a_reason(cast, sam):
    row = talk(cast.bakery)

    bare = sam.post(at(row, "spam/"))
    silent = sam.post(at(row, "case/remove/"), {"action": "hide", "reason": ""})
    done = sam.post(at(row, "case/remove/"), {"action": "spam", "reason": "Werbung für Wetten."})
    page = sam.get("/clients/bakery/criticism/").content.decode()

    assert (bare.status_code, silent.status_code, done.status_code) == (400, 400, 302)
    assert "Werbung für Wetten." in page
    with scope([cast.bakery.id]):
        assert Disclosure.objects.count() == 1


def test_an_incident_has_a_banner_and_a_page(cast, sam):
    with scope([cast.bakery.id]):
        rows = [talk(cast.bakery, f"t{n}") for n in range(5)]
        incidents.look(cast.bakery.id, now=timezone.now())
        incident = Incident.objects.get()
    page = f"/inbox/bakery/incidents/{incident.id}/"

    inbox = sam.get("/inbox/").content.decode()
    sam.post(f"{page}lead/", {"owner": "me"})
    sam.post(f"{page}decide/", {"text": "Wir antworten einzeln."})
    shown = sam.get(page).content.decode()
    refused = sam.post(f"{page}close/", {"summary": ""})
    sam.post(f"{page}close/", {"summary": "Vorbei."})

    assert page in inbox
    assert "Wir antworten einzeln." in shown and at(rows[0]) in shown
    assert refused.status_code == 400
    assert page not in sam.get("/inbox/").content.decode()
    assert page in sam.get("/inbox/incidents/").content.decode()


def test_the_rules_of_a_client_are_changed_on_its_page(cast, sam, eve):
    given = {"four_eyes_stars": "2", "four_eyes_kinds": ["troll"], "crisis_count": "3", "crisis_hours": "1,5"}

    refused = sam.post("/clients/bakery/criticism/", given | {"four_eyes_stars": "7"})
    saved = sam.post("/clients/bakery/criticism/", given)
    other = eve.post("/clients/bakery/criticism/", given)

    assert (refused.status_code, saved.status_code, other.status_code) == (400, 302, 403)
    with scope([cast.bakery.id]):
        rules = Playbook.objects.get()
        assert (rules.four_eyes_stars, rules.four_eyes_kinds, rules.crisis_count, rules.crisis_minutes) == (
            2, ["troll"], 3, 90,
        )  # fmt: skip


@pytest.mark.parametrize("size", [1, 3])
def test_pages_ask_little_of_the_database_at_any_size(cast, sam, size):
    with scope([cast.bakery.id, cast.florist.id]):
        rows = [talk(client, f"t{n}") for client in (cast.bakery, cast.florist) for n in range(size)]
        made = incidents.open_by_hand(conversation=rows[0], user=cast.sam, title="Brot")
        incidents.link(incident=made, user=cast.sam, conversation=rows[size - 1])
    sam.get("/inbox/")

    counts = {}
    for page in (at(rows[0]), f"/inbox/bakery/incidents/{made.id}/", "/inbox/incidents/", "/clients/bakery/criticism/"):
        with CaptureQueriesContext(connection) as queries:
            assert sam.get(page).status_code == 200
        counts[page] = len([one for one in queries.captured_queries if "SAVEPOINT" not in one["sql"]])

    assert counts.pop(at(rows[0])) <= TALK_QUERIES
    assert max(counts.values()) <= PAGE_QUERIES


def test_pages_are_for_those_who_serve_the_client(cast, sam, client):
    row = talk(cast.bakery)
    with scope([cast.bakery.id]):
        made = incidents.open_by_hand(conversation=row, user=cast.sam, title="Brot")
    stranger, ana = Browser(), Browser()
    stranger.force_login(factories.member(cast.agency, "tom", Role.EDITOR, [cast.florist]))
    ana.force_login(cast.ana)
    pages = [f"/inbox/bakery/incidents/{made.id}/", "/clients/bakery/criticism/"]

    assert [stranger.get(page).status_code for page in pages] == [404, 404]
    assert [ana.get(page).status_code for page in pages] == [403, 403]
    assert "Brot" not in stranger.get("/inbox/incidents/").content.decode()


def test_both_languages_are_complete_and_nothing_is_inline(cast, sam):
    row = talk(cast.bakery)
    with scope([cast.bakery.id]):
        made = incidents.open_by_hand(conversation=row, user=cast.sam, title="Brot")
    pages = [at(row), f"/inbox/bakery/incidents/{made.id}/", "/inbox/incidents/", "/clients/bakery/criticism/"]

    german = "".join(sam.get(page).content.decode() for page in pages)

    assert re.findall(r' (?:style|on\w+)="', german) == []
    for words in ("Log of decisions", "Criticism</", "Take it out of sight", "What was decided?"):
        assert words not in german
