"""The proof of isolation notices each of these faults: without them it would be worth nothing."""

import dataclasses
import logging
import re
from collections.abc import Callable

import pytest
from django.http import HttpResponse, JsonResponse
from django.urls import clear_url_caches, path
from rest_framework.response import Response

from agency import api as agency_api
from agency import doors, identity, tokens
from agency.models import Token
from clients import access, keys, scope
from clients.api import directory as clients_api
from clients.models import Channel, Client
from config import urls
from feedback.api import alerts, filters, interactions, parameters, policies
from feedback.models import Alert, Interaction
from tests import isolation, world

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]
PLANTED: dict[str, tuple[str, Callable]] = {}


def planted(where: str):
    """A fault, and a pattern of the routes at which it shows."""

    def keep(plant):
        PLANTED[plant.__name__] = (where, plant)
        return plant

    return keep


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker):
    with world.lasting(django_db_blocker):
        logging.disable()
        yield isolation.build()
        logging.disable(logging.NOTSET)


def first_leak(there, where: str) -> str:
    """The first thing told that should not have been; a mere crash doesn't count."""
    found = isolation.survey(there, where=lambda route: re.match(where, route.pattern), methods=isolation.declared)
    told = (f"{asker}: {case}: {fault}" for asker, case, faults in found for fault in faults)
    return next((line for line in told if ": answers 500" not in line), "")


def wall_wide_open(patch, there) -> None:
    """Every request sees every client's rows."""
    everybody = [there.own.client.id, there.other.client.id]
    patch.setattr(access, "enter", lambda principal: scope.enter(everybody))


def unlimited(patch, there) -> None:
    """The wall open, and lists that trust in it."""
    wall_wide_open(patch, there)
    patch.setattr(parameters.Asked, "within", lambda self, rows: rows)


for listed in ("conversations", "replies", "imports", "policies", "alerts"):
    PLANTED[f"the_wall_and_the_filter_are_gone_in_{listed}"] = (f"api/v1/{listed}/", unlimited)


@planted("api/v1/alerts/")
def everybodys_alerts_are_everybodys(patch, there):
    unlimited(patch, there)
    patch.setattr(alerts.alerts, "inbox", lambda user, now: Alert.objects.all())


@planted("api/v1/events/")
def events_are_not_filtered(patch, there):
    wall_wide_open(patch, there)
    everything = clients_api.Event.objects.select_related("client", "actor")
    patch.setattr(clients_api.Events, "rows", lambda self: everything.all())


@planted("api/v1/conversations/")
def the_door_asks_for_no_right(patch, there):
    patch.setattr(doors.Door, "_check_right", lambda self, method: None)


@planted("api/v1/interactions/")
def a_key_has_every_right_of_its_maker(patch, there):
    limited = access.of_token
    patch.setattr(
        access,
        "of_token",
        lambda token: (
            (found := limited(token)) and dataclasses.replace(found, rights=access.rights.OF_ROLE[found.role])
        ),
    )


@planted("api/v1/clients/")
def a_key_has_every_client_of_its_maker(patch, there):
    patch.setattr(access, "of_token", lambda token: access.of_user(token.creator, token.agency))


@planted("api/v1/me/")
def everybody_of_the_agency_serves_every_client(patch, there):
    narrow = access._principal

    def wide(user, membership, served):
        return narrow(user, membership, Client.objects.filter(agency=membership.agency).values_list("id", flat=True))

    patch.setattr(access, "_principal", wide)


@planted("api/v1/clients/")
def a_client_is_found_without_the_principal(patch, there):
    patch.setattr(access, "client", lambda principal, slug: Client.objects.get(slug=slug))


@planted("api/v1/channels/")
def channels_are_everybodys(patch, there):
    patch.setattr(access, "channels", lambda principal: Channel.objects.select_related("client"))


@planted("api/v1/interactions/bulk/")
def a_batch_finds_every_clients_channels(patch, there):
    wall_wide_open(patch, there)
    patch.setattr(interactions.access, "clients", lambda principal: Client.objects.all())
    patch.setattr(interactions.access, "channels", lambda principal: Channel.objects.select_related("client"))


