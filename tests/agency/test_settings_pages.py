"""The agency's people and keys, the log, and the search over everything."""

import re

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from agency.models import LogEntry, Membership, Role, Token, User
from clients import directory, scope
from clients.models import Invitation
from tests import factories, signing


@pytest.fixture
def olga(cast, client):
    client.force_login(cast.olga)
    return client


@pytest.fixture
def sam(cast, client):
    client.force_login(cast.sam)
    return client


def test_somebody_new_is_invited_and_shown_until_they_answer(cast, olga, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    form = {"email": "New@people.example", "role": "editor", "clients": ["bakery"]}

    sent = olga.post("/settings/", form)
    shown = olga.get("/settings/")
    Browser().post(signing.link(), {"name": "Nora", "password": "three calm words"})
    later = olga.get("/settings/")

    assert (sent.status_code, User.objects.get(email="new@people.example").name) == (302, "Nora")
    assert [(one["row"].email, one["clients"]) for one in shown.context["open"]] == [("new@people.example", ["Bakery"])]
    assert (later.context["open"], len(later.context["list"].rows)) == ([], len(shown.context["list"].rows) + 1)


def test_a_manager_invites_within_their_clients_and_sees_no_list_of_members(cast, client):
    client.force_login(factories.member(cast.agency, "mia", Role.MANAGER, [cast.bakery]))

    page = client.get("/settings/")
    sent = client.post("/settings/", {"email": "a@b.example", "role": "viewer", "clients": ["bakery"]})
    refused = client.post("/settings/", {"email": "a@b.example", "role": "viewer", "clients": ["florist"]})

    assert (page.context["list"], [slug for slug, _name in page.context["clients"]]) == (None, ["bakery"])
    assert ([role for role, _words in page.context["roles"]], sent.status_code) == ([*Role.values[1:]], 302)
    assert (refused.status_code, list(refused.context["trouble"].fields)) == (400, ["clients"])


def test_the_clients_file_invites_for_this_client_alone(cast, sam):
    form = {"email": "wirt@bakery.example", "role": "approver", "clients": ["florist"]}

    sent = sam.post("/clients/bakery/team/", form)
    shown, elsewhere = sam.get("/clients/bakery/team/"), sam.get("/clients/florist/team/")

    assert (sent.status_code, [one["row"].client_ids for one in shown.context["open"]]) == (302, [[cast.bakery.id]])
    assert elsewhere.context["open"] == []


def test_an_invitation_is_taken_back_and_not_sent_again_at_once(cast, sam):
    sam.post("/clients/bakery/team/", {"email": "wirt@bakery.example", "role": "approver"})
    row = Invitation.objects.get()

    again = sam.post(f"/settings/invitations/{row.id}/resend/", follow=True)
    gone = sam.post(f"/settings/invitations/{row.id}/revoke/")

    assert "fünf Minuten" in again.content.decode()
    assert (gone.status_code, sam.post(f"/settings/invitations/{row.id}/revoke/").status_code) == (302, 404)


def test_lists_of_people_need_the_same_number_of_questions(cast, olga):
    counted = []
    for number in range(4):
        olga.post("/settings/", {"email": f"n{number}@b.example", "role": "viewer", "clients": ["bakery"]})
        with CaptureQueriesContext(connection) as seen:
            olga.get("/settings/")
        counted.append(len(seen))

    assert (counted[1] == counted[3], counted[3] <= 12) == (True, True)


@pytest.mark.parametrize(
    ("change", "field"),
    [({"email": "x"}, "email"), ({"role": "king"}, "role"), ({"clients": ["pub"]}, "clients"), ({"clients": []}, "clients")],
)  # fmt: skip
def test_a_refused_invitation_keeps_what_was_typed(cast, olga, change, field):
    form = {"email": "new@people.example", "role": "editor", "clients": ["bakery"]} | change

    answer = olga.post("/settings/", form)

    assert (answer.status_code, list(answer.context["trouble"].fields)) == (400, [field])
    assert answer.context["given"]["email"] == form["email"]


def test_a_member_gets_another_role_and_other_clients_and_leaves(cast, olga):
    sam = cast.sam.memberships.get()

    changed = olga.post(f"/settings/members/{sam.id}/", {"role": "analyst", "clients": ["florist"]})
    sam.refresh_from_db()
    served = list(sam.assignments.values_list("client__slug", flat=True))
    removed = olga.post(f"/settings/members/{sam.id}/remove/")

    assert (changed.status_code, sam.role, served) == (302, Role.ANALYST, ["florist"])
    assert (removed.status_code, Membership.objects.filter(id=sam.id).exists()) == (302, False)


def test_the_last_owner_stays(cast, olga):
    owner = cast.olga.memberships.get()

    demoted = olga.post(f"/settings/members/{owner.id}/", {"role": "editor"})
    removed = olga.post(f"/settings/members/{owner.id}/remove/", follow=True)

    assert (demoted.status_code, removed.redirect_chain) == (409, [(f"/settings/members/{owner.id}/", 302)])
    assert "mindestens eine Inhaberin" in removed.content.decode()


def test_members_are_changed_by_owners_alone(cast, sam):
    olga = cast.olga.memberships.get()

    refused = sam.post("/settings/", {"email": "a@b.example", "role": "owner"})

    assert [sam.get(f"/settings/{page}").status_code for page in (f"members/{olga.id}/", "agency/")] == [403, 403]
    assert (refused.status_code, Invitation.objects.count()) == (400, 0)


def test_editors_invite_nobody(cast, client):
    client.force_login(factories.member(cast.agency, "edith", Role.EDITOR, [cast.bakery]))

    assert client.get("/settings/").headers["Location"] == "/settings/tokens/"
    assert client.post("/settings/", {"email": "a@b.example", "role": "viewer", "clients": ["bakery"]}).status_code == 302
    assert client.post("/clients/bakery/team/", {"email": "a@b.example", "role": "viewer"}).status_code == 403
    assert Invitation.objects.count() == 0


def test_members_of_another_agency_are_not_there(cast, olga):
    rival = factories.agency("rival").memberships.get()

    answers = [olga.get(f"/settings/members/{rival.id}/"), olga.post(f"/settings/members/{rival.id}/remove/")]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_a_key_works_after_it_was_shown_and_no_more_after_it_was_revoked(cast, sam):
    form = {"name": "Kasse", "scopes": ["clients:read"], "clients": ["bakery"], "days": "30"}

    shown = sam.post("/settings/tokens/", form)
    secret = shown.context["secret"]
    works = factories.caller(secret).get("/api/v1/me/")
    made = Token.objects.get(name="Kasse")
    revoked = sam.post(f"/settings/tokens/{made.id}/revoke/")

    assert (works.status_code, works.json()["clients"]) == (200, ["bakery"])
    assert (secret in shown.content.decode(), secret in sam.get("/settings/tokens/").content.decode()) == (True, False)
    assert (revoked.status_code, factories.caller(secret).get("/api/v1/me/").status_code) == (302, 401)


@pytest.mark.parametrize(
    ("change", "field"),
    [({"name": ""}, "name"), ({"scopes": []}, "scopes"), ({"clients": ["pub"]}, "clients"), ({"days": "x"}, "days"),
     ({"scopes": ["agency:write"]}, "scopes[0]")],
)  # fmt: skip
def test_a_refused_key_is_none(cast, sam, change, field):
    form = {"name": "Kasse", "scopes": ["clients:read"], "days": ""} | change

    answer = sam.post("/settings/tokens/", form)

    assert (answer.status_code, field in answer.context["trouble"].fields) == (400, True)
    assert Token.objects.count() == 0


def test_others_keys_are_not_shown(cast, sam):
    factories.api(cast.agency, cast.olga)
    key = Token.objects.get()

    page = sam.get("/settings/tokens/")

    assert page.context["list"].rows == []
    assert sam.post(f"/settings/tokens/{key.id}/revoke/").status_code == 404


def test_the_log_tells_before_and_after_of_served_clients(cast, client):
    with scope.scope([cast.bakery.id, cast.florist.id]):
        directory.change_client(client=cast.bakery, actor=cast.olga, name="Brotzeit")
        directory.change_client(client=cast.florist, actor=cast.olga, name="Blumen")
    client.force_login(factories.member(cast.agency, "mia", Role.MANAGER, [cast.bakery]))

    answer = client.get("/log/?action=client.changed")

    rows = [(row["client"].slug, row["actor"], row["deed"], row["lines"]) for row in answer.context["rows"]]
    assert rows == [("bakery", "Olga", "Kunde geändert", [("Name", "Bakery", "Brotzeit")])]
    assert client.get("/log/?client=florist").status_code == 404
    assert client.get("/log/agency/").status_code == 403


def test_the_agencys_log_is_for_owners(cast, olga):
    answer = olga.get("/log/agency/")

    assert answer.status_code == 200
    assert len(answer.context["rows"]) == LogEntry.objects.filter(agency=cast.agency).count()


def test_who_may_not_read_the_log_does_not(cast, client):
    client.force_login(factories.member(cast.agency, "rita", Role.ANALYST, [cast.bakery]))

    page = client.get("/clients/").content.decode()

    assert (client.get("/log/").status_code, 'href="/log/"' in page) == (403, False)


def test_a_long_log_goes_on_where_it_ended(cast, olga):
    with scope.scope([cast.bakery.id]):
        for number in range(60):
            directory.change_client(client=cast.bakery, actor=None, name=f"Name {number}")

    first = olga.get("/log/?client=bakery&action=client.changed")
    second = olga.get(f"/log/?{first.context['list'].more}")

    names = [line[2] for page in (first, second) for row in page.context["rows"] for line in row["lines"]]
    assert names == [f"Name {number}" for number in reversed(range(60))]


def test_the_search_finds_only_what_is_served(cast, client):
    for one in (cast.bakery, cast.florist):
        with scope.scope([one.id]):
            at = factories.LONG_AGO
            factories.receive(
                factories.channel(one, "desk"), factories.item(f"Gibt es {one.slug} Sonnenblumen?", at=at)
            )
    client.force_login(factories.member(cast.agency, "mia", Role.MANAGER, [cast.bakery]))

    both, other, names = (client.get("/search/", {"q": q}) for q in ("sonnenblumen gibt", "florist", "BAK"))

    assert [one["row"].client.slug for one in both.context["conversations"]] == ["bakery"]
    assert bool(other.context["found"]) is False
    assert [one.slug for one in names.context["found"].clients] == ["bakery"]


@pytest.mark.parametrize("words", ["", " ", "x", "%", "'", "x" * 4_000, "__"])
def test_odd_searches_find_nothing_and_break_nothing(cast, olga, words):
    answer = olga.get("/search/", {"q": words})

    assert (answer.status_code, bool(answer.context["found"])) == (200, False)
    assert re.search("<h1[ >]", answer.content.decode())


@pytest.mark.parametrize("words", ["\0", "x" * 5_000])
def test_searches_that_can_be_none_are_refused(olga, words):
    assert olga.get("/search/", {"q": words}).status_code == 400
