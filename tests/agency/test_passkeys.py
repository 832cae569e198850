"""Signing in with a passkey, and keeping them under My account."""

import time

import pytest
from cryptography.fernet import Fernet
from django.test import Client as Browser

from agency import guesses
from agency.models import Passkey
from agency.views import passkeys as views
from clients import factors, passkeys
from clients.models import Mail
from tests import factories
from tests.passkey import Device
from tests.signing import PASSWORD, signed_in, with_app


@pytest.fixture(autouse=True)
def keys(settings):
    settings.RESONANZ_KEYS = [Fernet.generate_key().decode()]


@pytest.fixture
def sam(cast):
    guesses.right(cast.sam.email)
    return signed_in(cast.sam.email)


def add(browser, device: Device, called: str = "Phone"):
    offer = browser.post("/account/passkeys/begin/", {"proof": PASSWORD}).context["offer"]
    return browser.post("/account/passkeys/add/", {"called": called, "answer": device.make(offer)})


def enter(device: Device, browser: Browser | None = None, to: str = ""):
    browser = browser or Browser()
    options = browser.post("/sign-in/passkey/ask/").content.decode()
    return browser, browser.post("/sign-in/passkey/", {"answer": device.use(options), "next": to})


def test_a_passkey_signs_in_without_password_and_code(cast, sam):
    device = Device()
    assert add(sam, device).status_code == 302
    with_app(cast.sam)

    browser, answer = enter(device, to="/inbox/")

    assert (answer.status_code, answer["Location"]) == (302, "/inbox/")
    assert browser.get("/account/").context["passkeys"].get().used_at is not None
    assert enter(device)[1].status_code == 302


def test_it_leads_to_no_other_site(sam):
    add(sam, device := Device())

    assert enter(device, to="https://evil.example/")[1]["Location"] == "/"


def test_who_adds_one_knows_the_password_and_gets_a_mail(cast, sam):
    answer = sam.post("/account/passkeys/begin/", {"proof": "wrong"})
    assert (answer.status_code, list(answer.context["trouble"].fields), answer.context["offer"]) == (400, ["proof"], "")

    add(sam, Device(), "Sams Handy")

    mail = Mail.objects.get(kind="passkey_added")
    assert (mail.to, mail.values) == (cast.sam.email, {"name": "Sams Handy"})


@pytest.mark.parametrize("device", [Device(origin="https://evil.example"), Device(verifies=False)])
def test_one_of_another_site_or_without_its_owner_is_refused(cast, sam, device):
    answer = add(sam, device)

    assert (answer.status_code, list(answer.context["trouble"].fields)) == (400, ["answer"])
    assert not passkeys.of(cast.sam).exists()


@pytest.mark.parametrize("spoil", [
    lambda device: setattr(device, "origin", "https://evil.example"),
    lambda device: setattr(device, "verifies", False),
    lambda device: setattr(device, "uses", -1),  # a copy that has been used less often
    lambda device: setattr(device, "key", Device().key),
    lambda device: setattr(device, "id", Device().id),
])  # fmt: skip
def test_a_wrong_answer_opens_nothing(sam, spoil):
    add(sam, device := Device())
    enter(device)
    spoil(device)

    browser, answer = enter(device)

    assert answer.status_code == 400
    assert "Dieser Passkey öffnet hier kein Konto." in answer.content.decode()
    assert browser.get("/account/").status_code == 302


@pytest.mark.parametrize("answer", ["", "{", "[]", "{}", "null", '{"id": 7}', '{"id": "\\u0000"}', "x" * 30_000])
def test_nonsense_is_no_answer(sam, answer):
    add(sam, Device())
    browser = Browser()
    browser.post("/sign-in/passkey/ask/")

    assert browser.post("/sign-in/passkey/", {"answer": answer}).status_code == 400


def test_an_answer_counts_once_and_for_its_own_question(sam):
    add(sam, device := Device())
    browser = Browser()
    options = browser.post("/sign-in/passkey/ask/").content.decode()
    answer = device.use(options)

    assert Browser().post("/sign-in/passkey/", {"answer": answer}).status_code == 400
    browser.post("/sign-in/passkey/", {"answer": "{}"})
    assert browser.post("/sign-in/passkey/", {"answer": answer}).status_code == 400


def test_a_question_is_open_for_five_minutes(sam, monkeypatch):
    add(sam, device := Device())
    browser = Browser()
    options = browser.post("/sign-in/passkey/ask/").content.decode()
    late = time.time() + 301
    monkeypatch.setattr("agency.views.passkeys.time.time", lambda: late)

    assert browser.post("/sign-in/passkey/", {"answer": device.use(options)}).status_code == 400


def test_a_removed_key_and_one_of_a_lost_phone_open_nothing(cast, sam):
    add(sam, device := Device())
    add(sam, other := Device(), "Laptop")
    key = Passkey.objects.get(name="Phone")

    signed_in(cast.olga.email).post("/account/passkeys/remove/", {"passkey": key.id})
    assert enter(device)[1].status_code == 302
    sam.post("/account/passkeys/remove/", {"passkey": key.id})
    assert (enter(device)[1].status_code, enter(other)[1].status_code) == (400, 302)

    with_app(cast.sam)
    factors.reset(principal=factories.principal(cast.olga), membership=cast.sam.memberships.get())
    assert enter(other)[1].status_code == 400


def test_who_may_not_sign_in_any_more_does_not_by_passkey(cast, sam):
    add(sam, device := Device())
    type(cast.sam).objects.filter(pk=cast.sam.pk).update(is_active=False)

    assert enter(device)[1].status_code == 400


def test_the_same_key_twice_and_more_than_ten_are_refused(cast, sam):
    add(sam, device := Device())
    assert add(sam, device).status_code == 400
    for number in range(9):
        add(sam, Device(), f"Key {number}")

    answer = sam.post("/account/passkeys/begin/", {"proof": PASSWORD})

    assert (answer.status_code, passkeys.of(cast.sam).count()) == (409, 10)


@pytest.mark.parametrize("called", ["", " ", "x" * 61, "\0"])
def test_a_key_needs_a_name(sam, called):
    assert add(sam, Device(), called).status_code == 400


@pytest.mark.parametrize(("host", "usable"), [
    ("localhost:8000", True), ("app.example", True), ("127.0.0.1:8000", False), ("[::1]:8000", False),
])  # fmt: skip
def test_browsers_make_keys_for_names_only(host, usable, rf, settings):
    settings.ALLOWED_HOSTS = ["*"]
    found = views.site(rf.get("/", headers={"Host": host}))

    assert (found.usable, found.origin) == (usable, f"http://{host}")
