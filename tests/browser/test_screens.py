"""Every screen that a link leads to: it loads without a complaint, fits on desktop and phone, and bars nobody."""

import pytest
from django.urls import get_resolver
from playwright.sync_api import expect

from tests.browser import walk
from tests.browser.stage import BAKER, MANAGER, OWNER

# Files, descriptions for programs, and what ends the session: no screens.
LEFT = {
    "docs", "redoc", "schema", "sign-out", "portal-feed", "client-feed", "figures-export", "export-file", "picture", "short-link", "times-export", "logo",
    "report-file", "report-link-file", "portal-report-file",
}  # fmt: skip
# What only forms and scripts ask for, and what is part of another screen.
PARTS = {
    "account-agency", "account-code-begin", "account-code-confirm", "account-code-remove", "account-code-renew",
    "account-devices", "account-names", "account-passkey-add", "account-passkey-begin", "account-passkey-remove",
    "account-password", "approvals-ask", "approvals-decide", "approvals-link",
    "approvals-revoke", "approvals-withdraw", "client-archive", "client-channel-webhook", "client-contact-remove",
    "client-hours-preview", "client-promise-archive", "client-promise-move", "client-promises-apply",
    "conversation-decide", "conversation-present", "inbox-many", "inbox-rows", "inbox-undo", "invitation-resend",
    "invitation-revoke", "member-code", "member-remove", "message-correct", "plan-act", "plan-history", "plan-numbers",
    "portal-question", "reply-retry", "set_language", "sign-in-passkey", "sign-in-passkey-ask", "token-revoke",
    "agency-logo", "client-logo", "client-months", "client-strategy-offer", "conversation-case",
    "conversation-saved", "incident-act", "outcome-void", "prospect-handle", "reply-second", "saved-reply-remove",
    "client-calendar-feed", "export-cancel", "times-running", "times-start", "times-stop", "webhook-act",
}  # fmt: skip
# Reached without a link, and looked at below.
ALONE = {"sign-in", "sign-in-code", "forgotten", "new-password", "invitation", "approval", "report-link", "check-result"}
# Reached only from some of the posts, conversations and weeks of the demo.
SOMETIMES = {"conversation-choices", "plan-pictures", "times-entry"}


def names() -> set[str]:
    """The names of all pages; the API's routes stand in a list of their own."""
    patterns = [entry for entry in get_resolver().url_patterns if not str(entry.pattern).startswith("api/")]
    return {one.name for entry in patterns for one in getattr(entry, "url_patterns", [entry])} - {None}


def faults(visitor, themes=("light",)) -> list[str]:
    """What is wrong with the page that is open, on both sizes and in these themes."""
    found = []
    for theme in themes:
        visitor.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        for size in (walk.PHONE, walk.DESKTOP):
            visitor.page.set_viewport_size(size)
            found += [f"{size['width']} px: {words}" for words in walk.wide(visitor.page)]
        found += [f"{theme}: {words}" for words in walk.barriers(visitor.page)]
    return found + visitor.watch.taken()


def walked(visitor, start: str, themes=("light",)) -> tuple[set[str], dict[str, list[str]]]:
    """The names of the screens there are from `start` on, and what is wrong with which address."""
    seen, found = set(), {}
    for what, address in walk.screens(visitor.page, f"{visitor.url}{start}", LEFT):
        seen.add(what[0])
        wrong = faults(visitor, themes)
        if wrong:
            found[address.removeprefix(visitor.url)] = wrong
    return seen, found


def test_every_screen_of_agency_and_portal_is_whole(visit):
    agency, wrong_for_agency = walked(visit(OWNER), "/")
    portal, wrong_for_portal = walked(visit(BAKER), "/portal/")

    assert wrong_for_agency | wrong_for_portal == {}
    assert names() - agency - portal - SOMETIMES == (LEFT & names()) | PARTS | ALONE


@pytest.mark.slow
@pytest.mark.parametrize("start,email", [("/", OWNER), ("/", MANAGER), ("/portal/", BAKER)])
@pytest.mark.parametrize("language,themes", [("de", ("dark",)), ("en", ("light", "dark"))])
def test_every_screen_is_whole_in_each_language_and_theme(visit, email, start, language, themes):
    visitor = visit(email, language=language)

    seen, wrong = walked(visitor, start, themes)

    assert wrong == {}
    assert visitor.page.locator("html").get_attribute("lang") == language


@pytest.mark.parametrize("language", ["de", "en"])
def test_doors_and_errors_are_whole(visit, language):
    visitor, owner = visit(language=language), visit(OWNER, language=language)
    baker, wrong = visit(BAKER, language=language), {}

    for who, address, status in [
        (visitor, "/sign-in/", 200),
        (visitor, "/forgotten/", 200),
        (visitor, "/new-password/unknown/", 404),
        (visitor, "/invitation/unknown/", 404),
        (visitor, "/imprint/", 200),
        (visitor, "/privacy/", 200),
        (visitor, "/nowhere/", 404),
        (visitor, "/approval/unknown/", 404),
        (owner, "/search/?q=Brot", 200),
        (owner, "/clients/nobody/", 404),
        (owner, "/inbox/?client=nobody", 404),
        (baker, "/clients/", 403),
    ]:
        got = who.go(address)
        wrong[address] = faults(who, ("light", "dark")) + ([f"status {got}"] if got != status else [])

    assert {address: found for address, found in wrong.items() if found} == {}


@pytest.mark.parametrize("language", ["de", "en"])
def test_an_approval_link_is_whole_on_a_phone(visit, language):
    owner = visit(OWNER)
    owner.go("/approvals/?show=clients&client=tidenhub")
    owner.page.locator("input[name=posts]").first.check()
    owner.page.fill("#id_name", "Fiete Tamm")
    owner.page.click("#linking button")
    address = owner.page.input_value("#made")
    guest = visit(size=walk.PHONE, language=language)

    status = guest.go(address)

    assert (status, faults(guest, ("light", "dark"))) == (200, [])
    guest.page.locator("button[value=approve]").first.tap()
    expect(guest.page.locator("button[value=approve]")).to_have_count(0)
    assert guest.page.locator("[role=alert]").count() == 0
