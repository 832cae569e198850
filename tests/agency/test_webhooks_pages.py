"""Settings → Webhooks: endpoints, their log, and a secret that is shown once."""

import re

import pytest

from agency.models import Endpoint, Role
from clients import scope
from clients.models import Delivery
from clients.webhooks import deliveries, endpoints, outbox
from tests import factories

FORM = {"url": "https://shop.example/hooks", "events": ["post.*"], "description": "Shop", "clients": ["bakery"]}


@pytest.fixture
def olga(cast, client):
    client.force_login(cast.olga)
    return client


@pytest.fixture
def endpoint(cast):
    """One for the bakery with three deliveries, of which one was given up."""
    made, _ = endpoints.add(
        principal=factories.principal(cast.olga), url=FORM["url"], events=["*"], clients=[cast.bakery], description="CRM"
    )
    with scope.scope([cast.bakery.id]):
        for number in range(3):
            outbox.tell(cast.bakery.id, "sla.met", f"conversation:{number}", lambda number=number: {"number": number})
    outbox.spread()
    with scope.scope([cast.bakery.id]):
        Delivery.objects.filter(line="conversation:0").update(state="failed", tries=10, status=500)
    return made


def test_a_new_webhook_shows_its_secret_this_once(cast, olga):
    shown = olga.post("/settings/webhooks/", FORM)

    secret = shown.context["secret"]
    made = Endpoint.objects.get()
    assert (secret.startswith("whsec_"), made.events, made.client_ids) == (True, ["post.*"], [cast.bakery.id])
    assert secret in shown.content.decode()
    assert secret not in olga.get("/settings/webhooks/").content.decode()
    assert "no-store" in shown.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"url": "http://shop.example"}, "url"), ({"url": "https://127.0.0.1/"}, "url"), ({"events": []}, "events"),
        ({"clients": ["nobody"]}, "clients"),
    ],
)  # fmt: skip
def test_a_refused_webhook_keeps_what_was_typed(olga, change, field):
    answer = olga.post("/settings/webhooks/", FORM | change)

    assert (answer.status_code, list(answer.context["trouble"].fields)) == (400, [field])
    assert f'value="{(FORM | change)["url"]}"' in answer.content.decode()
    assert Endpoint.objects.count() == 0


def test_the_log_is_read_and_what_was_given_up_is_sent_again(cast, olga, endpoint):
    place = f"/settings/webhooks/{endpoint.id}/"

    page = olga.get(place)
    failed = olga.get(f"{place}?state=failed").context["list"].rows
    detail = olga.get(f"{place}deliveries/{failed[0].id}/").content.decode()
    olga.post(f"{place}act/", {"action": "resend"})

    assert (len(page.context["list"].rows), [row.line for row in failed]) == (3, ["conversation:0"])
    assert "sla.met" in detail
    with scope.scope([cast.bakery.id]):
        assert set(Delivery.objects.values_list("state", flat=True)) == {"waiting"}


def test_every_action_of_the_page(cast, olga, endpoint):
    place = f"/settings/webhooks/{endpoint.id}/"
    before = endpoint.secret

    rotated = olga.post(place, {"action": "rotate"})
    seen = {}
    for action in ("test", "disable", "enable", "disable", "enable-new", "nonsense"):
        olga.post(f"{place}act/", {"action": action})
        seen[action] = Endpoint.objects.get().disabled_as
    changed = olga.post(place, FORM | {"description": "Neu"})
    with scope.scope([cast.bakery.id]):
        one = deliveries.of(factories.principal(cast.olga), endpoint).latest("id")
    again = olga.post(f"{place}deliveries/{one.id}/")
    removed = olga.post(f"{place}act/", {"action": "remove"})

    assert rotated.context["secret"].startswith("whsec_")
    assert seen == {"test": "", "disable": "paused", "enable": "", "enable-new": "", "nonsense": ""}
    assert (changed.status_code, again.status_code, removed.url) == (302, 302, "/settings/webhooks/")
    made = Endpoint.objects.get()
    assert (made.description, made.secret, made.secret_before, before != "") == ("Neu", "", "", True)
    assert olga.get(place).status_code == 404


def test_who_has_no_right_gets_no_page(cast, client, endpoint):
    editor = factories.member(cast.agency, "edi", Role.EDITOR, [cast.bakery])
    found = []
    for person in (editor, cast.ana):
        client.force_login(person)
        found += [client.get(f"/settings/webhooks/{rest}").status_code for rest in ("", f"{endpoint.id}/")]
        found.append(client.post(f"/settings/webhooks/{endpoint.id}/", {"action": "rotate"}).status_code)

    assert set(found) <= {403, 404}
    assert "Webhooks" not in client.get("/settings/tokens/").content.decode()


def test_a_manager_sees_those_of_their_clients_only(cast, client, endpoint):
    endpoints.add(principal=factories.principal(cast.olga), url=FORM["url"], events=["*"], clients=None)
    client.force_login(factories.member(cast.agency, "mia", Role.MANAGER, [cast.florist]))

    assert client.get("/settings/webhooks/").context["list"].rows == []
    assert client.get(f"/settings/webhooks/{endpoint.id}/").status_code == 404


def test_as_many_queries_for_many_as_for_few(cast, olga, endpoint, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        olga.get(f"/settings/webhooks/{endpoint.id}/")
    for _ in range(3):
        endpoints.add(principal=factories.principal(cast.olga), url=FORM["url"], events=["*"], clients=[cast.florist])

    with django_assert_max_num_queries(12):
        page = olga.get("/settings/webhooks/")

    assert len(page.context["list"].rows) == 4


@pytest.mark.parametrize(("language", "word"), [("de", "Nur diese Kunden"), ("en", "Only these clients")])
def test_the_pages_speak_both_languages_without_inline_handlers(cast, olga, endpoint, language, word):
    olga.cookies["language"] = olga.cookies["django_language"] = language
    pages = [olga.get(f"/settings/webhooks/{rest}").content.decode() for rest in ("", f"{endpoint.id}/")]

    assert all(re.search(r'<[^>]+\s(on\w+|style)=', page) is None for page in pages)
    assert all(word in page for page in pages)
