"""One's own account: name, password, code, and where one is signed in."""

import re
import time

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from agency import guesses, sessions
from agency.models import Role, Session
from agency.views.account import device
from clients import factors, people
from tests import factories
from tests.signing import PASSWORD, code, signed_in, with_app

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Version/19.1 Safari/604.1"


@pytest.fixture
def sam(cast):
    guesses.right(cast.sam.email)
    return signed_in(cast.sam.email, HTTP_USER_AGENT=FIREFOX)


def devices(browser):
    return [(one["device"], one["here"]) for one in browser.get("/account/").context["devices"]]


@pytest.mark.parametrize(("person", "frame"), [("sam", "/inbox/"), ("ana", "/portal/posts/")])
def test_everybody_has_the_page_in_their_own_frame(cast, client, person, frame):
    client.force_login(getattr(cast, person))

    page = client.get("/account/").content.decode()

    assert f'href="{frame}"' in page
    assert re.findall(r'\sstyle="|\son\w+="|<script(?![^>]*src=)', page) == []


def test_name_and_language_are_kept_and_count_at_once(cast, sam):
    answer = sam.post("/account/names/", {"name": "Samira", "language": "en"}, follow=True)
    cast.sam.refresh_from_db()

    assert (cast.sam.name, cast.sam.language) == ("Samira", "en")
    assert "My account" in answer.content.decode()


@pytest.mark.parametrize(("given", "field"), [({"name": ""}, "name"), ({"name": "\0"}, "name"), ({"language": "xx"}, "language")])
def test_a_wrong_name_is_refused_at_its_field(cast, sam, given, field):
    answer = sam.post("/account/names/", {"name": "Samira", "language": "en"} | given)

    assert (answer.status_code, list(answer.context["trouble"].fields)) == (400, [field])


def test_a_new_password_ends_the_other_devices_and_changes_the_key(cast, sam):
    phone = signed_in(cast.sam.email, HTTP_USER_AGENT=SAFARI)
    before = sam.cookies["session"].value

    answer = sam.post("/account/password/", {"old": PASSWORD, "new": "three calm words"})

    assert (answer.status_code, sam.cookies["session"].value == before) == (302, False)
    assert (sam.get("/account/").status_code, phone.get("/account/").status_code) == (200, 302)
    stolen = Browser()
    stolen.cookies["session"] = before
    assert stolen.get("/account/").status_code == 302


def test_the_present_password_is_needed_and_not_guessed(cast, sam, monkeypatch):
    answers = [sam.post("/account/password/", {"old": "x", "new": "three calm words"}) for _guess in range(7)]

    faults = [answer.context["trouble"].fields["old"] for answer in answers]
    assert (faults[0], faults[-1]) == ("Das ist nicht Ihr Passwort.", "Zu viele Versuche. Bitte warten Sie eine Weile.")


def test_devices_are_listed_and_signed_out_one_by_one(cast, sam):
    phone = signed_in(cast.sam.email, HTTP_USER_AGENT=SAFARI)
    listed = sam.get("/account/").context["devices"]
    other = next(one["name"] for one in listed if not one["here"])
    assert sorted((one["device"], one["here"]) for one in listed) == [("Firefox auf Linux", True), ("Safari auf iPhone", False)]

    sam.post("/account/devices/", {"device": other})

    assert (devices(sam), phone.get("/account/").status_code) == ([("Firefox auf Linux", True)], 302)


def test_every_other_device_is_signed_out(cast, sam):
    others = [signed_in(cast.sam.email) for _device in range(2)]
    ana = signed_in(cast.ana.email)

    sam.post("/account/devices/", {"device": "others"})

    assert [browser.get("/account/").status_code for browser in (sam, *others, ana)] == [200, 302, 302, 200]


def test_nobody_ends_somebody_elses_session(cast, sam):
    ana = signed_in(cast.ana.email)
    hers = Session.objects.get(user=cast.ana)

    sam.post("/account/devices/", {"device": sessions.name(hers.session_key)})

    assert ana.get("/account/").status_code == 200


