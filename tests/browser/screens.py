"""Renews the pictures in docs/screens from a running demo: `./start`, then `var/venv/bin/python -m tests.browser.screens`.

They are palette pictures: small enough for the repository, and sharp as text should be.
"""

import argparse
import io
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import django
from PIL import Image
from playwright.sync_api import sync_playwright

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from config import chromium  # noqa: E402
from tests.browser import walk  # noqa: E402
from tests.browser.stage import BAKER, MANAGER, OWNER, opened  # noqa: E402
from tests.browser.visitor import Guests, Visitor, launched  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
COLOURS = 128


@dataclass(frozen=True)
class Shot:
    """A picture: of whose screen, at which address, after which click."""

    name: str
    address: str
    who: str = OWNER
    size: dict[str, int] | None = None
    theme: str = "light"
    click: str = ""


SHOTS = (
    Shot("today", "/", MANAGER),
    Shot("inbox", "/inbox/?view=all", click=".rows li:nth-child(1) a"),
    Shot("inbox-dark", "/inbox/?view=all", theme="dark", click=".rows li:nth-child(4) a"),
    Shot("plan", "/plan/"),
    Shot("plan-timeline", "/plan/?view=timeline"),
    Shot("post", "/plan/?view=list&client=tidenhub&state=client_review", click="table.posts td.words a"),
    Shot("approvals", "/approvals/"),
    Shot("clients", "/clients/"),
    Shot("hours", "/clients/vennhusen/hours/"),
    Shot("figures", "/figures/?view=effect&client=tidenhub"),
    Shot("figures-dark", "/figures/?view=answers", theme="dark"),
    Shot("reports", "/reports/"),
    Shot("report", "/reports/?client=tidenhub", click="main a[href*='/reports/tidenhub/']"),
    Shot("portfolio", "/portfolio/"),
    Shot("readiness", "/clients/tidenhub/readiness/"),
    Shot("strategy", "/clients/tidenhub/strategy/"),
    Shot("return", "/clients/tidenhub/return/"),
    Shot("log", "/log/"),
    Shot("phone-today", "/", MANAGER, size=walk.PHONE),
    Shot("phone-inbox", "/inbox/?view=all", size=walk.PHONE),
    Shot("portal-home", "/portal/", BAKER, walk.PHONE),
    Shot("portal-posts", "/portal/posts/", BAKER, walk.PHONE),
    Shot("portal-results", "/portal/results/", BAKER, walk.PHONE),
    Shot("portal-calendar-dark", "/portal/calendar/", BAKER, walk.PHONE, "dark"),
)


def main() -> int:
    from django.conf import settings

    options = parse(sys.argv[1:], settings)
    if not chromium.find():
        print(f"Error: {chromium.missing()}", file=sys.stderr)
        return 1
    options.to.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = launched(playwright)
        guests = Guests(browser, opened(options.data, options.url, ""))
        for shot in SHOTS:
            if not options.only or shot.name in options.only:
                path = options.to / f"{shot.name}.png"
                path.write_bytes(small(take(guests, shot)))
                print(f"{path} {path.stat().st_size // 1024} KB", flush=True)
        browser.close()
    return 0


def parse(words: list[str], settings) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.browser.screens", description="Renews docs/screens.")
    parser.add_argument("only", nargs="*", help="names of pictures (all)")
    parser.add_argument("--data", type=Path, default=settings.DATA, help="the demo's data folder (the last ./start's)")
    parser.add_argument("--url", default=settings.BASE_URL, help="the demo's address (as that folder says)")
    parser.add_argument("--to", type=Path, default=ROOT / "docs" / "screens", help="where the pictures go")
    return parser.parse_args(words)


def take(guests: Guests, shot: Shot) -> bytes:
    visitor: Visitor = guests(shot.who, shot.size or walk.DESKTOP, theme=shot.theme)
    visitor.go(shot.address)
    if shot.click:
        visitor.page.locator(shot.click).first.click()
        visitor.page.wait_for_load_state()
        visitor.page.wait_for_timeout(500)
        walk.settle(visitor.page)
    image = visitor.page.screenshot()
    guests.leave()
    return image


def small(image: bytes) -> bytes:
    """The same picture with a palette."""
    to = io.BytesIO()
    Image.open(io.BytesIO(image)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
        to, "PNG", optimize=True
    )
    return to.getvalue()


if __name__ == "__main__":
    sys.exit(main())
