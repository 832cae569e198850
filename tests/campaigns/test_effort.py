"""Time and money: what people write down, what a month cost, and what came of it in layers that are never added up."""

import threading
from collections import Counter
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from agency.views.typed import cents, minutes
from campaigns.effort import budget, entries, outcomes, sums
from campaigns.models import Outcome, TimeEntry
from clients.models import Event
from clients.refusal import Conflict, Refused
from clients.scope import scope

TODAY = timezone.now().astimezone(ZoneInfo("Europe/Berlin")).date()
THIS = TODAY.replace(day=1)
LAST = (THIS - timedelta(days=1)).replace(day=1)
BEFORE = (LAST - timedelta(days=1)).replace(day=1)


@pytest.fixture
def spent(cast, in_scope):
    """A function that writes down minutes of Sam's."""
    return lambda minutes=30, day=LAST, **more: entries.enter(
        **{"client": cast.bakery, "person": cast.sam, "activity": "answer", "day": day, "minutes": minutes} | more
    )


def month(cast, first=LAST):
    return budget.months([cast.bakery], [first], timezone.now())[cast.bakery.id, first]


@given(st.dictionaries(st.integers(0, 50), st.integers(0, 100_000), max_size=20), st.sampled_from(budget.STEPS))
def test_billing_rounds_each_sum_up_and_never_by_more_than_a_step(seconds, step):
    rows = {(key,): value for key, value in seconds.items()}

    found = sums.billed(rows, step)

    size = step or 1
    exact = sum(seconds.values()) / 60
    assert found >= exact
    assert found - exact < size * max(1, sum(value > 0 for value in seconds.values()))
    assert found % size == 0


@given(st.integers(0, 10_000), st.integers(0, 31), st.integers(0, 31))
def test_a_forecast_is_never_less_than_what_is_spent(spent, passed, days):
    ahead = sums.forecast(spent, passed, days)

    assert ahead >= spent
    assert passed < days and passed > 0 or ahead == spent


@pytest.mark.parametrize(
    ("spent", "ahead", "agreed", "state"),
    [(0, 0, 0, "unknown"), (10, 80, 100, "ok"), (10, 91, 100, "at_risk"), (100, 100, 100, "at_risk"), (101, 101, 100, "over")],
)  # fmt: skip
def test_how_a_month_stands(spent, ahead, agreed, state):
    assert sums.standing(spent, ahead, agreed) == state


@pytest.mark.parametrize(
    ("text", "found"), [("90", 90), ("1:30", 90), (":45", 45), ("1,5 h", 90), ("2h", 120), (" 7 ", 7)]
)
def test_time_is_read_as_people_write_it(text, found):
    assert minutes(text) == found


