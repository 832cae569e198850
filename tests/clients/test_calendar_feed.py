"""A client's calendar at a secret address: made, renewed, revoked; of that client alone, as its people see it."""

from datetime import timedelta

import icalendar
import pytest
from django.test import Client as Browser
from django.utils import timezone

from campaigns import feeds, posts
from campaigns.vocabulary import Verdict
from clients.models import Client, Event
from tests import factories
from tests.asking import ask

HERE = "/calendar-feeds/bakery/"


@pytest.fixture
def planned(cast, in_scope):
    """A post of the bakery and one of the florist that wait for their client, and a draft of the bakery."""
    for client, text in ((cast.bakery, "Neues Brot"), (cast.florist, "Rosen")):
        factories.channel(client, "counter")
        told = {"client": client, "channels": ["counter"], "actor": cast.sam, "kind": "tip"}
        made = posts.add_post(text=text, publish_at=timezone.now() + timedelta(days=2), **told)
        posts.act(made, "submit", actor=cast.sam)
        posts.judge(made, Verdict.APPROVE, actor=cast.olga)
        posts.add_post(text="Geheim", publish_at=timezone.now() + timedelta(days=3), **told)


@pytest.fixture
def sam(cast, api):
    return api(cast.sam)


def path(url):
    return "/" + url.split("/", 3)[3]


def test_calendar_has_what_the_client_sees_and_nothing_of_others(cast, sam, planned):
    made = ask(sam, "POST", HERE)

    answer = Browser().get(path(made.json()["url"]))

    read = icalendar.Calendar.from_ical(answer.content)
    [event] = read.walk("VEVENT")
    assert (made.status_code, answer.status_code, answer["Content-Type"]) == (201, 200, "text/calendar; charset=utf-8")
    assert (str(event["description"]).endswith("Neues Brot"), str(read["x-wr-calname"])) == (True, "Beiträge – Bakery")
    assert answer["X-Robots-Tag"] == "noindex"


def test_new_address_ends_the_old_one_and_revoking_ends_both(cast, sam, in_scope):
    first, second = (path(ask(sam, "POST", HERE).json()["url"]) for _ in range(2))
    renewed = [Browser().get(one).status_code for one in (first, second)]
    active = ask(sam, "GET", HERE).json()

    gone = ask(sam, "DELETE", HERE, HTTP_IF_MATCH="*")

    assert (renewed, gone.status_code, Browser().get(second).status_code) == ([404, 200], 204, 404)
    assert (active["active"], active["creator"]) == (True, cast.sam.email)
    assert ask(sam, "GET", HERE).json() == {"active": False, "creator": None, "created_at": None}
    actions = Event.objects.filter(action__startswith="calendar_feed").order_by("id").values_list("action", flat=True)
    assert list(actions) == ["calendar_feed.added", "calendar_feed.renewed", "calendar_feed.revoked"]


def test_address_is_shown_once_and_kept_nowhere(cast, sam, in_scope):
    key = path(ask(sam, "POST", HERE).json()["url"]).removeprefix("/calendar/").removesuffix(".ics")

    kept = str(feeds.CalendarFeed.objects.values().get())

    assert key.partition("-")[2] not in kept and key not in ask(sam, "GET", HERE).content.decode()


@pytest.mark.parametrize("key", ["x", "1", "1-", "-1-x", "99999999999999999999-x", "1-x-y", "²-x"])
def test_made_up_addresses_are_absent(cast, in_scope, key):
    feeds.renew(client=cast.bakery, actor=cast.sam)
    made = key.replace("1-", f"{cast.bakery.id}-")

    assert Browser().get(f"/calendar/{made}.ics").status_code == 404


def test_calendar_ends_with_the_client(cast, sam):
    address = path(ask(sam, "POST", HERE).json()["url"])
    Client.objects.filter(id=cast.bakery.id).update(archived_at=timezone.now())

    assert Browser().get(address).status_code == 404


def test_people_of_a_client_make_no_address(cast, api):
    ana = api(cast.ana)

    assert [ask(ana, method, HERE, HTTP_IF_MATCH="*").status_code for method in ("POST", "DELETE")] == [403, 403]
    assert ask(ana, "GET", "/calendar-feeds/florist/").status_code == 404


def test_page_makes_shows_once_and_revokes(cast, in_scope):
    sam = Browser()
    sam.force_login(cast.sam)
    here = f"/clients/{cast.bakery.slug}/"

    made = sam.post(f"{here}calendar-feed/", {"what": "renew"}).content.decode()
    address = made.partition("/calendar/")[2].partition(".ics")[0]
    works = Browser().get(f"/calendar/{address}.ics").status_code
    page = sam.get(f"{here}publishing/").content.decode()
    sam.post(f"{here}calendar-feed/", {"what": "revoke"})

    assert (works, address in page, "Adresse widerrufen" in page) == (200, False, True)
    assert "Es gibt keine Adresse." in sam.get(f"{here}publishing/").content.decode()
    assert Browser().get(f"/calendar/{address}.ics").status_code == 404
