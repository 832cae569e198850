"""What people come for, from the first click to what it effects outside."""

import re
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from clients.networks.types import Account
from tests.browser import walk
from tests.browser.stage import BAKER, MANAGER, OWNER
from tests.clients.networks import town

BERLIN = ZoneInfo("Europe/Berlin")
PHONE_WITH_KEYS = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip
BETWEEN_MAILS = b"-" * 79  # those of one connection stand in one file
PATIENCE = 60  # seconds for what workers do
ANGRY = "Die Torte war verdorben und niemand geht ans Telefon. Ich bin stinksauer!"


@pytest.fixture
def bakery(stage):
    """The bakery's account on the sandbox network."""
    return Account(stage.network, "nordlicht-social.tidenhub.facebook")


def until(page, there, patience: float = PATIENCE) -> None:
    """Loads the page again until the locator finds something."""
    end = datetime.now() + timedelta(seconds=patience)
    while not there.count() and datetime.now() < end:
        page.wait_for_timeout(700)
        page.reload()
        walk.settle(page)
    expect(there.first).to_be_visible()


def test_a_new_complaint_is_answered_in_time(visit, bakery):
    name, answer = f"Anke {uuid4().hex[:6]}", f"Das tut uns leid, wir rufen Sie an. {uuid4().hex[:6]}"
    town.people(bakery, "say", {"kind": "comment", "author": {"id": name, "name": name}, "text": ANGRY})
    visitor = visit(MANAGER)
    page = visitor.page
    visitor.go("/inbox/?view=unassigned&sort=new")
    row = page.locator(".rows a", has_text=name)

    until(page, row)
    row.click()
    expect(page.locator("#conversation .name")).to_have_text(name)
    expect(page.locator("#conversation .promise").first).to_contain_text("Erste Antwort")
    page.fill("#answer", answer)
    page.click("#reply button[value=wait_customer]")
    expect(page.locator("#conversation .said", has_text=answer)).to_be_visible()
    until(page, page.locator("#conversation .message.out:not(.way)", has_text=answer))

    page.locator("#conversation .promises summary").click()
    expect(page.locator("#conversation .promises")).to_contain_text(re.compile("Erste Antwort: eingehalten"))
    assert town.stats(bakery)["by_text"].get(answer) == 1


def test_a_post_is_planned_approved_on_the_phone_and_published(visit, bakery):
    text = f"Morgen früh gibt es wieder Franzbrötchen. {uuid4().hex[:6]}"
    soon = datetime.now(BERLIN) + timedelta(minutes=1)
    editor, owner = visit("jonas@nordlicht-social.example"), visit(BAKER, size=walk.PHONE)
    chief = visit(OWNER)

    editor.go("/plan/new/?client=tidenhub")
    page = editor.page
    page.fill("#id_text", text)
    page.fill("#id_day", f"{soon:%Y-%m-%d}")
    page.fill("#id_time", f"{soon:%H:%M}")
    page.check("#to-facebook")
    page.click(".save button")
    page.click("button[value=submit]")
    address = page.url.removeprefix(editor.url)
    chief.go(address)
    chief.page.click("button[value=approve]")
    owner.go("/portal/posts/")
    card = owner.page.locator("article.post", has_text=text)
    card.locator("button[value=approve]").tap()
    owner.page.wait_for_load_state()
    editor.go(address)
    until(page, page.locator(".fate .badge", has_text="Gesendet"), PATIENCE * 2)

    posts = town.request(bakery, "GET", "people", "posts")[1]["items"]
    assert [one["text"] for one in posts if text in one["text"]] == [text]


def test_other_opening_hours_move_the_deadline(visit):
    visitor = visit(MANAGER)
    page = visitor.page
    visitor.go("/inbox/?view=all&client=wiesenquast")
    talk = page.locator(".rows a").first.get_attribute("href")
    visitor.go(talk)
    before = page.locator(".promise .explained").first.inner_text()

    visitor.go("/clients/wiesenquast/hours/")
    sentence = page.locator("#preview .sentence").inner_text()
    for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"):
        pairs = page.locator(f".day[data-day={day}] input")
        for place in range(pairs.count()):
            pairs.nth(place).evaluate("(one) => { one.value = ''; }")
        page.locator(f".day[data-day={day}] input[name={day}-from]").first.evaluate("(one) => { one.value = '22:00'; }")
        page.locator(f".day[data-day={day}] input[name={day}-to]").first.evaluate("(one) => { one.value = '22:30'; }")
    page.locator("input[name=mon-to]").first.dispatch_event("input")
    expect(page.locator("#preview .sentence")).not_to_have_text(sentence)
    page.click(".stick button")
    walk.settle(page)
    visitor.go(talk)

    assert page.locator(".promise .explained").first.inner_text() != before