@pytest.mark.parametrize("text", ["", "soon", "1:x", "h", "1.5"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(Refused):
        minutes(text)


@pytest.mark.parametrize(("text", "found"), [("650", 65_000), ("1.234,50", 123_450), ("49.9 €", 4_990), ("", 0)])
def test_money_is_read_as_people_write_it(text, found):
    assert cents(text, "fee") == found


def test_a_month_is_billed_in_steps_by_person_activity_and_day(cast, spent):
    budget.agree(client=cast.bakery, actor=cast.olga, fee_cents=60_000, minutes=120, hour_cents=6_000, step=15)
    spent(5), spent(5)  # together 10: 15
    spent(20, activity="plan")  # 30
    spent(1, person=cast.olga)  # 15
    spent(600, by_client=True, person=cast.ana)

    found = month(cast)

    assert (found.minutes, found.seconds, found.client_minutes) == (60, 31 * 60, 600)
    assert (found.cost, found.margin, found.state) == (6_000, 54_000, "ok")
    assert found.by_activity == {"answer": 11 * 60, "plan": 20 * 60}


def test_what_is_not_known_is_not_zero(cast, spent):
    spent(30)

    found = month(cast)

    assert (found.cost, found.margin, found.state, found.fee) == (None, None, "unknown", 0)


def test_a_settled_month_stays_as_it_is(cast, spent):
    entry = spent(30)
    budget.lock(client=cast.bakery, month=LAST, actor=cast.olga, now=timezone.now())
    before = month(cast)
    budget.agree(client=cast.bakery, actor=cast.olga, fee_cents=99, minutes=1, hour_cents=1, step=30)

    for act in (
        lambda: spent(5),
        lambda: entries.change(entry, actor=cast.sam, minutes=99),
        lambda: entries.remove(entry, actor=cast.sam),
        lambda: entries.change(spent(5, day=THIS), actor=cast.sam, day=LAST),
        lambda: budget.lock(client=cast.bakery, month=LAST, actor=cast.olga, now=timezone.now()),
    ):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == "month_locked"
    assert month(cast) == before


def test_a_settled_month_is_opened_for_a_reason_only(cast, spent):
    spent(30)
    budget.lock(client=cast.bakery, month=LAST, actor=cast.olga, now=timezone.now())

    with pytest.raises(Refused):
        budget.unlock(client=cast.bakery, month=LAST, actor=cast.olga, reason=" ")
    budget.unlock(client=cast.bakery, month=LAST, actor=cast.olga, reason="Forgotten entry")

    spent(5)
    assert Event.objects.get(action="month.unlocked").after == {"reason": "Forgotten entry"}


def test_a_month_that_runs_cant_be_settled(cast, in_scope):
    with pytest.raises(Refused):
        budget.lock(client=cast.bakery, month=THIS, actor=cast.olga, now=timezone.now())


def test_one_timer_runs_at_a_time(cast, in_scope):
    served = frozenset([cast.bakery.id, cast.florist.id])
    with scope(served):
        first = entries.start(client=cast.bakery, person=cast.sam, activity="answer", served=served)
        TimeEntry.objects.filter(id=first.id).update(started_at=timezone.now() - timedelta(minutes=7))
        second = entries.start(client=cast.florist, person=cast.sam, activity="plan", served=served)

        first.refresh_from_db()
        assert 420 <= first.seconds < 430
        assert entries.running(cast.sam, served) == second


def test_a_forgotten_timer_counts_twelve_hours_and_says_so(cast, in_scope):
    served = frozenset([cast.bakery.id])
    entry = entries.start(client=cast.bakery, person=cast.sam, activity="answer", served=served)
    TimeEntry.objects.filter(id=entry.id).update(started_at=timezone.now() - timedelta(hours=30))

    stopped = entries.stop(person=cast.sam, served=served)

    assert (stopped.seconds, "12 h" in stopped.note) == (12 * 3600, True)


@pytest.mark.django_db(transaction=True)
def test_two_starts_at_once_leave_one_timer(cast):
    served = frozenset([cast.bakery.id])

    def begin():
        try:
            with scope(served):
                entries.start(client=cast.bakery, person=cast.sam, activity="answer", served=served)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with scope(served):
        assert Counter(TimeEntry.objects.values_list("seconds", flat=True)) == Counter({1: 7, None: 1})


def test_the_layers_are_told_apart_and_nothing_is_counted_twice(cast, in_scope):
    measured = {"client": cast.bakery, "kind": "order", "day": LAST, "source": "shop"}
    outcomes.measure(**measured, external_id="1", cents=5_000)
    outcomes.measure(**measured, external_id="2")
    outcomes.declare(client=cast.bakery, kind="call", day=LAST, count=4, actor=cast.ana, source="portal")
    outcomes.declare(client=cast.bakery, kind="call", day=LAST, count=1, cents=700, actor=cast.ana, source="portal")
    for kind, worth in (("order", 1_000), ("call", 300)):
        outcomes.assume(client=cast.bakery, kind=kind, cents=worth, reason="Known", since=LAST, actor=None)

    found = outcomes.returns([cast.bakery.id], LAST, THIS)[cast.bakery.id, None]

    assert (found.measured.counts, found.measured.cents, found.measured.without_value) == ({"order": 2}, 5_000, 1)
    assert (found.declared.counts, found.declared.cents, found.declared.without_value) == ({"call": 5}, 700, 4)
    assert (found.assumed.counts, found.assumed.cents) == ({"order": 1, "call": 4}, 1_000 + 4 * 300)


def test_an_assumption_counts_from_its_day_on(cast, in_scope):
    for day, worth in ((LAST, 100), (LAST + timedelta(days=5), 300)):
        outcomes.assume(client=cast.bakery, kind="call", cents=worth, reason="Known", since=day, actor=None)
    for days in (-1, 0, 4, 5):
        at = LAST + timedelta(days=days)
        outcomes.declare(client=cast.bakery, kind="call", day=at, count=1, actor=cast.ana, source="portal")

    found = outcomes.returns([cast.bakery.id], BEFORE, THIS)[cast.bakery.id, None]

    assert (found.assumed.cents, found.assumed.counts) == (500, {"call": 3})


def test_what_a_system_reports_counts_once(cast, in_scope):
    told = {"client": cast.bakery, "kind": "order", "day": LAST, "source": "shop", "external_id": "4711", "cents": 900}

    first, again = outcomes.measure(**told), outcomes.measure(**told)

    with pytest.raises(Conflict):
        outcomes.measure(**told | {"cents": 901})
    assert ([first[1], again[1]], Outcome.objects.count()) == ([True, False], 1)


def test_what_was_a_mistake_counts_no_more_but_stays(cast, in_scope):
    row = outcomes.declare(client=cast.bakery, kind="call", day=LAST, count=4, actor=cast.ana, source="portal")

    outcomes.void(row, actor=cast.sam)

    assert outcomes.returns([cast.bakery.id], LAST, THIS) == {}
    assert Outcome.objects.count() == 1


def test_returns_by_month_add_up_to_the_whole(cast, in_scope):
    for day, count in ((BEFORE, 1), (LAST, 2), (LAST + timedelta(days=20), 3)):
        outcomes.declare(
            client=cast.bakery, kind="call", day=day, count=count, cents=count * 10, actor=cast.ana, source="p"
        )

    by_month = outcomes.returns([cast.bakery.id], BEFORE, TODAY, "month")
    whole = outcomes.returns([cast.bakery.id], BEFORE, TODAY)[cast.bakery.id, None]

    assert {key: row.declared.cents for (_id, key), row in by_month.items()} == {
        f"{BEFORE:%Y-%m}": 10,
        f"{LAST:%Y-%m}": 50,
    }
    assert outcomes.together(by_month.values()) == whole


def test_months_are_told_in_a_fixed_number_of_queries(cast, spent):
    spent(5)
    counts = []
    for clients, firsts in (([cast.bakery], [LAST]), ([cast.bakery, cast.florist], [THIS, LAST, BEFORE])):
        with CaptureQueriesContext(connection) as asked, scope([cast.bakery.id, cast.florist.id]):
            budget.months(clients, firsts, timezone.now())
        counts.append(len(asked))

    assert counts[0] == counts[1]


def test_the_pages_of_time_and_return(cast, in_scope, client, django_assert_max_num_queries):
    client.force_login(cast.sam)
    form = {"client": "bakery", "activity": "answer", "day": LAST.isoformat(), "minutes": "1:15", "note": "Sorge"}

    saved = client.post("/times/", form)
    wrong = client.post("/times/", form | {"minutes": "soon"})
    with django_assert_max_num_queries(12):
        week = client.get(f"/times/?week={LAST.isoformat()}").content.decode()
    started = client.post("/times/start/", {"client": "bakery", "activity": "answer"})
    running = client.get("/times/running/").content.decode()
    stopped = client.post("/times/stop/")
    client.post("/clients/bakery/return/", {"what": "outcome", "kind": "call", "count": "5", "day": LAST.isoformat()})
    with django_assert_max_num_queries(21):
        told = client.get("/clients/bakery/return/").content.decode()
    export = client.get(f"/times/export.csv?month={LAST:%Y-%m}").content.decode("utf-8-sig")

    assert (saved.status_code, wrong.status_code, "soon" in wrong.content.decode()) == (302, 400, True)
    assert ("Sorge" in week, started.status_code, "Anhalten" in running, stopped.status_code) == (True, 302, True, 302)
    assert ("5 Anrufe" in told, "75" in export, export.splitlines()[0]) == (True, True, "Zeiten")


def test_whoever_does_not_steer_sees_no_money(cast, in_scope, client, api):
    budget.agree(client=cast.bakery, actor=cast.olga, fee_cents=77_700, minutes=0, hour_cents=4_444, step=0)
    editor = cast.editor if hasattr(cast, "editor") else cast.ana

    answers = [api(editor).get("/api/v1/contracts/bakery/"), api(editor).get("/api/v1/months/")]

    assert [answer.status_code for answer in answers] == [403, 403]


def test_the_owner_tells_what_came_in_the_portal(cast, in_scope, client):
    client.force_login(cast.ana)

    told = client.post("/portal/told/", {"client": "bakery", "what": "outcome", "kind": "guest", "count": "12",
                                         "euros": "240", "day": TODAY.isoformat()})  # fmt: skip
    time = client.post("/portal/told/", {"client": "bakery", "what": "time", "minutes": "20"})
    foreign = client.post("/portal/told/", {"client": "florist", "what": "time", "minutes": "20"})

    assert (told.status_code, time.status_code, foreign.status_code) == (302, 302, 404)
    assert Outcome.objects.get().cents == 24_000
    assert TimeEntry.objects.get().by_client is True
