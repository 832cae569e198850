"""Somebody at the browser: signed in, on a desktop or a phone, in a language and a theme."""

import os
from dataclasses import dataclass, field

from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from config import chromium
from tests.browser import walk
from tests.browser.stage import Stage


def launched(playwright: Playwright) -> Browser:
    """The machine's Chromium; its own words, as in fields for dates, are German where it knows them."""
    return playwright.chromium.launch(executable_path=chromium.find(), env=os.environ | {"LANGUAGE": "de"})


@dataclass
class Visitor:
    """A page with what it complains about."""

    page: Page
    url: str
    watch: walk.Watch

    def go(self, address: str) -> int:
        """Opens a path of the product, or a whole address; returns the status."""
        return walk.open_(self.page, f"{self.url}{address}" if address.startswith("/") else address)

    def press(self, *keys: str) -> None:
        """One key after the other, each with what follows from it."""
        for key in keys:
            self.page.keyboard.press(key)
            walk.settle(self.page)

    @property
    def focus(self) -> str:
        """The id of what has the focus, or its name, or its class."""
        return self.page.evaluate("(({id, name, className}) => id || name || className)(document.activeElement)")


@dataclass
class Guests:
    """Opens the product for anybody; who signed in once stays so."""

    browser: Browser
    stage: Stage
    known: dict[str, dict] = field(default_factory=dict)
    open: list[tuple[BrowserContext, walk.Watch]] = field(default_factory=list)

    def __call__(
        self, email: str = "", size: dict = walk.DESKTOP, language: str = "de", theme: str = "light"
    ) -> Visitor:
        """Nobody signed in without an e-mail address."""
        context = self.browser.new_context(
            viewport=size,
            color_scheme=theme,
            locale="de-DE" if language == "de" else "en-GB",
            storage_state=self.known.get(email),
            has_touch=size == walk.PHONE,
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.set_default_timeout(20_000)
        watch = walk.Watch(page)
        self.open.append((context, watch))
        visitor = Visitor(page, self.stage.url, watch)
        if email and email not in self.known:
            self.sign_in(visitor, email, self.stage.passwords[email])
            self.known[email] = context.storage_state()
        if email:
            # Signing in speaks the person's own language.
            name = settings.LANGUAGE_COOKIE_NAME
            context.add_cookies([{"name": name, "value": language, "url": self.stage.url}])
        return visitor

    def sign_in(self, visitor: Visitor, email: str, password: str) -> None:
        visitor.go("/sign-in/")
        visitor.page.fill("#id_username", email)
        visitor.page.fill("#id_password", password)
        visitor.page.click("main form button")
        visitor.page.wait_for_url(lambda address: "/sign-in/" not in address)

    def leave(self) -> list[str]:
        """Closes every page; returns what they complained about and nobody looked at."""
        found = [words for _, watch in self.open for words in watch.taken()]
        for context, _ in self.open:
            context.close()
        self.open.clear()
        return found
