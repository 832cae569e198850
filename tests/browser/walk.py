"""Walks the product like a person who tries every link, and says what is wrong with a screen."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import axe_playwright_python
from django.urls import Resolver404, resolve
from playwright.sync_api import Page

DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
AXE = (Path(inspect.getfile(axe_playwright_python)).parent / "axe.min.js").read_text(encoding="utf-8")
# One address of each kind is a screen: by the route's name and by what these say in the query.
KINDS = ("view", "show")
LINKS = "[...document.querySelectorAll('a[href]')].map((a) => a.href)"
BUSY = ".htmx-request, .htmx-settling, .htmx-swapping"
WIDE = """() => {
  const page = document.scrollingElement;
  if (page.scrollWidth <= page.clientWidth) return [];
  const wide = [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > page.clientWidth + 1);
  return [`${page.scrollWidth} of ${page.clientWidth} px`, ...wide.slice(0, 4).map((one) => `${one.tagName} ${one.className}`)];
}"""
RULES = """async () => {
  const found = await axe.run(document, { resultTypes: ['violations'], preload: false });
  return found.violations.filter((one) => ['serious', 'critical'].includes(one.impact))
    .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 160)} ${node.any.map((why) => why.message).join(' ').slice(0, 200)}`));
}"""


class Watch:
    """Keeps what a page complains about: messages of its console, errors of its scripts, requests that failed."""

    def __init__(self, page: Page):
        self.page, self.found = page, []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.found.append(f"script: {error}"))
        page.on("requestfailed", self._failed)

    def _console(self, message) -> None:
        answer = message.text.startswith("Failed to load resource") and message.location.get("url") == self.page.url
        if message.type in ("error", "warning") and not answer:
            self.found.append(f"console: {message.text} {message.location.get('url', '')}")

    def _failed(self, request) -> None:
        # A refresh that a click overtakes is no failure.
        if request.failure != "net::ERR_ABORTED":
            self.found.append(f"request: {request.method} {request.url} {request.failure}")

    def taken(self) -> list[str]:
        found, self.found = self.found, []
        return found


def kind(address: str) -> tuple[str, ...] | None:
    """What kind of screen the address shows, None when it is none of ours."""
    parts = urlsplit(address)
    try:
        name = resolve(parts.path).url_name
    except Resolver404:
        return None
    query = parse_qs(parts.query)
    return (name or "", *(f"{key}={query[key][0]}" for key in KINDS if key in query))


def screens(page: Page, start: str, leave: set[str]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Opens one address of every kind of screen that links lead to from `start`; routes named in `leave` are not
    entered. Yields the kind and the address while the page is open."""
    origin = urlsplit(start).netloc
    known, waiting = {kind(start)}, [start]
    while waiting:
        address = waiting.pop(0)
        open_(page, address)
        for link in page.evaluate(LINKS):
            to = link.partition("#")[0]
            what = kind(to) if urlsplit(to).netloc == origin else None
            if what and what not in known and what[0] not in leave:
                known.add(what)
                waiting.append(to)
        yield kind(address), address


def open_(page: Page, address: str) -> int:
    """Goes there and waits until the page has settled; returns the status."""
    status = page.goto(address).status
    settle(page)
    return status


def settle(page: Page) -> None:
    page.wait_for_selector(BUSY, state="detached")


def wide(page: Page) -> list[str]:
    """What sticks out on the right, if the page can be moved sideways."""
    return page.evaluate(WIDE)


def barriers(page: Page) -> list[str]:
    """What axe calls serious or critical."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    return page.evaluate(RULES)
