"""Signing in with a code: it counts once, is guessed at most so often, and its app can be lost."""

import time
from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.test import Client as Browser

from agency import guesses
from agency.models import Authenticator, RecoveryCode, Role
from clients import access, factors
from clients.refusal import Conflict
from tests import factories, signing
from tests.parallel import in_parallel
from tests.signing import PASSWORD, code, signed_in, with_app


@pytest.fixture(autouse=True)
def keys(settings):
    settings.RESONANZ_KEYS = [Fernet.generate_key().decode()]


@pytest.fixture(autouse=True)
def unguessed():
    for email in ("olga@nord.example", "sam@people.example", "ana@people.example"):
        guesses.right(email)


def half_in(user) -> Browser:
    return signed_in(user.email)


def test_the_password_alone_opens_nothing(cast):
    with_app(cast.sam)
    signing.give_password(cast.sam.email)
    browser = Browser()

    answer = browser.post("/sign-in/", {"username": cast.sam.email, "password": PASSWORD, "next": "/log/"})

    assert answer.headers["Location"] == "/sign-in/code/"
    assert [browser.get(page).status_code for page in ("/", "/account/", "/api/v1/me/")] == [302, 302, 401]


def test_password_and_code_lead_on_under_a_new_session(cast):
    secret, _codes = with_app(cast.sam)
    signing.give_password(cast.sam.email)
    browser = Browser()
    browser.post("/sign-in/", {"username": cast.sam.email, "password": PASSWORD, "next": "/log/"})
    before = browser.cookies["session"].value

    answer = browser.post("/sign-in/code/", {"code": code(secret)})

    assert (answer.headers["Location"], browser.cookies["session"].value == before) == ("/log/", False)
    assert browser.get("/account/").status_code == 200


@pytest.mark.parametrize(("steps", "status"), [(-3, 400), (-1, 302), (0, 302), (1, 302), (3, 400)])
def test_a_clock_may_be_off_by_half_a_minute(cast, steps, status):
    secret, _codes = with_app(cast.sam)

    assert half_in(cast.sam).post("/sign-in/code/", {"code": code(secret, steps)}).status_code == status


def test_a_code_counts_once(cast):
    secret, _codes = with_app(cast.sam)
    used = code(secret)

    answers = [half_in(cast.sam).post("/sign-in/code/", {"code": used}).status_code for _browser in range(2)]

    assert answers == [302, 400]


def test_a_code_sent_twice_at_once_counts_once(transactional_db):
    user = factories.person("sam")
    secret, codes = with_app(user)

    assert sorted(in_parallel(lambda: factors.check(user, code(secret)), threads=3)) == [False, False, True]
    assert sorted(in_parallel(lambda: factors.check(user, codes[0]), threads=3)) == [False, False, True]


def test_the_code_that_switched_the_app_on_signs_nobody_in(cast):
    factors.begin(cast.sam)
    secret = factors.setup(cast.sam).secret
    used = code(secret)
    factors.confirm(user=cast.sam, code=used, session_key=None)

    assert factors.check(cast.sam, used) is False


def test_a_recovery_code_stands_in_once(cast):
    _secret, codes = with_app(cast.sam)

    answers = [half_in(cast.sam).post("/sign-in/code/", {"code": codes[3].upper()}).status_code for _ in range(2)]

    assert (answers, factors.codes_left(cast.sam), len(set(codes))) == ([302, 400], 9, 10)
    assert [code for code in codes if code in str(list(RecoveryCode.objects.values()))] == []


def test_codes_are_guessed_as_seldom_as_passwords(cast, monkeypatch):
    secret, _codes = with_app(cast.sam)
    monkeypatch.setattr(guesses, "LONGEST_PAUSE", 0)
    monkeypatch.setattr(guesses, "pause", lambda number: 0)
    browser = half_in(cast.sam)

    answers = [browser.post("/sign-in/code/", {"code": "000000"}).status_code for _guess in range(102)]

    assert answers.count(429) >= 3
    assert browser.post("/sign-in/code/", {"code": code(secret)}).status_code == 429
    assert browser.post("/sign-in/", {"username": cast.sam.email, "password": PASSWORD}).status_code == 429


