"""Slots of periodic work: one taker each, however many beats send it."""

import pytest

from agency import ticks
from agency.models import Tick
from tests.parallel import in_parallel

NOON = 1_772_449_200.0


@pytest.mark.parametrize(
    ("moments", "claimed"),
    [
        ([0, 0], [True, False]),
        ([0, 4.9], [True, False]),
        ([0, 5], [True, True]),
        ([0, 5, 0, 9.9, 10], [True, True, False, False, True]),
    ],
)
def test_slot_is_claimed_once(db, moments, claimed):
    assert [ticks.claim("warn", 5, NOON + moment) for moment in moments] == claimed


def test_sweeps_have_slots_of_their_own(db):
    assert [ticks.claim(name, 5, NOON) for name in ("warn", "mail", "warn")] == [True, True, False]


@pytest.mark.django_db(transaction=True)
def test_of_beats_at_once_one_gets_the_slot():
    found = in_parallel(lambda: ticks.claim("warn", 5, NOON), threads=6)

    assert sorted(found) == [False] * 5 + [True]
    assert list(Tick.objects.values_list("name", "slot")) == [("warn", int(NOON // 5))]
