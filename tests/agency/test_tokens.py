import pytest
from django.core.management import CommandError, call_command

from agency.models import LogEntry, Token
from agency.rights import SCOPES
from tests import factories
from tests.asking import ask
from tests.factories import caller


@pytest.fixture
def pub(db):
    """The only client of another agency."""
    return factories.client(factories.agency("rival"), "pub")


def test_a_token_is_shown_once_and_works(cast, api):
    asker = api(cast.olga)

    made = ask(asker, "POST", "/tokens/", {"name": "till", "scopes": ["clients:read"], "clients": ["bakery"]})

    secret = made.json()["token"]
    assert (made.status_code, secret[:12]) == (201, made.json()["prefix"])
    assert ask(caller(secret), "GET", "/me/").json()["clients"] == ["bakery"]
    assert secret not in ask(asker, "GET", "/tokens/").content.decode()


def test_nobody_makes_a_token_with_more_rights_than_they_have(cast, client):
    client.force_login(cast.sam)

    made = client.post(
        "/api/v1/tokens/", {"name": "x", "scopes": ["inbox:read", "agency:write"]}, content_type="application/json"
    )

    assert (made.status_code, [entry["field"] for entry in made.json()["errors"]]) == (400, ["scopes[1]"])


def test_a_token_makes_tokens_only_with_the_right_to_run_the_agency(cast, api):
    body = {"name": "x", "scopes": ["inbox:read"]}

    assert ask(api(cast.sam), "POST", "/tokens/", body).status_code == 403
    assert ask(api(cast.olga), "POST", "/tokens/", body).status_code == 201


def test_a_limited_token_hands_on_its_limits(cast, api):
    made = ask(api(cast.olga, clients=[cast.florist]), "POST", "/tokens/", {"name": "x", "scopes": ["inbox:read"]})

    assert made.json()["clients"] == ["florist"]


def test_others_see_only_their_own_tokens(cast, api):
    api(cast.olga)
    body = ask(api(cast.sam), "GET", "/tokens/").json()

    assert [row["creator"] for row in body["results"]] == [cast.sam.email]


def test_a_revoked_token_is_nobody(cast, api):
    asker, other = api(cast.olga), api(cast.sam)
    id = Token.objects.get(creator=cast.sam).id

    gone = ask(asker, "DELETE", f"/tokens/{id}/")

    assert (gone.status_code, ask(other, "GET", "/me/").status_code) == (204, 401)
    assert LogEntry.objects.filter(action="token.revoked", actor=cast.olga).count() == 1


def test_a_foreign_token_is_absent(cast, api, pub):
    api(pub.agency.memberships.get().user, agency=pub.agency)
    id = Token.objects.get(agency=pub.agency).id

    assert ask(api(cast.olga), "DELETE", f"/tokens/{id}/").status_code == 404


def test_create_token_prints_the_token_alone(cast, capsys):
    call_command("create_token", agency="nord", scopes="all", client=["bakery"])

    secret = capsys.readouterr().out.removesuffix("\n")
    body = ask(caller(secret), "GET", "/me/").json()
    assert (body["clients"], body["rights"]) == (["bakery"], sorted(SCOPES))


@pytest.mark.parametrize(
    "options",
    [
        {"agency": "none", "scopes": "all"},
        {"agency": "nord", "scopes": "inbox:reed"},
        {"agency": "nord", "scopes": "all", "client": ["pub"]},
        {"agency": "nord", "scopes": "all", "user": "zoe@nowhere.example"},
        {"agency": "nord", "scopes": "all", "expires": 0},
    ],
)
def test_create_token_refuses(cast, options):
    with pytest.raises(CommandError):
        call_command("create_token", **options)


def test_found_agency_makes_an_owner_who_can_sign_in(db, monkeypatch, client):
    monkeypatch.setenv("OWNER_PASSWORD", "correct-horse-battery")

    call_command("found_agency", slug="new", name="New", owner_email="Ole@New.example", owner_name="Ole")

    assert client.login(username="ole@new.example", password="correct-horse-battery")


@pytest.mark.parametrize(
    ("slug", "password", "country"),
    [("New", "correct-horse-battery", "DE"), ("new", "short", "DE"), ("new", "correct-horse-battery", "XX")],
)
def test_found_agency_refuses(db, monkeypatch, slug, password, country):
    monkeypatch.setenv("OWNER_PASSWORD", password)

    with pytest.raises(CommandError):
        call_command("found_agency", slug=slug, name="N", owner_email="o@n.example", owner_name="O", country=country)
