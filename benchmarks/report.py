"""How the figures are shown: a table on the screen, a page for the repository."""

import os
import platform
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
    "inbox": "Inbox pages and the API (8 and 9)",
}


def table(rows: list[dict]) -> str:
    return "\n".join(
        f"  {row['name']:66} {row['value']:>12,} {row['unit']:8} {row['target'] or '':9} {verdict(row)}" for row in rows
    )


def verdict(row: dict) -> str:
    if row["target"] is None:
        return ""
    return "holds" if row["ok"] else "MISSED"


def machine(conversations: int) -> list[str]:
    """What the figures were measured on."""
    version, buffers, fsync = (
        execute(f"SHOW {name}")[0][0] for name in ("server_version", "shared_buffers", "fsync")
    )
    load = os.getloadavg()[0]
    return [
        f"{os.cpu_count()} cores ({platform.machine()}), load {load:.1f}, Python {platform.python_version()}",
        f"PostgreSQL {version.split()[0]}, shared_buffers {buffers}, fsync {fsync}",
        f"{conversations * 2:,} messages in {conversations:,} conversations of 500 clients, "
        f"{conversations * 2:,} running clocks, {conversations:,} and then {conversations * 10:,} closed ones",
    ]


def page(at: datetime, machine: list[str], found: dict[str, list[dict]]) -> str:
    missed = [row["name"] for rows in found.values() for row in rows if not row["ok"]]
    parts = [
        "# What was measured",
        "`var/venv/bin/python -m benchmarks` on "
        f"{at:%Y-%m-%d %H:%M} UTC, in one run. "
        "Contestants took turns, each counts with its best time. Buffers are pages of 8 KiB, found in memory or not.",
        "\n".join(f"- {line}" for line in machine),
        f"**Missed: {'; '.join(missed)}.**" if missed else "Every target holds.",
    ]
    for name, rows in found.items():
        head = f"## {TITLES[name]}\n\n| figure | value | target | |\n|---|---:|---|---|\n"
        parts.append(head + "\n".join(map(_line, rows)))
    return "\n\n".join(parts) + "\n"


def _line(row: dict) -> str:
    return f"| {row['name']} | {row['value']:,} {row['unit']} | {row['target'] or ''} | {verdict(row)} |"
