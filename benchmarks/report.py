"""How the figures are shown: a table on the screen, a page for the repository."""

import os
import platform
import re
from datetime import datetime

from .database import execute

TITLES = {
    "business_time": "Business time (targets 1 and 2)",
    "sweep": "Sweep for overdue clocks (3 and 4)",
    "rollup": "Rollups (5)",
    "numbers": "Numbers of posts (5)",
    "intake": "Intake (6)",
    "wall": "The wall (7)",
    "publishing": "Publishing",
    "exports": "Exports",
    "reports": "Monthly reports",
    "pages": "Pages in the browser",
    "inbox": "Inbox pages and the API (8 and 9)",
}
HEAD = """# What was measured

`var/venv/bin/python -m benchmarks` (with names: only these sections again). Each section is of one run: its contestants
took turns, each counts with its best time. Buffers are pages of 8 KiB, found in memory or not."""


def table(rows: list[dict]) -> str:
    return "\n".join(
        f"  {row['name']:66} {row['value']:>12,} {row['unit']:8} {row['target'] or '':9} {verdict(row)}" for row in rows
    )


def verdict(row: dict) -> str:
    if row["target"] is None:
        return ""
    return "holds" if row["ok"] else "MISSED"


def machine() -> list[str]:
    """What the figures were measured on."""
    version, buffers, fsync = (
        execute(f"SHOW {name}")[0][0] for name in ("server_version", "shared_buffers", "fsync")
    )
    load = os.getloadavg()[0]
    return [
        f"{os.cpu_count()} cores ({platform.machine()}), load {load:.1f}, Python {platform.python_version()}",
        f"PostgreSQL {version.split()[0]}, shared_buffers {buffers}, fsync {fsync}",
    ]


def town(conversations: int) -> list[str]:
    """What lies in the tables of the benchmarks that share them."""
    return [
        f"{conversations * 2:,} messages in {conversations:,} conversations of 500 clients, "
        f"{conversations * 2:,} running clocks, {conversations:,} and then {conversations * 10:,} closed ones",
    ]


def page(before: str, at: datetime, places: dict[str, list[str]], found: dict[str, list[dict]]) -> str:
    """The page with these sections new, each with the place it was measured in; the others stay as `before`."""
    sections = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", before, re.DOTALL | re.MULTILINE))
    for name, rows in found.items():
        lines = ["| figure | value | target | |", "|---|---:|---|---|", *map(_line, rows)]
        place = f"{at:%Y-%m-%d %H:%M} UTC; {'; '.join(places[name])}."
        sections[TITLES[name]] = f"\n{place}\n\n" + "\n".join(lines) + "\n\n"
    told = {title: sections[title] for title in TITLES.values() if title in sections}
    missed = [line.split(" | ")[0][2:] for text in told.values() for line in text.splitlines() if "| MISSED |" in line]
    parts = [HEAD, f"**Missed: {'; '.join(missed)}.**" if missed else "Every target holds.", ""]
    return "\n\n".join(parts) + "".join(f"## {title}\n{text}" for title, text in told.items()).rstrip() + "\n"


def _line(row: dict) -> str:
    return f"| {row['name']} | {row['value']:,} {row['unit']} | {row['target'] or ''} | {verdict(row)} |"