def test_another_role_ends_the_sessions_and_other_clients_do_not(cast, sam):
    membership = cast.sam.memberships.get()
    people.change_member(membership=membership, actor=cast.olga, clients=[cast.bakery])
    assert sam.get("/account/").status_code == 200

    people.change_member(membership=membership, actor=cast.olga, role=Role.ANALYST)

    assert sam.get("/account/").status_code == 302


def test_use_is_noted_every_few_minutes(cast, sam, monkeypatch):
    before = Session.objects.get(user=cast.sam)
    sam.get("/account/")
    assert Session.objects.get(user=cast.sam).seen_at == before.seen_at

    now = time.time()
    monkeypatch.setattr("agency.sessions.time.time", lambda: now + 301)
    sam.get("/account/")

    assert Session.objects.get(user=cast.sam).seen_at > before.seen_at


def test_setting_up_an_app_shows_its_codes_this_once_and_ends_other_devices(cast, sam):
    phone = signed_in(cast.sam.email)
    before = sam.cookies["session"].value
    sam.post("/account/code/begin/")
    page = sam.get("/account/").content.decode()
    secret = factors.setup(cast.sam).secret

    wrong = sam.post("/account/code/confirm/", {"code": "12"})
    done = sam.post("/account/code/confirm/", {"code": code(secret)})

    assert ('<svg class="qr"' in page or 'class="qr"' in page, secret in page) == (True, True)
    assert (wrong.status_code, list(wrong.context["trouble"].fields)) == (400, ["code"])
    codes = done.context["codes"]
    assert (len(codes), all(one in done.content.decode() for one in codes)) == (10, True)
    assert [one for one in codes if one in sam.get("/account/").content.decode()] == []
    assert (secret in sam.get("/account/").content.decode(), phone.get("/account/").status_code) == (False, 302)
    assert sam.cookies["session"].value != before


def test_switching_off_and_new_codes_need_the_password(cast, sam):
    _secret, codes = with_app(cast.sam)
    cast.sam.refresh_from_db()
    sam = Browser()
    sam.force_login(cast.sam)

    wrong = [sam.post(f"/account/code/{what}/", {"proof": "x"}).status_code for what in ("renew", "remove")]
    renewed = sam.post("/account/code/renew/", {"proof": PASSWORD})
    removed = sam.post("/account/code/remove/", {"proof": PASSWORD})

    assert (wrong, len(renewed.context["codes"]), set(renewed.context["codes"]) & set(codes)) == ([400, 400], 10, set())
    assert (removed.status_code, factors.active(cast.sam)) == (302, False)


def test_somebody_of_two_agencies_chooses_one(cast, sam):
    rival = factories.agency("rival")
    factories.member(rival, "sam", Role.VIEWER, [factories.client(rival, "pub")])

    stranger = sam.post("/account/agency/", {"agency": factories.agency("third").id})
    chosen = sam.post("/account/agency/", {"agency": rival.id})

    assert (stranger.status_code, chosen.status_code) == (400, 302)
    assert (sam.get("/", follow=True).redirect_chain, sam.get("/api/v1/me/").json()["agency"]["slug"]) == (
        [("/portal/", 302)], "rival",
    )  # fmt: skip


def test_the_page_needs_few_questions_whatever_the_number_of_devices(cast, sam):
    counted = []
    for _device in range(3):
        with CaptureQueriesContext(connection) as seen:
            sam.get("/account/")
        counted.append(len(seen))
        signed_in(cast.sam.email)

    assert (counted[0] == counted[2], counted[2] <= 12) == (True, True)


@pytest.mark.parametrize(
    ("agent", "name"),
    [(FIREFOX, "Firefox auf Linux"), (SAFARI, "Safari auf iPhone"), ("curl/8", "Unbekanntes Gerät"),
     ("Mozilla/5.0 (Windows NT 10.0) Chrome/142.0 Safari/537.36 Edg/142.0", "Edge auf Windows"), ("", "Unbekanntes Gerät")],
)  # fmt: skip
def test_a_device_is_told_in_words_a_person_knows(agent, name):
    assert device(agent) == name


def test_expired_sessions_are_tidied_away(cast, sam):
    Session.objects.update(expire_date="2020-01-01T00:00:00Z")

    sessions.tidy()

    assert (Session.objects.count(), sam.get("/account/").status_code) == (0, 302)
