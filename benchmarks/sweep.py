"""The sweep for overdue clocks: its cost when nothing is due, when some are, when all are, and with much history."""

from datetime import datetime, timedelta
from statistics import median

from clients.scope import scope
from feedback import sweeps

from .data import NOW
from .database import buffers, execute, explain, nodes, seconds, turns, undone, vacuum
from .rows import at_most, none_of, told
from .town import Town

ROUNDS, DUE = 7, 1000
BARE = """
UPDATE feedback_clock SET outcome = 'breached', breached_at = due_at, noticed_at = %s, updated_at = %s
WHERE id = ANY(%s) RETURNING id
"""
STATEMENTS = (sweeps.HOLD_OVERDUE, sweeps.CLAIM_OVERDUE, sweeps.HOLD_WARNED, sweeps.CLAIM_WARNED)
SLOW = {"Seq Scan", "Hash Join", "Merge Join"}
NEVER = NOW + timedelta(days=60)


def run(town: Town, quick: bool) -> list[dict]:
    """Leaves the town with all its clocks noticed: run it last."""
    town.age(1, 0)
    until = _due_by(DUE)
    before = _pages(town, until)
    found = [*_empty(town), *_steady(town, until)]
    town.age(9, 1)
    after = _pages(town, until)
    found += [
        told("closed clocks at first", town.conversations, "rows"),
        at_most("buffers at 10x history", after / before, 1.1),
        at_most("buffers at 10x history, downwards", before / after, 1.1),
        none_of("scans and joins of whole tables in the plans", _slow_nodes(town), len(STATEMENTS)),
    ]
    found += _catching_up(town)
    found.append(none_of("the same, 99 % noticed and just analysed", _slow_nodes(town), len(STATEMENTS)))
    return found


def _due_by(count: int) -> datetime:
    """An instant by which so many clocks are overdue."""
    with scope(_ids()):
        sql = "SELECT due_at FROM feedback_clock WHERE outcome = 'open' ORDER BY due_at OFFSET %s LIMIT 1"
        return execute(sql, count)[0][0]


def _ids() -> list[int]:
    return [row[0] for row in execute("SELECT id FROM clients_client")]


def _pages(town: Town, until: datetime) -> int:
    vacuum("feedback_clock")
    found = []
    for _ in range(3):
        with undone(town.ids):
            held = explain(sweeps.HOLD_OVERDUE, **_values(until))
            ids = _held(until)
            found.append(buffers(held) + buffers(explain(sweeps.CLAIM_OVERDUE, **_values(until, ids))))
    return min(found)


def _values(now: datetime, ids: list[int] | None = None) -> dict:
    return {"now": now, "limit": sweeps.LIMIT, "ids": ids}


def _held(until: datetime) -> list[int]:
    return [row[0] for row in execute(sweeps.HOLD_OVERDUE, **_values(until))]


def _claim(until: datetime) -> None:
    """What the sweep does first: hold the conversations, then claim their clocks."""
    execute(sweeps.CLAIM_OVERDUE, **_values(until, _held(until)))


def _empty(town: Town) -> list[dict]:
    def claim() -> float:
        with scope(town.ids):
            return seconds(lambda: _claim(NOW))

    sweep, claimed, select = turns(
        31,
        lambda: seconds(lambda: sweeps.notice_breaches(now=NOW)),
        claim,
        lambda: seconds(lambda: execute("SELECT 1")),
    )
    return [
        told("running clocks", town.conversations * 2, "rows"),
        at_most("empty sweep against SELECT 1", sweep / select, 100),
        told("its claim alone against SELECT 1", claimed / select, "x"),
    ]


def _steady(town: Town, until: datetime) -> list[dict]:
    """The claim, and the whole sweep with log and alerts, against the bare UPDATE of the same ids."""
    with undone(town.ids):
        ids = _held(until)

    def rolled_back(work) -> float:
        with undone(town.ids):
            return seconds(work)

    claim, bare, sweep = turns(
        ROUNDS,
        lambda: rolled_back(lambda: _claim(until)),
        lambda: rolled_back(lambda: execute(BARE, until, until, ids)),
        lambda: rolled_back(lambda: sweeps.notice_breaches(now=until)),
    )
    return [
        at_most(f"claim of {len(ids)} against the bare UPDATE", claim / bare, 2),
        told("the same with log and alerts", sweep / bare, "x"),
    ]


def _catching_up(town: Town) -> list[dict]:
    """All clocks are overdue: by turns one batch is claimed and the next is updated by its ids."""
    vacuum("feedback_clock")
    ratios, claimed = [], 0
    left = town.conversations * 2
    while left - claimed > left // 100 and len(ratios) < 1000:
        with scope(town.ids):
            claim = seconds(lambda: _claim(NEVER))
        with scope(town.ids):
            ids = _held(NEVER)
        with scope(town.ids):
            bare = seconds(lambda ids=ids: execute(BARE, NEVER, NEVER, ids))
        ratios.append(claim / bare)
        claimed += sweeps.LIMIT + len(ids)
    vacuum("feedback_clock")
    return [at_most(f"catching up on {claimed:,}, a batch against its bare UPDATE", median(ratios), 2.5)]


def _slow_nodes(town: Town) -> list[str]:
    """Nodes in the plans of both claims that read whole tables."""
    with scope(town.ids):
        values = _values(NEVER, _held(NEVER))
        plans = [explain(sql, analyze=False, **values) for sql in STATEMENTS]
    return [node for plan in plans for node in nodes(plan) if node in SLOW]
