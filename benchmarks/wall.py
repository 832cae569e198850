"""What the wall costs: the same questions behind it, and asked by the owner while it does not stop the owner."""

from datetime import timedelta

from agency.roles import as_owner
from clients.scope import scope

from .data import NOW
from .database import buffers, execute, owned, seconds, settled, turns
from .rows import at_most, none_of, told
from .town import FILLED, Town

ROUNDS = 25
QUESTIONS = {
    "a page of 50": """
        SELECT * FROM feedback_interaction WHERE client_id = {one} ORDER BY received_at DESC, id DESC LIMIT 50
    """,
    "a month summed": """
        SELECT kind, count(*), max(received_at) FROM feedback_interaction
        WHERE client_id = {one} AND received_at >= '{month}' GROUP BY kind
    """,
    "clocks due next": """
        SELECT * FROM feedback_clock WHERE client_id = {one} AND due_at > '{now}' ORDER BY due_at LIMIT 50
    """,
}


def run(town: Town, quick: bool) -> list[dict]:
    with owned(FILLED):
        return [row for name, sql in QUESTIONS.items() for row in _compared(town, name, _asked(town, sql))]


def _asked(town: Town, sql: str) -> str:
    return sql.format(one=town.ids[7], now=NOW.isoformat(), month=(NOW - timedelta(days=30)).isoformat())


def _compared(town: Town, name: str, sql: str) -> list[dict]:
    def behind() -> float:
        with scope(town.ids[7:8]):
            return seconds(lambda: execute(sql))

    def before() -> float:
        with as_owner():
            return seconds(lambda: execute(sql))

    behind(), before()
    with scope(town.ids[7:8]):
        walled = settled(sql)
    with as_owner():
        free = settled(sql)
    with_wall, without = turns(ROUNDS, behind, before)
    more = buffers(walled) - buffers(free)
    return [
        told(f"{name}: buffers", buffers(free), "pages"),
        at_most(f"{name}: more buffers behind the wall", more, 0, "pages"),
        at_most(f"{name}: time behind the wall", with_wall / without, 1.2),
        none_of(f"{name}: subplans that read a table", _reading(walled), 1),
    ]


def _reading(plan: dict, within: bool = False) -> list[str]:
    """The tables that subplans of a plan read: of the policy it must be none."""
    within = within or plan.get("Parent Relationship") == "SubPlan"
    own = [plan["Relation Name"]] if within and "Relation Name" in plan else []
    return own + [table for inner in plan.get("Plans", ()) for table in _reading(inner, within)]
