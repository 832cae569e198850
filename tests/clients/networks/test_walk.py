"""Walks back through lists that begin with their newest entry, over every way a list may grow meanwhile."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.networks import reading, walk
from clients.networks.types import Refused, Unknown

START = datetime(2026, 3, 1, tzinfo=UTC)


def at(minute):
    return START + timedelta(minutes=minute)


def reader(entries, size):
    """A list of (instant, name), newest first, whose pages are named by what stands before them."""

    def read(page):
        newest = sorted(entries, reverse=True)
        rest = [one for one in newest if not page or one[0].isoformat() < page]
        return [(when, name) for when, name in rest[:size]], rest[size - 1][0].isoformat() if len(rest) > size else ""

    return read


def whole(state, read):
    names = []
    while True:
        found, state = walk.step(state, read)
        names += found
        if state.over:
            return names, state


def test_first_walk_reads_all_and_later_ones_what_is_new():
    entries = [(at(n), n) for n in range(0, 1000, 10)]

    first, state = whole(walk.Walk(), reader(entries, 7))
    entries += [(at(1000), 1000), (at(1010), 1010)]
    second, state = whole(state, reader(entries, 7))

    assert first == list(range(990, -1, -10))
    assert second[:3] == [1010, 1000, 990] and len(second) == 7
    assert state.floor == at(1010).isoformat(timespec="microseconds")


@given(st.lists(st.tuples(st.sets(st.integers(0, 500), max_size=20), st.integers(0, 3)), max_size=8), st.integers(1, 9))
def test_nothing_is_missed_however_a_list_grows_at_its_head(batches, size):
    entries, state, seen, clock = [], walk.Walk(), set(), 0
    for minutes, steps in batches:
        entries += [(at(clock + minute), clock + minute) for minute in minutes]
        clock += 501
        for _ in range(steps):
            found, state = walk.step(state, reader(entries, size))
            seen.update(found)
    for _ in range(2):
        found, state = whole(state, reader(entries, size))
        seen.update(found)

    assert seen == {name for _, name in entries}


def test_page_that_is_known_no_more_begins_anew_and_a_refusal_of_the_first_is_told():
    def read(page):
        if page:
            raise Refused("unknown page")
        return [(at(1), "a")], ""

    assert walk.step(walk.Walk(page="lost"), read)[0] == ["a"]

    def refuse(page):
        raise Refused("no")

    with pytest.raises(Refused):
        walk.step(walk.Walk(), refuse)


def test_cursor_keeps_walks_by_name():
    one, two = walk.Walk("a", "b", "c"), walk.Walk("d")

    cursor = walk.packed(one=one, two=two)

    assert walk.unpacked(cursor, "two", "one", "three") == [two, one, walk.Walk()]


@pytest.mark.parametrize("cursor", ["", "x", "7", "[]", '{"one": 7}', '{"one": {"foot": 1}}'])
def test_spoilt_cursor_is_a_new_walk(cursor):
    assert walk.unpacked(cursor, "one") == [walk.Walk()]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("<p>eins</p><p>zwei<br>drei</p>", "eins\n\nzwei\ndrei"),
        ("a &amp; b &lt;c&gt;", "a & b <c>"),
        ('<a href="x"><span class="invisible">https://</span><span>a.example</span></a>', "https://a.example"),
        ("<p>offen", "offen"),
    ],
)
def test_html_becomes_what_a_reader_sees(html, text):
    assert reading.plain(html) == text


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a  b\n\nc", "a b c", True),
        ("Danke @karl@town.example!", "Danke @karl!", True),
        ("a", "A", False),
    ],
)
def test_texts_are_the_same_but_for_space_and_servers(one, other, same):
    assert reading.same(one, other) is same


@pytest.mark.parametrize(
    "value", ["2026-03-01T10:00:00.123456789Z", "2026-03-01T11:00:00+0100", "2026-03-01T10:00:00+00:00", 1772359200]
)
def test_moments_are_read_in_every_way_they_are_written(value):
    assert reading.moment(value).replace(microsecond=0) == datetime(2026, 3, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("value", [None, "gestern", "2026-03-01T10:00:00", 10**20, True, []])
def test_what_is_no_moment_is_unknown(value):
    with pytest.raises(Unknown), reading.answers():
        reading.moment(value)
