"""The agency's people and keys, the log, and the search over everything."""

import re

import pytest
from django.test import Client as Browser

from agency.models import LogEntry, Membership, Role, Token, User
from clients import directory, scope
from tests import factories


@pytest.fixture
def olga(cast, client):
    client.force_login(cast.olga)
    return client


@pytest.fixture
def sam(cast, client):
    client.force_login(cast.sam)
    return client


def test_somebody_new_signs_in_with_the_password_that_was_shown_once(cast, olga):
    form = {"email": "New@people.example", "name": "Nora", "role": "editor", "clients": ["bakery"]}

    shown = olga.post("/settings/", form)
    password = shown.context["made"]["password"]
    nora = Browser()
    nora.post("/sign-in/", {"username": "new@people.example", "password": password})

    assert [row["client"].slug for row in nora.get("/clients/").context["rows"]] == ["bakery"]
    assert (password in shown.content.decode(), password in olga.get("/settings/").content.decode()) == (True, False)
    assert "no-store" in shown.headers["Cache-Control"]


def test_a_known_account_keeps_its_password(cast, olga):
    before = cast.zoe.password

    answer = olga.post("/settings/", {"email": cast.zoe.email, "name": "", "role": "viewer", "clients": ["bakery"]})

    assert (answer.context["made"]["password"], User.objects.get(id=cast.zoe.id).password) == ("", before)


@pytest.mark.parametrize(
    ("change", "field"),
    [({"email": "x"}, "email"), ({"role": "king"}, "role"), ({"clients": ["pub"]}, "clients"), ({"name": "x" * 201}, "name")],
)  # fmt: skip
def test_a_refused_invitation_keeps_what_was_typed(cast, olga, change, field):
    form = {"email": "new@people.example", "name": "Nora", "role": "editor", "clients": ["bakery"]} | change

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


def test_settings_of_the_team_are_for_owners(cast, sam):
    olga = cast.olga.memberships.get()

    assert sam.get("/settings/").headers["Location"] == "/settings/tokens/"
    assert [sam.get(f"/settings/{page}").status_code for page in (f"members/{olga.id}/", "agency/")] == [403, 403]
    assert sam.post("/settings/", {"email": "a@b.example", "role": "owner"}).status_code == 302
    assert Membership.objects.filter(agency=cast.agency, user__email="a@b.example").exists() is False


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
