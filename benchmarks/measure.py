"""Measures the product in a database of its own, against the targets; `python -m benchmarks` starts it on engines.

--quick takes 40,000 messages instead of a million; the figures of a quick run are no record. Prints every figure, and
writes the sections of a full run into benchmarks/RESULTS.md (of a quick one into var/benchmarks.md).
"""

import argparse
import logging
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from benchmarks import (  # noqa: E402
    business_time,
    database,
    exports,
    inbox,
    intake,
    numbers,
    pages,
    publishing,
    reports,
    rollup,
    sweep,
    wall,
)
from benchmarks.report import machine, page, table, town  # noqa: E402
from benchmarks.town import Town  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
FULL, QUICK = 500_000, 20_000
ALONE = {
    "business_time": lambda quick: business_time.run(),
    "intake": intake.run,
    "exports": exports.run,
    "publishing": publishing.run,
    "reports": reports.run,
    "pages": pages.run,
}
IN_TOWN = {"inbox": inbox.run, "wall": wall.run, "rollup": rollup.run, "sweep": sweep.run, "numbers": numbers.run}


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.split("\n")[0])
    asked.add_argument("--quick", action="store_true", help="small tables, few repeats")
    asked.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join([*ALONE, *IN_TOWN])}; all without one")
    options = asked.parse_args()
    if unknown := set(options.names) - ALONE.keys() - IN_TOWN.keys():
        asked.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    for handler in logging.getLogger().handlers:
        handler.setStream(open(os.devnull, "w"))
    with database.own():
        size = QUICK if options.quick else FULL
        here = machine()
        found = measured(set(options.names) or {*ALONE, *IN_TOWN}, size, options.quick)
    file = ROOT / "var" / "benchmarks.md" if options.quick else ROOT / "benchmarks" / "RESULTS.md"
    file.parent.mkdir(exist_ok=True)
    before = file.read_text() if file.is_file() else ""
    places = {name: [*here, *(town(size) if name in IN_TOWN else ())] for name in found}
    file.write_text(page(before, datetime.now(UTC), places, found))
    missed = [row["name"] for rows in found.values() for row in rows if not row["ok"]]
    print(f"\n{len(missed)} missed{': ' + '; '.join(missed) if missed else ''}. Written to {file.relative_to(ROOT)}.")
    return 1 if missed else 0


def measured(names: set[str], size: int, quick: bool) -> dict[str, list[dict]]:
    """The rows of each benchmark that is asked for."""
    found = {name: shown(name, lambda run=run: run(quick)) for name, run in ALONE.items() if name in names}
    if wanted := [name for name in IN_TOWN if name in names]:
        begin = perf_counter()
        town = Town(size)
        print(f"\nfilled the tables in {perf_counter() - begin:.0f} s", flush=True)
        found |= {name: shown(name, lambda run=IN_TOWN[name]: run(town, quick)) for name in wanted}
    return found


def shown(name: str, run: Callable[[], list[dict]]) -> list[dict]:
    begin = perf_counter()
    rows = run()
    print(f"\n{name} ({perf_counter() - begin:.0f} s)\n{table(rows)}", flush=True)
    return rows


if __name__ == "__main__":
    sys.exit(main())
