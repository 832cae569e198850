"""Business time against a reference that walks minute by minute through local time, over random calendars."""

from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from clients.hours import HORIZON, HorizonError, Hours, parse
from clients.hours_bulk import add_many, elapsed_many

HOUR, DAY = 3_600, 86_400
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CHANGING = (
    "Europe/Berlin",
    "Europe/Zurich",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "America/Havana",
    "Asia/Beirut",
    "Asia/Tehran",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Antarctica/Troll",
)
STILL = ("UTC", "Asia/Kathmandu")
YEARS = range(2004, 2036)
CLOCK = [f"{minute // 60:02}:{minute % 60:02}" for minute in range(24 * 60 + 1)]
FIXED = [[], [["00:00", "24:00"]], [["00:00", "10:00"]], [["02:30", "24:00"]], [["09:00", "12:00"], ["12:00", "13:30"]]]

seeds = st.integers(0, 2**63)
changing = st.booleans()
PROPERTY = settings(max_examples=120, deadline=None, derandomize=True, database=None)


@cache
def offset_changes(zone):
    """Epoch seconds of midnights (UTC) after which the zone changes its offset within the day."""
    first, last = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (YEARS[0], YEARS[-1]))
    offsets = {t: datetime.fromtimestamp(t, ZoneInfo(zone)).utcoffset() for t in range(first, last, DAY)}
    return [t for t in offsets if t + DAY in offsets and offsets[t] != offsets[t + DAY]]


def any_plan(numbers):
    if numbers.random() < 0.4:
        return numbers.choice(FIXED)
    step = numbers.choice([1, 15, 30])
    edges = sorted(numbers.sample(range(0, 24 * 60 + 1, step), numbers.choice([2, 2, 4, 6])))
    return [[CLOCK[start], CLOCK[end]] for start, end in zip(edges[::2], edges[1::2], strict=True)]


def any_document(numbers, zone, start):
    plans = [any_plan(numbers) for _ in range(numbers.choice([1, 2, 7]))]
    week = {name: numbers.choice(plans) for name in WEEK}
    week[numbers.choice(WEEK)] = [["08:00", "24:00"]]
    near = [datetime.fromtimestamp(start + n * DAY, UTC).date().isoformat() for n in range(-1, 4)]
    numbers.shuffle(near)
    shut, opened = numbers.randrange(2), numbers.randrange(3)
    opened = {day: any_plan(numbers) or [["10:00", "10:01"]] for day in near[shut : shut + opened]}
    return {"zone": zone, "country": None, "week": week, "closed": near[:shut], "open": opened}


def any_case(seed, changing, longest=36 * HOUR):
    """(document, a, b): epoch seconds a <= b, near a change of the clocks or anywhere."""
    numbers = Random(seed)
    zone = numbers.choice(CHANGING if changing else CHANGING + STILL)
    anywhere = datetime(numbers.choice(YEARS), 1, 1, tzinfo=UTC) + timedelta(days=numbers.randrange(365))
    day = numbers.choice(offset_changes(zone)) if changing else int(anywhere.timestamp())
    a = day + numbers.randrange(-20 * HOUR, 20 * HOUR) // (granule := numbers.choice([1, 60, HOUR])) * granule
    return any_document(numbers, zone, a), a, a + numbers.randrange(longest)


def hours_of(document):
    spec = parse(document)
    return Hours(spec.zone, spec.week, frozenset(spec.closed), dict(spec.opened))


class Walk:
    """Open or not from `a` to `b`, minute by minute, straight from the document."""

    def __init__(self, document, a, b):
        self.document, self.zone, self.days = document, ZoneInfo(document["zone"]), {}
        cuts = [a, *range(a - a % 60 + 60, b, 60), b]
        self.steps = [(begin, end, self.is_open(begin)) for begin, end in zip(cuts, cuts[1:], strict=False)]

    def is_open(self, second):
        local = datetime.fromtimestamp(second, self.zone)
        return local.hour * 60 + local.minute in self.minutes_of(local.date())

    def minutes_of(self, day):
        if day not in self.days:
            text = day.isoformat()
            usual = [] if text in self.document["closed"] else self.document["week"][WEEK[day.weekday()]]
            plan = self.document["open"].get(text, usual)
            self.days[day] = {m for m in range(24 * 60) for start, end in plan if start <= CLOCK[m] < end}
        return self.days[day]

    def elapsed(self):
        return sum(end - begin for begin, end, is_open in self.steps if is_open)

    def add(self, seconds):
        for begin, end, is_open in self.steps:
            if seconds <= (end - begin) * is_open:
                return begin + seconds
            seconds -= (end - begin) * is_open
        raise AssertionError("the budget is larger than the walk")

    def opens(self):
        return next((begin for begin, _, is_open in self.steps if is_open), None)


