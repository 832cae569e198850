import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.hours import Invalid, parse

OFFICE = [["09:00", "17:00"]]


def test_parse_gives_back_the_normal_form():
    document = {
        "zone": "Europe/Zurich",
        "country": "CH",
        "subdivision": "ZH",
        "categories": ["public", "half_day", "public"],
        "week": {"mon": [["13:00", "17:00"], ["09:00", "12:00"], ["12:00", "13:00"]], "sat": [["20:00", "24:00"]]},
        "closed": ["2026-12-27", "2026-12-24", "2026-12-24"],
        "open": {"2026-12-19": [["10:00", "14:00"]]},
    }

    normal = parse(document).document()

    assert normal == {
        "zone": "Europe/Zurich",
        "country": "CH",
        "subdivision": "ZH",
        "categories": ["public", "half_day"],
        "week": {
            "mon": [["09:00", "12:00"], ["12:00", "13:00"], ["13:00", "17:00"]],
            "tue": [],
            "wed": [],
            "thu": [],
            "fri": [],
            "sat": [["20:00", "24:00"]],
            "sun": [],
        },
        "closed": ["2026-12-24", "2026-12-27"],
        "open": {"2026-12-19": [["10:00", "14:00"]]},
    }
    assert parse(normal).document() == normal


def monday(*intervals):
    return {"week": {"mon": list(intervals)}}


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        (monday(), ["week"]),
        ({"week": {}}, ["week"]),
        ({"week": {}, "open": {"2026-12-19": OFFICE}}, ["week"]),
        ({"week": None}, ["week"]),
        (monday(["09:00", "12:00"], ["11:59", "13:00"]), ["week.mon[1]"]),
        (monday(["11:00", "13:00"], ["09:00", "12:00"]), ["week.mon[0]"]),
        (monday(["09:00", "12:00"], ["09:00", "12:00"]), ["week.mon[1]"]),
        (monday(["12:00", "09:00"]), ["week.mon[0]"]),
        (monday(["09:00", "09:00"]), ["week.mon[0]"]),
        (monday(["22:00", "06:00"]), ["week.mon[0]"]),
        (monday(["24:00", "24:00"]), ["week.mon[0]"]),
        (monday(["9:00", "17:00"]), ["week.mon[0]"]),
        (monday(["09:00", "24:01"]), ["week.mon[0]"]),
        (monday(["09:00", "17:00\n"]), ["week.mon[0]"]),
        (monday(["٠٩:00", "17:00"]), ["week.mon[0]"]),
        (monday([9, 17]), ["week.mon[0]"]),
        (monday(["09:00"]), ["week.mon[0]"]),
        (monday(["09:00", "10:00"], None, ["12:00", "11:00"]), ["week.mon[1]", "week.mon[2]"]),
        ({"week": {"mon": OFFICE, "monday": OFFICE}}, ["week.monday"]),
        ({"week": {"mon": "09:00-17:00"}}, ["week.mon"]),
        ({"week": {"mon": OFFICE * 49}}, ["week.mon"]),
        ({"hours": 1}, ["hours"]),
        ({"a\0b": 1}, ["'a\\x00b'"]),
        ({7: 1}, ["int"]),
        ({"zone": "Europe/Bonn"}, ["zone"]),
        ({"zone": "localtime"}, ["zone"]),
        ({"zone": "../../etc/passwd"}, ["zone"]),
        ({"zone": "\ud800\0"}, ["zone"]),
        ({"zone": None}, ["zone"]),
        ({"zone": ["Europe/Berlin"]}, ["zone"]),
        ({"country": 49}, ["country"]),
        ({"subdivision": "BY"}, ["subdivision"]),
        ({"categories": "public"}, ["categories"]),
        ({"categories": [None, "\0", "public"]}, ["categories[0]", "categories[1]"]),
        ({"country": "DE", "categories": []}, ["categories"]),
        ({"closed": "2026-12-24"}, ["closed"]),
        ({"closed": ["2026-02-30", "20261224", 20261224]}, ["closed[0]", "closed[1]", "closed[2]"]),
        ({"closed": ["0000-01-01", "1990-01-01", "2102-01-01"]}, ["closed[0]", "closed[2]"]),
        ({"closed": ["2026-12-24"] * 1_001}, ["closed"]),
        ({"open": ["2026-12-19"]}, ["open"]),
        ({"open": {"2026-12-19": []}}, ["open.2026-12-19"]),
        ({"open": {"2026-12-19": [["14:00", "10:00"]]}}, ["open.2026-12-19[0]"]),
        ({"open": {"19.12.2026": OFFICE}}, ["open.19.12.2026"]),
        ({"open": {"2026-12-19": OFFICE}, "closed": ["2026-12-19"]}, ["open.2026-12-19"]),
        ({"zone": "Mars/Base", "closed": 1, "week": {"fri": 5}}, ["zone", "week.fri", "closed"]),
    ],
)
def test_parse_refuses_and_names_the_field(change, fields):
    with pytest.raises(Invalid) as refused:
        parse({"zone": "Europe/Berlin", "country": None, "week": {"mon": OFFICE}} | change)

    assert [field for field, _ in refused.value.errors] == fields


@pytest.mark.parametrize("document", [None, [], "x", 1, 1.5, float("nan"), True, b"\xff", [10**5000]])
def test_parse_refuses_what_is_no_object(document):
    with pytest.raises(Invalid) as refused:
        parse(document)

    assert refused.value.errors == [("", "must be an object")]


words = st.sampled_from(
    [
        "09:00",
        "24:00",
        "mon",
        "sun",
        "2026-12-24",
        "0000-01-01",
        "UTC",
        "DE",
        "public",
        "",
        "x",
        "\ud800",
        "\0",
        "🥐" * 99,
        None,
        True,
        0,
        -1,
        10**400,
        1.5,
        float("nan"),
        float("inf"),
        b"\xff",
    ]
)
junk = st.recursive(
    words, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3), max_leaves=6
)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            key: junk for key in ("zone", "country", "subdivision", "categories", "week", "closed", "open", "other")
        },
    )
)
def test_parse_meets_garbage_with_invalid_only(change):
    try:
        normal = parse({"zone": "Europe/Berlin", "week": {"mon": OFFICE}} | change).document()
    except Invalid as refused:
        assert all(f"{field}{message}".encode() for field, message in refused.errors)
    else:
        assert parse(normal).document() == normal