def test_half_a_sign_in_ends_with_the_password_and_with_time(cast, monkeypatch):
    secret, _codes = with_app(cast.sam)
    browser, late = half_in(cast.sam), half_in(cast.sam)
    cast.sam.set_password("another long one")
    cast.sam.save()
    assert browser.post("/sign-in/code/", {"code": code(secret)}).headers["Location"] == "/sign-in/"

    cast.sam.set_password(PASSWORD)
    cast.sam.save()
    late = half_in(cast.sam)
    now = time.time()
    monkeypatch.setattr("agency.views.entrance.time.time", lambda: now + 601)
    assert late.post("/sign-in/code/", {"code": code(secret)}).headers["Location"] == "/sign-in/"


def test_a_code_page_without_password_leads_to_it(cast):
    assert Browser().get("/sign-in/code/").headers["Location"] == "/sign-in/"


def test_staff_without_a_code_sets_it_up_first_where_the_agency_wants_it(cast):
    with_app(cast.olga)
    sam, ana = signed_in(cast.sam.email), signed_in(cast.ana.email)
    factors.require(principal=access.of_user(cast.olga), on=True)

    told = sam.get("/", follow=True)

    assert told.redirect_chain == [("/account/", 302)]
    assert sam.get("/api/v1/me/").status_code == 403
    assert ana.get("/portal/").status_code == 200
    sam.post("/account/code/begin/")
    sam.post("/account/code/confirm/", {"code": code(factors.setup(cast.sam).secret)})
    assert (sam.get("/").status_code, sam.get("/api/v1/me/").status_code) == (200, 200)


def test_an_owner_without_a_code_can_not_want_one(cast):
    with pytest.raises(Conflict):
        factors.require(principal=access.of_user(cast.olga), on=True)


def test_a_wanted_code_can_not_be_switched_off(cast):
    with_app(cast.olga)
    factors.require(principal=access.of_user(cast.olga), on=True)

    with pytest.raises(Conflict):
        factors.remove(cast.olga)


def test_an_owner_takes_away_a_lost_app_and_every_device(cast, client):
    with_app(cast.sam)
    client.force_login(cast.olga)
    sams = Browser()
    sams.force_login(cast.sam)

    answer = client.post(f"/settings/members/{cast.sam.memberships.get().id}/code/")

    assert (answer.status_code, factors.active(cast.sam), sams.get("/account/").status_code) == (302, False, 302)


def test_an_owner_does_not_open_an_account_that_works_for_others_too(cast):
    rival = factories.agency("rival")
    factories.member(rival, "sam", Role.VIEWER, [])
    with_app(cast.sam)

    with pytest.raises(Conflict):
        factors.reset(principal=access.of_user(cast.olga), membership=cast.sam.memberships.get(agency=cast.agency))


def test_the_secret_is_sealed_and_moves_to_the_newest_key(cast, settings):
    secret, _codes = with_app(cast.sam)
    old, new = settings.RESONANZ_KEYS[0], Fernet.generate_key().decode()
    settings.RESONANZ_KEYS = [new, old]

    call_command("rotate_keys", stdout=StringIO())

    settings.RESONANZ_KEYS = [new]
    assert factors.check(cast.sam, code(secret)) is True
    assert secret not in Authenticator.objects.get().sealed


def test_an_app_that_no_key_opens_is_no_way_in_but_recovery_codes_are(cast, settings):
    secret, codes = with_app(cast.sam)
    settings.RESONANZ_KEYS = [Fernet.generate_key().decode()]

    assert (factors.check(cast.sam, code(secret)), factors.check(cast.sam, codes[0])) == (False, True)


def test_the_person_is_told_by_mail(cast, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with_app(cast.sam)
    factors.remove(cast.sam)

    assert [letter.to for letter in signing.letters()] == [[cast.sam.email]] * 2