def test_the_owner_looks_at_the_month_on_the_phone(visit):
    visitor = visit(BAKER, size=walk.PHONE)
    page = visitor.page

    visitor.go("/")
    assert page.url == f"{visitor.url}/portal/"
    expect(page.locator(".plainly")).to_contain_text(re.compile(r"\d"))
    page.get_by_role("link", name="Alle Ergebnisse").tap()
    expect(page.locator("h1")).to_have_text("Ergebnisse")
    month = page.locator("#month option").nth(1)
    page.select_option("#month", index=1)
    page.get_by_role("button", name="Anzeigen").tap()

    expect(page.locator("#month")).to_have_value(month.get_attribute("value"))
    expect(page.locator(".plainly")).to_contain_text(re.compile(r"\d"))
    assert page.locator("svg.plot, figure").count() > 0
    assert walk.wide(page) == []


def test_a_prospect_takes_the_check_and_asks_for_a_call(visit):
    visitor, owner, name = visit(size=walk.PHONE), visit(OWNER), f"Krogs Backstube {uuid4().hex[:6]}"
    page = visitor.page

    visitor.go("/check/nordlicht-social/")
    for question in page.locator("fieldset:has(input[type=radio])").all():
        question.locator("input[type=radio]").first.check()
    page.get_by_role("button", name="Antwort zeigen").tap()
    expect(page.locator("h1")).to_have_text("Die Antwort für Ihren Betrieb")
    page.fill("[name=business]", name)
    page.fill("[name=name]", "Karla Krog")
    page.fill("[name=email]", "karla@krog.example")
    page.get_by_role("button", name="Um einen Anruf bitten").tap()

    expect(page.locator("#word h2")).to_have_text("Danke")
    assert walk.wide(page) == []
    owner.go("/prospects/")
    expect(owner.page.get_by_text(name)).to_be_visible()


def test_the_owner_signs_the_strategy_on_the_phone(visit):
    visitor = visit(BAKER, size=walk.PHONE)
    page = visitor.page

    visitor.go("/portal/strategy/")
    page.fill("[name=signed_as]", "Fiete Tamm")
    page.get_by_role("button", name="Unterschreiben").tap()

    expect(page.locator(".notice")).to_contain_text("unterschrieben")
    expect(page.locator("[name=signed_as]")).to_have_count(0)
    expect(page.get_by_text("Unterschrieben von Fiete Tamm")).to_be_visible()
    assert walk.wide(page) == []


def test_a_passkey_is_made_and_opens_the_door(visit, stage):
    email = "jonas@nordlicht-social.example"
    visitor = visit()
    page, home = visitor.page, visitor.url.replace("127.0.0.1", "localhost")
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": PHONE_WITH_KEYS})
    visitor.go(f"{home}/sign-in/")
    page.fill("#id_username", email)
    page.fill("#id_password", stage.passwords[email])
    page.click("main form button")

    visitor.go(f"{home}/account/")
    page.click("#passkeys summary")
    page.fill("#passkeys [name=proof]", stage.passwords[email])
    page.click("#passkeys details button")
    page.fill("#passkeys [name=called]", "Jonas’ Telefon")
    page.click("#passkeys [data-passkey] button")
    expect(page.locator("#passkeys .devices li")).to_contain_text("Jonas’ Telefon")
    page.context.clear_cookies()
    visitor.go(f"{home}/log/")
    page.get_by_role("button", name="Mit Passkey anmelden").click()

    expect(page).to_have_url(f"{home}/log/")


def test_an_invited_colleague_with_two_clients_sees_only_these(visit, stage):
    email = f"{uuid4().hex[:8]}@nordlicht-social.example"
    owner, colleague = visit(OWNER), visit()
    owner.go("/settings/")
    owner.page.fill("main [name=email]", email)
    owner.page.select_option("[name=role]", "editor")
    for name in ("Optik Sehmöwe", "Buchhandlung Kommakrebs"):
        owner.page.get_by_label(name).check()
    owner.page.get_by_role("button", name="Einladung senden").click()

    colleague.go(_link(owner.page, stage.mails, email))
    colleague.page.fill("[name=name]", "Kim Neu")
    colleague.page.fill("[name=password]", "drei ruhige worte 4711")
    colleague.page.locator("main form button").click()
    colleague.page.wait_for_url(f"{stage.url}/")
    colleague.go("/clients/")

    names = colleague.page.locator("tbody th a").all_inner_texts()
    assert [name.splitlines()[0] for name in names] == ["Buchhandlung Kommakrebs", "Optik Sehmöwe"]
    assert [colleague.go(f"/clients/{slug}/") for slug in ("sehmoewe", "tidenhub")] == [200, 404]
    colleague.go("/inbox/?view=all&sort=new")
    options = colleague.page.locator("#f-client option").all_text_contents()
    assert options == ["Alle Kunden", "Buchhandlung Kommakrebs", "Optik Sehmöwe"]


def _link(page, folder: Path, email: str) -> str:
    """The address in the invitation's mail, once a worker has sent it."""
    end = datetime.now() + timedelta(seconds=PATIENCE)
    while datetime.now() < end:
        for path in folder.glob("*.log"):
            for one in path.read_bytes().split(BETWEEN_MAILS):
                mail = message_from_bytes(one.lstrip(), policy=policy.default)
                found = re.search(r"http\S+/invitation/\S+", mail.get_body(("plain",)).get_content())
                if email in (mail["To"] or "") and found:
                    return found[0]
        page.wait_for_timeout(500)
    raise AssertionError(f"no invitation to {email} in {folder}")