@planted("api/v1/policies/")
def a_policy_may_name_every_clients_channels(patch, there):
    narrow = policies.Names.__init__
    everybody = [there.own.client.id, there.other.client.id]
    patch.setattr(policies.Names, "__init__", lambda self, ids: narrow(self, everybody))


@planted("api/v1/conversations/<int:id>/assign/")
def anybody_may_be_assigned(patch, there):
    known = access.User.objects
    patch.setattr(access, "member", lambda principal, email, client: known.get(email=email))


@planted("api/v1/me/")
def revoked_and_expired_keys_work(patch, there):
    def find(secret):
        return Token.objects.select_related("agency", "creator").filter(digest=tokens.digest(secret)).first()

    patch.setattr(tokens, "find", find)


@planted("api/v1/clients/")
def who_is_nobody_is_the_owner(patch, there):
    patch.setattr(
        identity.TokenAuthentication, "authenticate", lambda self, request: (access.of_user(there.olga), None)
    )


@planted("api/v1/tokens/")
def keys_of_others_are_listed(patch, there):
    patch.setattr(keys, "visible", lambda principal: Token.objects.select_related("creator"))


@planted("api/v1/members/")
def members_are_shown_to_keys_for_one_client(patch, there):
    listed = agency_api.Membership.objects.select_related("user", "agency")
    patch.setattr(agency_api.MemberView, "members", lambda self: listed.prefetch_related("assignments__client"))


@planted("api/v1/campaigns/")
def a_foreign_one_is_refused_in_other_words(patch, there):
    def client(principal, slug):
        known = Client.objects.filter(slug=slug).exists()
        found = access.clients(principal).filter(slug=slug).first()
        if found is None:
            raise access.NotFound(f"There is no client '{slug}' {'for you' if known else 'at all'}.")
        return found

    patch.setattr(access, "client", client)


@planted("api/v1/conversations/<int:id>/")
def a_foreign_one_is_forbidden_instead_of_absent(patch, there):
    missing = filters._got

    def got(row, id):
        if row is None and id in there.other.ids[type(there.other.conversation)]:
            raise access.Forbidden("inbox:read")
        return missing(row, id)

    patch.setattr(filters, "_got", got)


@planted("api/v1/me/")
def a_header_tells(patch, there):
    honest = agency_api.WhoAmI.get

    def get(self, request):
        answer = honest(self, request)
        answer["X-Clients"] = ",".join(Client.objects.values_list("slug", flat=True))
        return answer

    patch.setattr(agency_api.WhoAmI, "get", get)


@planted("$")
def the_page_of_the_clients_shows_all(patch, there):
    everybody_of_the_agency_serves_every_client(patch, there)


def _add(patch, address: str, view) -> None:
    patch.setattr(urls, "urlpatterns", [*urls.urlpatterns, path(address, view)])
    clear_url_caches()


@pytest.fixture
def routes_again():
    yield
    clear_url_caches()


def _leaky_list(request):
    return JsonResponse({"names": list(Channel.objects.values_list("name", flat=True))})


def _leaky_row(request, number: int):
    scope.enter(Client.objects.values_list("id", flat=True))
    row = Interaction.objects.filter(id=number).first()
    return HttpResponse(row.text if row else "", status=200 if row else 404)


class LeakyDoor(doors.View):
    """Has the door, but answers with whatever is asked for."""

    rights = {"GET": "inbox:read"}

    def get(self, request, number: int):
        scope.enter(Client.objects.values_list("id", flat=True))
        return Response(list(Interaction.objects.filter(id=number).values_list("text", flat=True)))


NEW = {"list/": _leaky_list, "row/<int:number>/": _leaky_row, "door/<int:number>/": LeakyDoor.as_view()}


@pytest.mark.parametrize("address", NEW)
def test_a_new_route_is_asked_without_being_named(built, db, monkeypatch, routes_again, address):
    _add(monkeypatch, f"api/v1/new/{address}", NEW[address])

    leak, gaps = first_leak(built, "api/v1/new/"), isolation.unreached(built, lambda r: "v1/new/" in r.pattern)

    assert leak != ""
    assert gaps != []


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_noticed(built, db, monkeypatch, name):
    where, plant = PLANTED[name]
    plant(monkeypatch, built)

    leak = first_leak(built, where)

    print(leak)
    assert leak != ""
