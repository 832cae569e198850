"""Numbers over REST: what may be told of what, and what is answered about it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns import posts, rollup, tasks
from campaigns.models import Snapshot
from clients.scope import scope
from tests import factories
from tests.asking import ask

AT = "2026-03-02T12:00:00Z"
DAY = "from=2026-03-02&to=2026-03-02"


@pytest.fixture
def sam(cast, line, api):
    return api(cast.sam)


@pytest.fixture
def shop(cast, line):
    """A second channel of the bakery, and one of the florist with the same slug as the first."""
    factories.channel(cast.florist, "counter")
    return factories.channel(cast.bakery, "shop")


def made(cast, *channels, client=None, **values):
    given = {"kind": "tip", "text": "Brot"} | values
    return posts.add_post(client=client or cast.bakery, channels=channels, actor=cast.sam, **given)


def bulk(api, *items):
    answer = ask(api, "POST", "/snapshots/bulk/", {"items": list(items)})
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def told(results):
    return [(r["status"], r.get("error", {}).get("field"), r.get("error", {}).get("code")) for r in results]


def test_each_item_has_its_result_in_the_order_sent(cast, shop, sam):
    one, both = made(cast, "counter"), made(cast, "counter", "shop")
    item = {"post": one.id, "observed_at": AT, "source": "manual", "reach": 10}

    results = bulk(
        sam,
        item,
        item,
        item | {"reach": 11},
        {"post": both.id, "channel": "shop", "observed_at": AT, "reactions": 1},
        {"post": both.id, "observed_at": AT, "reactions": 1},
        {"client": "bakery", "channel": "counter", "observed_at": AT, "followers": 5},
        {"channel": "counter", "observed_at": AT, "followers": 5},
        {"channel": "shop", "observed_at": AT, "followers": 5},
    )

    assert told(results) == [
        ("created", None, None), ("duplicate", None, None), ("error", "reach", "content_differs"),
        ("created", None, None), ("error", "channel", "required"),
        ("created", None, None), ("error", "client", "required"), ("created", None, None),
    ]  # fmt: skip
    assert results[0]["id"] == results[1]["id"] == results[2]["id"]
    assert Snapshot.objects.count() == 4


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"post": 4711}, "post", "not_found"), ({"post": "1"}, "post", "invalid"), ({"post": True}, "post", "invalid"),
        ({"post": None}, "post", "required"), ({"channel": "shop"}, "channel", "not_found"),
        ({"client": "pub"}, "client", "not_found"), ({"client": "florist"}, "post", "not_found"),
        ({"client": 1}, "client", "invalid"), ({"observed_at": None}, "observed_at", "required"),
        ({"observed_at": "2026-03-02T12:00:00"}, "observed_at", "invalid"),
        ({"observed_at": "2090-01-01T00:00:00Z"}, "observed_at", "invalid"), ({"source": "rumour"}, "source", "invalid"),
        ({"source": []}, "source", "invalid"), ({"reach": -1}, "reach", "invalid"), ({"reach": 1.5}, "reach", "invalid"),
        ({"reach": True}, "reach", "invalid"), ({"reach": "9"}, "reach", "invalid"), ({"reach": 10**16}, "reach", "invalid"),
        ({"reach": None}, "item", "required"), ({"likes": 3}, "likes", "unknown"),
    ],
)  # fmt: skip
def test_item_that_makes_no_sense_is_refused_by_field_and_stops_no_other(cast, sam, change, field, code):
    good = {"post": made(cast, "counter").id, "observed_at": AT, "reach": 10}

    results = bulk(sam, good | change, good)

    assert told(results) == [("error", field, code), ("created", None, None)]


@pytest.mark.parametrize("body", [{}, {"items": {}}, {"items": [], "more": 1}, [], {"items": [{}] * 1_001}])
def test_body_that_is_no_batch_is_refused(sam, body):
    assert ask(sam, "POST", "/snapshots/bulk/", body).status_code == 400


def test_numbers_of_others_are_absent(cast, sam, api):
    rival = factories.client(factories.agency("rival"), "pub")
    with scope([rival.id]):
        factories.channel(rival, "bar")
        theirs = posts.add_post(client=rival, channels=["bar"], actor=None, kind="tip", text="Bier")

    results = bulk(
        sam,
        {"post": theirs.id, "observed_at": AT, "reach": 1},
        {"client": "pub", "channel": "bar", "observed_at": AT, "followers": 1},
        {"channel": "bar", "observed_at": AT, "followers": 1},
    )

    assert told(results) == [("error", name, "not_found") for name in ("post", "client", "channel")]
    assert ask(sam, "GET", f"/metrics/engagement/?{DAY}&client=pub").status_code == 404


def test_who_only_reads_may_tell_no_numbers(cast, line, api):
    answer = ask(api(cast.ana), "POST", "/snapshots/bulk/", {"items": []})

    assert answer.json()["detail"] == "This needs the right 'metrics:write'."


def test_batch_asks_as_often_for_one_item_as_for_three(cast, shop, sam):
    items = [{"post": made(cast, "counter").id, "observed_at": AT, "reach": n} for n in range(3)]
    bulk(sam, items[0])
    counts = []
    for number in (1, 3):
        with CaptureQueriesContext(connection) as queries:
            bulk(sam, *[item | {"source": "api", "observed_at": f"2026-03-0{number}T00:00:00Z"} for item in items[:number]])
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_snapshots_are_listed_last_told_first_and_filtered(cast, shop, sam):
    post = made(cast, "counter")
    bulk(
        sam,
        {"post": post.id, "observed_at": "2026-03-01T00:00:00Z", "reach": 1},
        {"post": post.id, "observed_at": "2026-03-03T00:00:00Z", "source": "import", "reach": 3},
        {"channel": "shop", "observed_at": "2026-03-02T00:00:00Z", "followers": 2},
    )

    def listed(query):
        rows = ask(sam, "GET", f"/snapshots/?{query}").json()["results"]
        return [(row["post"], row["channel"], row["reach"], row["followers"]) for row in rows]

    first, second, third = (post.id, "counter", 3, None), (None, "shop", None, 2), (post.id, "counter", 1, None)
    assert listed("") == [second, first, third]
    assert listed(f"post={post.id}&source=manual") == [third]
    assert listed("channel=shop") == [second]
    assert listed("observed_from=2026-03-02T00:00:00Z&observed_to=2026-03-03T00:00:00Z") == [second]


@pytest.mark.parametrize("address", ["/snapshots/?", "/metrics/best-times/?", "/metrics/engagement/benchmark/?", f"/metrics/engagement/?{DAY}&by=post&", f"/metrics/engagement/?{DAY}&"])
def test_lists_ask_as_often_for_one_row_as_for_three(cast, sam, address):
    bulk(sam, {"post": made(cast, "counter").id, "observed_at": AT, "reach": 1, "reactions": 1})
    rollup.fill(cast.bakery.id)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            ask(sam, "GET", f"{address}client=bakery")
        counts.append(len(queries))
        bulk(sam, *({"post": made(cast, "counter").id, "observed_at": AT, "reach": 1} for _ in range(2)))
        rollup.fill(cast.bakery.id)

    assert counts[0] == counts[1]


def test_engagement_is_told_per_client_with_its_rate(cast, shop, sam):
    first, second = made(cast, "counter"), made(cast, "counter", "shop", kind="job")
    bulk(
        sam,
        {"post": first.id, "observed_at": AT, "reach": 200, "reactions": 6, "comments": 2, "shares": 1, "clicks": 1},
        {"post": second.id, "channel": "shop", "observed_at": AT, "reactions": 90},
        {"client": "bakery", "channel": "counter", "observed_at": "2026-03-01T12:00:00Z", "followers": 100},
        {"client": "bakery", "channel": "counter", "observed_at": AT, "followers": 107, "impressions": 40},
    )
    rollup.fill(cast.bakery.id)

    answer = ask(sam, "GET", f"/metrics/engagement/?{DAY}&client=bakery").json()

    (row,) = answer["rows"]
    assert (answer["from"], answer["to"], answer["by"]) == ("2026-03-02", "2026-03-02", "total")
    assert row["rate"] == {"kind": "reach", "value": 0.05, "covered": 1, "of": 2}
    assert (row["client"], row["engagement"], row["reactions"], row["reach"], row["views"]) == ("bakery", 100, 96, 200, None)
    assert (row["followers"], row["followers_total"]) == (7, 107)
    assert (row["impressions"], row["account"]["impressions"], row["account"]["reach"]) == (None, 0, None)
    assert (row["captured_at"], row["link_clicks"]) == (AT, 0)
    assert {"rate", "engagement", "followers", "filled_to"} <= set(answer["definitions"])


@pytest.mark.parametrize(
    ("by", "keys"),
    [("total", [None, None]), ("day", ["2026-03-02"]), ("channel", ["counter", "shop", "counter"]), ("campaign", [None]), ("kind", ["job", "tip"])],
)  # fmt: skip
def test_rows_are_keyed_by_what_was_asked_for(cast, shop, sam, by, keys):
    posts = made(cast, "counter"), made(cast, "shop", kind="job")
    bulk(sam, *({"post": post.id, "observed_at": AT, "reach": 1} for post in posts),
         *({"client": name, "channel": "counter", "observed_at": "2026-01-01T00:00:00Z", "followers": 9}
           for name in ("bakery", "florist")))  # fmt: skip
    for client in (cast.bakery, cast.florist):
        rollup.fill(client.id)

    rows = ask(sam, "GET", f"/metrics/engagement/?{DAY}&by={by}").json()["rows"]

    assert [row.get(by) for row in rows] == keys


def test_post_rows_name_their_post_by_its_number(cast, sam):
    post = made(cast, "counter")
    bulk(sam, {"post": post.id, "observed_at": AT, "reach": 1})
    rollup.fill(cast.bakery.id)

    (row,) = ask(sam, "GET", f"/metrics/engagement/?{DAY}&by=post").json()["rows"]

    assert row["post"] == post.id


def test_comparison_names_the_period_before(cast, sam):
    bulk(sam, {"post": made(cast, "counter").id, "observed_at": AT, "reach": 5, "reactions": 1})
    rollup.fill(cast.bakery.id)

    answer = ask(sam, "GET", f"/metrics/engagement/?{DAY}&client=bakery&compare=previous").json()

    (row,) = answer["rows"]
    assert answer["previous"] == {"from": "2026-03-01", "to": "2026-03-01"}
    assert (row["previous"]["reach"], row["change"]["reach"], row["change"]["rate_points"]) == (None, None, None)
    assert row["previous"]["rate"] == {"kind": "reach", "value": None, "covered": 0, "of": 0}


@pytest.mark.parametrize(("query", "field"), [("by=week", "by"), ("rate=clicks", "rate"), ("compare=1", "compare"), ("from=x", "from")])
def test_question_that_makes_no_sense_is_refused_by_name(sam, query, field):
    answer = ask(sam, "GET", f"/metrics/engagement/?{query}")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_sweep_fills_what_waits(cast, sam):
    bulk(sam, {"post": made(cast, "counter").id, "observed_at": AT, "reach": 5})
    before = ask(sam, "GET", f"/metrics/engagement/?{DAY}&client=bakery").json()

    tasks.fill_numbers()
    after = ask(sam, "GET", f"/metrics/engagement/?{DAY}&client=bakery").json()

    assert (before["rows"][0]["reach"], after["rows"][0]["reach"]) == (None, 5)
    assert before["filled_to"] < after["filled_to"]


def test_by_default_the_last_thirty_local_days_are_told(sam):
    answer = ask(sam, "GET", "/metrics/engagement/?client=bakery").json()

    low, high = date.fromisoformat(answer["from"]), date.fromisoformat(answer["to"])
    assert (high - low, abs(high - timezone.now().date()) <= timedelta(days=1)) == (timedelta(days=29), True)


def test_instants_keep_their_microseconds(cast, sam):
    at = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)

    bulk(sam, {"post": made(cast, "counter").id, "observed_at": at.isoformat(), "reach": 5})

    assert Snapshot.objects.get().observed_at == at
