from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from agency.models import Membership, Role, Token
from clients import people
from tests import factories
from tests.asking import ask
from tests.factories import caller


@pytest.fixture
def pub(db):
    """The only client of another agency."""
    return factories.client(factories.agency("rival"), "pub")


@pytest.mark.parametrize("secret", ["", "rsz_wrong", "ü", "x" * 5_000])
@pytest.mark.parametrize(
    ("method", "address"),
    [("GET", "/clients/"), ("POST", "/clients/"), ("PUT", "/me/"), ("GET", "/clients/bakery/"), ("OPTIONS", "/me/")],
)
def test_nobody_gets_401_before_anything_else(cast, secret, method, address):
    answer = ask(caller(secret), method, address, "{broken")

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="Resonanz"')


def test_a_token_opens_the_doors_of_its_creator(cast, api):
    answer = ask(api(cast.sam), "GET", "/clients/")

    assert [row["slug"] for row in answer.json()["results"]] == ["bakery", "florist"]


def test_a_token_is_limited_to_its_clients(cast, api):
    asker = api(cast.olga, clients=[cast.florist])

    assert [row["slug"] for row in ask(asker, "GET", "/clients/").json()["results"]] == ["florist"]
    assert ask(asker, "GET", "/clients/bakery/").status_code == 404
    assert ask(asker, "GET", "/channels/?client=bakery").status_code == 404


def test_a_token_is_limited_to_its_scopes_and_the_refusal_names_the_right(cast, api):
    answer = ask(api(cast.olga, scopes=["clients:read"]), "PATCH", "/clients/bakery/", {"name": "X"})

    assert answer.status_code == 403
    assert answer.json()["detail"] == "This needs the right 'clients:write'."


def test_a_token_never_has_more_rights_than_its_creator_now(cast, api):
    asker = api(cast.sam)
    Membership.objects.filter(user=cast.sam).update(role=Role.ANALYST)

    assert ask(asker, "PATCH", "/clients/bakery/", {"name": "X"}).status_code == 403


def test_who_is_removed_is_nobody_with_the_next_request(cast, api):
    asker = api(cast.sam)
    people.remove_member(membership=Membership.objects.get(user=cast.sam), actor=cast.olga)

    assert ask(asker, "GET", "/me/").status_code == 401


@pytest.mark.parametrize("ended", [{"expires_at": timedelta(seconds=-1)}, {"revoked_at": timedelta(seconds=-1)}])
def test_expired_and_revoked_tokens_open_nothing(cast, ended, api):
    asker = api(cast.olga)
    Token.objects.update(**{name: timezone.now() + ago for name, ago in ended.items()})

    assert ask(asker, "GET", "/me/").status_code == 401


def test_foreign_clients_are_absent_everywhere(cast, api):
    asker = api(cast.olga)

    asked = [
        ask(asker, "GET", "/clients/pub/"),
        ask(asker, "GET", "/channels/?client=pub"),
        ask(asker, "GET", "/events/?client=pub"),
        ask(asker, "GET", "/campaigns/?client=pub"),
        ask(asker, "POST", "/channels/", {"client": "pub", "slug": "a", "name": "A", "network": "manual"}),
        ask(asker, "POST", "/campaigns/", {"client": "pub", "slug": "a", "name": "A"}),
        ask(asker, "POST", "/tokens/", {"name": "a", "scopes": ["inbox:read"], "clients": ["pub"]}),
        ask(asker, "POST", "/members/", {"email": "a@b.example", "name": "A", "role": "editor", "clients": ["pub"]}),
    ]

    assert [answer.status_code for answer in asked] == [404] * 8
    assert b"Secret" not in b"".join(answer.content for answer in asked)


def test_a_session_needs_the_csrf_token_to_write(cast):
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(cast.olga)

    read = browser.get("/api/v1/me/")
    written = browser.patch("/api/v1/clients/bakery/", '{"name": "X"}', content_type="application/json")

    assert (read.status_code, written.status_code) == (200, 403)
    assert written["Content-Type"] == "application/problem+json"


def test_a_signed_in_stranger_is_nobody(cast, client):
    client.force_login(cast.zoe)

    assert client.get("/api/v1/me/").status_code == 401


def test_unknown_methods_are_405_and_name_those_there_are(cast, api):
    answer = ask(api(cast.olga), "PUT", "/clients/", {})

    assert (answer.status_code, answer["Allow"]) == (405, "GET, POST, HEAD, OPTIONS")


def test_head_needs_the_right_of_get(cast, api):
    assert ask(api(cast.olga, scopes=["inbox:read"]), "HEAD", "/clients/").status_code == 403


def test_a_nul_in_the_query_is_named(cast, api):
    answer = ask(api(cast.olga), "GET", "/channels/?client=a%00b")

    assert [entry["field"] for entry in answer.json()["errors"]] == ["client"]


def test_me_shows_the_rights_of_this_request(cast, api):
    body = ask(api(cast.flo, scopes=["inbox:read", "agency:write"]), "GET", "/me/").json()

    assert (body["role"], body["rights"], body["clients"]) == ("approver", ["inbox:read"], ["florist"])
