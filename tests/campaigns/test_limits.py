"""What fits on a network: counted by each network's own rules."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns import limits

FAMILY, FLAG, KEYCAP = "👨‍👩‍👧‍👦", "🇩🇪", "1️⃣"
LONG_LINK = "https://bakery.example/" + "a" * 200
COUNTED = [
    ("x", "", 0),
    ("x", "Grüße aus der Bäckerei", 22),
    ("x", "日本", 4),
    ("x", "„Brot“ – …", 11),
    ("x", "€", 2),
    ("x", "😀", 2),
    ("x", FAMILY, 2),
    ("x", FLAG, 2),
    ("x", KEYCAP, 2),
    ("x", LONG_LINK, 23),
    ("x", "http://a.de", 23),
    ("x", f"Siehe {LONG_LINK}.", 30),
    ("x", "Mehr auf backstube.de/brot!", 33),
    ("x", "info@backstube.de", 17),
    ("x", "z.B. Brot", 9),
    ("x", f"{LONG_LINK} {LONG_LINK}", 47),
    ("bluesky", FAMILY + FLAG, 2),
    ("bluesky", "u\u0308", 1),
    ("bluesky", LONG_LINK, len(LONG_LINK)),
    ("mastodon", LONG_LINK, 23),
    ("mastodon", "Danke @ana@social.example!", 11),
    ("mastodon", "Danke @ana und backstube.de", 27),
    ("mastodon", FAMILY, 1),
    ("linkedin", "Brot", 4),
    ("instagram", "Brot", 4),
    ("wordpress", "Brot", 4),
]


@pytest.mark.parametrize(("network", "text", "length"), COUNTED)
def test_text_is_counted_as_the_network_counts(network, text, length):
    assert limits.count(network, text) == length


@pytest.mark.parametrize(
    ("network", "most"),
    [("x", 280), ("bluesky", 300), ("mastodon", 500), ("linkedin", 3_000), ("instagram", 2_200), ("google", 1_500)],
)
def test_a_text_of_the_limit_fits_and_one_more_does_not(network, most):
    units = limits.limit(network).counts

    assert limits.problems(network, "a" * most) == []
    assert limits.problems(network, "a" * (most + 3)) == [
        f"3 too long: {network} takes {most} {units}, this has {most + 3}."
    ]


def test_bytes_and_hashtags_are_limited_too():
    heavy, tags = FAMILY * 200, "#brot " * 30

    assert limits.problems("bluesky", heavy) == ["2000 bytes too long: bluesky takes 3000, this has 5000."]
    assert limits.problems("instagram", tags) == []
    assert limits.problems("instagram", tags + "#Käse #2026 &#39;") == [
        "1 hashtags too many: instagram takes 30, this has 31."
    ]


@pytest.mark.parametrize(
    ("network", "pictures", "joined"),
    [
        ("mastodon", 0, True),
        ("instagram", 1, True),
        ("bluesky", 0, False),
        ("bluesky", 1, True),
        ("facebook", 2, True),
        ("google", 2, False),
        ("sandbox", 1, False),
    ],
)
def test_a_link_counts_where_it_becomes_a_part_of_the_text(network, pictures, joined):
    link = "https://bakery.example/"

    assert limits.said(network, "Brot", link, pictures) == (f"Brot\n\n{link}" if joined else "Brot")
    assert limits.said(network, f"Brot {link}", link, pictures) == f"Brot {link}"
    assert limits.said(network, "Brot", "", pictures) == "Brot"


def test_a_homepage_takes_everything():
    assert limits.problems("wordpress", "a" * 100_000) == []


def test_the_table_for_browsers_is_the_data_itself():
    table = limits.table()

    assert table["version"] == limits.VERSION
    assert {network: limits.Limit(**rule) for network, rule in table["networks"].items()} == limits.LIMITS


PROPERTY = settings(max_examples=200, deadline=None, derandomize=True, database=None)
NETWORKS = st.sampled_from(sorted(limits.LIMITS))
PLAIN = st.text("abc ÄÖÜß日😀", max_size=40)
PATHS = st.text("abc/-_?=&1", max_size=300)


@PROPERTY
@given(NETWORKS, st.text())
def test_composed_and_decomposed_text_count_alike(network, text):
    decomposed = limits.count(network, unicodedata.normalize("NFD", text))

    assert decomposed == limits.count(network, unicodedata.normalize("NFC", text))


@PROPERTY
@given(NETWORKS, PLAIN, PLAIN)
def test_words_add_up(network, one, other):
    assert limits.count(network, f"{one} {other}") == limits.count(network, one) + 1 + limits.count(network, other)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Siehe https://a.example/b.", "Siehe S."),
        ("https://a.example/b/ und https://a.example/b/c", "S und https://a.example/b/c"),
        ("a.example/b", "a.example/b"),
        ("Brot", "Brot"),
    ],
)
def test_a_link_in_the_text_is_sent_as_it_is_tracked(text, wanted):
    assert limits.linked(text, "https://a.example/b", "S") == wanted
    assert limits.linked(text, "", "S") == text


@PROPERTY
@given(st.sampled_from(("x", "mastodon")), PATHS)
def test_a_link_of_any_length_counts_23(network, path):
    assert limits.count(network, f"https://a.example/{path}z") == 23


@PROPERTY
@given(NETWORKS, st.text(max_size=4_000))
def test_only_what_exceeds_a_limit_is_a_problem(network, text):
    rule = limits.limit(network)

    found = limits.problems(network, text)

    too_long = limits.count(network, text) > rule.length > 0
    too_heavy = len(text.encode()) > rule.size > 0
    assert len(found) >= too_long + too_heavy
    assert not found or too_long or too_heavy or rule.hashtags


@PROPERTY
@given(st.text(max_size=200))
def test_no_network_counts_less_than_a_unit_for_a_grapheme(text):
    assert limits.count("x", text) >= limits.count("bluesky", text) or "http" in text
