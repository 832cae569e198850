"""Whom the agency calls: kept by the client, in an order without gaps, seen by the agency alone."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from agency.models import Role
from clients import contacts
from clients.models import Contact, Event
from clients.refusal import Refused
from clients.scope import scope
from tests import factories


def add(client, name="Ben", **more):
    return contacts.add(client=client, actor=None, name=name, **more)


def order(client):
    return list(contacts.of([client.id]).values_list("name", "call_order"))


def test_contacts_to_call_come_first_in_their_order(cast, in_scope):
    for name, place in (("Zoe", 1), ("Ben", None), ("Ada", 1), ("Kim", 9)):
        add(cast.bakery, name, call_order=place)

    assert order(cast.bakery) == [("Ada", 1), ("Zoe", 2), ("Kim", 3), ("Ben", None)]


def test_others_close_up_when_somebody_moves_or_leaves(cast, in_scope):
    first, second, third = (add(cast.bakery, name, call_order=place) for place, name in enumerate("ABC", 1))
    contacts.change(contact=third, actor=None, call_order=1)
    contacts.change(contact=first, actor=None, call_order=None)
    contacts.remove(contact=second, actor=None)

    assert order(cast.bakery) == [("C", 1), ("A", None)]


class Order(TestCase):
    @given(st.lists(st.tuples(st.integers(0, 4), st.none() | st.integers(1, 6)), max_size=12))
    @settings(max_examples=20, deadline=None)
    def test_order_never_has_gaps_or_ties(self, moves):
        agency = factories.agency()
        client = factories.client(agency, "bakery", defaults=False)
        with scope([client.id]):
            rows = [add(client, name) for name in "ABCDE"]
            for which, place in moves:
                contacts.change(contact=rows[which], actor=None, call_order=place)
            places = [place for _name, place in order(client) if place]

        assert places == list(range(1, len(places) + 1))


@pytest.mark.parametrize(
    ("given", "field"),
    [({"name": " "}, "name"), ({"name": "x" * 201}, "name"), ({"email": "x"}, "email"), ({"phone": "call me"}, "phone"),
     ({"preferred": "dove"}, "preferred"), ({"preferred": "phone"}, "phone"), ({"preferred": "email"}, "email"),
     ({"call_order": 0}, "call_order"), ({"notes": "\0"}, "notes"), ({"notes": "x" * 4_001}, "notes")],
)  # fmt: skip
def test_a_wrong_entry_is_refused_at_its_field(cast, in_scope, given, field):
    with pytest.raises(Refused) as refused:
        add(cast.bakery, **({"name": "Ben"} | given))

    assert ([error[0] for error in refused.value.errors], Contact.objects.count()) == ([field], 0)


def test_the_log_tells_what_changed_but_nothing_of_the_person(cast, in_scope):
    contact = add(cast.bakery, phone="040 4711", email="ben@bakery.example")
    contacts.change(contact=contact, actor=cast.sam, phone="040 4712", name="Benno")
    contacts.remove(contact=contact, actor=cast.sam)

    told = list(Event.objects.filter(subject="contact").order_by("id").values_list("action", "after"))
    assert told == [
        ("contact.added", None), ("contact.changed", {"fields": ["name", "phone"]}), ("contact.removed", None),
    ]  # fmt: skip


def test_a_contact_with_an_account_of_this_client_is_linked(cast, in_scope):
    linked = add(cast.bakery, "Ana", email=cast.ana.email)
    others = [add(cast.bakery, "Flo", email=cast.flo.email), add(cast.bakery, "Nobody")]

    found = contacts.members([linked, *others])

    assert {id: row.user for id, row in found.items()} == {linked.id: cast.ana}


def test_the_api_keeps_contacts_for_the_staff_alone(cast, api):
    staff, portal = api(cast.sam), api(cast.ana)
    body = {"client": "bakery", "name": "Ben", "phone": "040 4711", "preferred": "phone", "call_order": 1}

    made = staff.post("/api/v1/contacts/", body)
    path = f"/api/v1/contacts/{made.json()['id']}/"
    changed = staff.patch(path, {"role": "Bäcker"})

    assert (made.status_code, changed.json()["role"]) == (201, "Bäcker")
    assert staff.get("/api/v1/contacts/?client=bakery").json()["results"] == [changed.json()]
    assert staff.get("/api/v1/contacts/?client=florist").json()["results"] == []
    assert [portal.get(where).status_code for where in ("/api/v1/contacts/", path)] == [403, 403]
    assert (staff.delete(path).status_code, staff.get(path).status_code) == (204, 404)


def test_the_file_shows_adds_changes_and_removes(cast, client):
    client.force_login(cast.sam)
    form = {"name": "Ben", "phone": "040 4711", "preferred": "phone", "call_order": "1", "notes": "<b>laut</b>"}

    added = client.post("/clients/bakery/contacts/", form)
    page = client.get("/clients/bakery/contacts/")
    id = page.context["rows"][0].id
    changed = client.post(f"/clients/bakery/contacts/{id}/", form | {"name": "Benno"})
    wrong = client.post(f"/clients/bakery/contacts/{id}/", form | {"email": "x", "name": "Typed"})

    assert (added.status_code, changed.status_code, wrong.status_code) == (302, 302, 400)
    assert ("tel:0404711" in page.content.decode(), "<b>laut" in page.content.decode()) == (True, False)
    assert (wrong.context["given"]["name"], list(wrong.context["trouble"].fields)) == ("Typed", ["email"])
    assert client.post(f"/clients/florist/contacts/{id}/remove/").status_code == 404
    assert client.post(f"/clients/bakery/contacts/{id}/remove/").status_code == 302
    assert client.get("/clients/bakery/contacts/").context["rows"] == []


def test_who_may_only_read_sees_no_form(cast, client):
    client.force_login(factories.member(cast.agency, "rita", Role.ANALYST, [cast.bakery]))

    page = client.get("/clients/bakery/contacts/").content.decode()

    assert ('name="phone"' in page, client.post("/clients/bakery/contacts/", {"name": "B"}).status_code) == (False, 403)


def test_the_page_needs_the_same_number_of_questions(cast, client):
    client.force_login(cast.sam)
    counted = []
    for number in range(3):
        with scope([cast.bakery.id]):
            add(cast.bakery, f"N{number}", email=f"n{number}@b.example")
        with CaptureQueriesContext(connection) as seen:
            client.get("/clients/bakery/contacts/")
        counted.append(len(seen))

    assert (counted[0] == counted[2], counted[2] <= 12) == (True, True)