def agrees_with_the_walk(seed, changing, share):
    document, a, b = any_case(seed, changing)
    hours, walk = hours_of(document), Walk(document, a, b)
    total = walk.elapsed()
    budget = int(total * share)
    due = walk.add(budget) if budget else a

    assert (document, hours.elapsed_seconds(a, b)) == (document, total)
    assert (document, hours.add_seconds(a, budget)) == (document, due)
    assert walk.opens() in (None, hours.opens_seconds(a))
    assert elapsed_many(hours, np.array([a]), np.array([b])).tolist() == [total]
    assert add_many(hours, np.array([a]), budget).tolist() == [due]


shares = st.sampled_from([0.0, 1.0]) | st.floats(0, 1)


@settings(PROPERTY, max_examples=600)
@given(seeds, shares)
def test_arithmetic_equals_a_minute_walk_while_the_clocks_change(seed, share):
    agrees_with_the_walk(seed, True, share)


@settings(PROPERTY, max_examples=600)
@given(seeds, shares)
def test_arithmetic_equals_a_minute_walk_anywhere(seed, share):
    agrees_with_the_walk(seed, False, share)


def due_or_none(hours, start, seconds):
    try:
        return hours.add_seconds(start, seconds)
    except HorizonError:
        return None


budgets = st.integers(0, 40 * HOUR) | st.integers(0, HORIZON // 4)


@PROPERTY
@given(seeds, changing, budgets)
def test_elapsed_up_to_the_due_instant_is_the_budget(seed, changing, budget):
    document, start, _ = any_case(seed, changing)
    hours = hours_of(document)
    due = due_or_none(hours, start, budget)
    assume(due is not None)

    assert hours.elapsed_seconds(start, due) == budget
    assert budget == 0 or hours.elapsed_seconds(start, due - 1) == budget - 1


@PROPERTY
@given(seeds, changing, budgets, budgets)
def test_add_is_monotone_in_start_and_budget(seed, changing, one, other):
    document, a, b = any_case(seed, changing, longest=30 * DAY)
    hours, less, more = hours_of(document), *sorted((one + 1, other + 1))
    dues = [due_or_none(hours, start, budget) for start, budget in ((a, less), (b, less), (b, more))]
    assume(None not in dues)

    assert dues == sorted(dues)


@PROPERTY
@given(seeds, changing, st.lists(st.integers(-500 * DAY, 500 * DAY), min_size=3, max_size=3))
def test_elapsed_is_additive(seed, changing, shifts):
    document, start, _ = any_case(seed, changing)
    hours = hours_of(document)
    a, b, c = (start + shift for shift in shifts)

    assert hours.elapsed_seconds(a, b) + hours.elapsed_seconds(b, c) == hours.elapsed_seconds(a, c)


@settings(PROPERTY, max_examples=60)
@given(seeds, changing)
def test_bulk_equals_scalar(seed, changing):
    document, start, _ = any_case(seed, changing)
    hours, numbers = hours_of(document), Random(seed)
    a, b = (np.array([start + numbers.randrange(-100 * DAY, 100 * DAY) for _ in range(40)]) for _ in range(2))
    budgets = np.array([numbers.choice([0, 1, HOUR, numbers.randrange(30 * HOUR)]) for _ in range(40)])
    dues = [due_or_none(hours, *pair) for pair in zip(a.tolist(), budgets.tolist(), strict=True)]
    assume(None not in dues)

    assert add_many(hours_of(document), a, budgets).tolist() == dues
    spans = [hours.elapsed_seconds(*pair) for pair in zip(a.tolist(), b.tolist(), strict=True)]
    assert elapsed_many(hours_of(document), a, b).tolist() == spans
