"""How often and about what a client speaks: over REST, and as notices before a channel falls silent."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns import rhythm
from campaigns.models import Cadence, MixTarget, Post, Publication
from campaigns.vocabulary import State
from clients.models import Notice
from tests import factories

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)  # a Wednesday
AGREED = {"client": "bakery", "channel": "counter", "least": 1, "most": 2}


@pytest.fixture
def sent(cast, line):
    """A function that makes a post which is out since so many days before now."""

    def make(ago=0.0, kind="tip", channel=None, state=State.SENT):
        at = NOW - timedelta(days=ago)
        post = Post.objects.create(client=cast.bakery, kind=kind, text="Brot", publish_at=at)
        return Publication.objects.create(
            client=cast.bakery, post=post, channel=channel or line, state=state, sent_at=at if state == State.SENT else None
        )

    return make


@pytest.fixture
def agreed(cast, line):
    """A function that agrees on so many posts a week, since long ago."""

    def make(least=1, most=None, channel=None):
        made = rhythm.agree(client=cast.bakery, channel=channel or line, actor=cast.sam, least=least, most=most)
        Cadence.objects.filter(pk=made.pk).update(since=NOW - timedelta(days=100))

    return make


def standing(cast):
    (row,) = rhythm.rhythms([cast.bakery], NOW)
    return row


def notices(kind):
    return list(Notice.objects.filter(kind=kind).order_by("id").values_list("recipient__name", "values"))


def test_a_week_counts_what_is_sent_and_still_to_come(agreed, sent, cast):
    agreed(1, 3)
    sent(2.5)  # Sunday night is Monday in Berlin
    sent(2.7)
    sent(1)
    sent(-2, state=State.SCHEDULED)
    sent(-3, state=State.DRAFT)
    sent(-6, state=State.SCHEDULED)

    row = standing(cast)

    assert (row.sent, row.planned, row.too_many, str(row.last_on)) == (1, 1, False, "2026-11-24")
    sent(-1, state=State.IN_REVIEW)
    sent(-1.1, state=State.APPROVED)
    assert standing(cast).too_many


@pytest.mark.parametrize("state", [State.DRAFT, State.HELD, State.FAILED, State.MISSED, State.CANCELLED])
def test_what_may_never_go_out_ends_no_silence(state, agreed, sent, cast):
    agreed()
    sent(4)
    sent(-2, state=state)

    assert standing(cast).standing.state == "at_risk"
    sent(-2, state=State.SCHEDULED)
    assert standing(cast).standing.state == "ok"


def test_a_channel_without_an_agreement_is_never_silent(sent, cast):
    sent(400)

    row = standing(cast)

    assert (row.least, row.standing.state, row.standing.days_since) == (0, "ok", 400)


def test_people_are_told_before_the_gap_and_once_more_when_it_is_there(agreed, sent, cast):
    agreed()
    sent(4)

    for now in (NOW, NOW + timedelta(hours=1), NOW + timedelta(days=1)):
        rhythm.watch(now=now)
    ahead = notices("silence_ahead")
    for now in (NOW + timedelta(days=4), NOW + timedelta(days=5)):
        rhythm.watch(now=now)

    assert ahead == [(name, {"channel": "Counter", "day": "2026-11-29"}) for name in ("Olga", "Sam")]
    assert notices("silence_ahead") == ahead
    assert notices("silent") == [(name, {"channel": "Counter", "days": "8"}) for name in ("Olga", "Sam")]


def test_a_gap_that_is_filled_is_followed_by_a_new_one(agreed, sent, cast):
    agreed()
    sent(4)
    rhythm.watch(now=NOW)
    next_one = sent(-1, state=State.SCHEDULED)
    rhythm.watch(now=NOW)
    Publication.objects.filter(pk=next_one.pk).update(state=State.SENT, sent_at=NOW + timedelta(days=1))
    rhythm.watch(now=NOW + timedelta(days=4))

    days = [values["day"] for _, values in notices("silence_ahead")]

    assert days == ["2026-11-29"] * 2 + ["2026-12-04"] * 2


def test_nobody_is_told_of_what_was_never_agreed_or_is_switched_off(agreed, sent, cast, line):
    sent(400)
    rhythm.watch(now=NOW)
    agreed()
    line.disabled_at = NOW
    line.save()
    rhythm.watch(now=NOW)

    assert Notice.objects.count() == 0


def test_a_mix_that_is_off_is_told_once_a_month(sent, cast):
    rhythm.aim(client=cast.bakery, actor=cast.sam, targets={"tip": 50, "job": 30, "event": 20})
    for ago in (1, 2, 3, 4):
        sent(ago)

    for now in (NOW, NOW + timedelta(hours=1), NOW + timedelta(days=8)):
        rhythm.watch(now=now)

    kinds = [values["kind"] for name, values in notices("mix_off") if name == "Sam"]
    assert kinds == ["job", "job"]


def test_the_mix_counts_posts_of_exactly_28_local_days(sent, cast, fresh_account):
    second, _ = fresh_account(cast.bakery, "second")
    inside = datetime(2026, 10, 28, 23, 30, tzinfo=UTC)  # the 29th in Berlin
    outside = datetime(2026, 10, 28, 22, 30, tzinfo=UTC)
    first = sent((NOW - inside) / timedelta(days=1))
    sent((NOW - outside) / timedelta(days=1))
    Publication.objects.create(client=cast.bakery, post=first.post, channel=second, state=State.SENT, sent_at=NOW)
    sent(0, kind="job")
    sent(-1, kind="event", state=State.SCHEDULED)

    counts, _ = rhythm.mixes([cast.bakery], NOW)[cast.bakery.id]

    assert counts == {"tip": 1, "job": 1}


def test_cadence_over_rest(api, cast, line):
    call = api(cast.sam)

    answer = call.put("/api/v1/cadence/", AGREED, format="json").json()
    rows = call.get("/api/v1/cadence/?client=bakery").json()["rows"]

    assert rows == [answer]
    assert (answer["least"], answer["most"], answer["state"], answer["days_since"]) == (1, 2, "ok", None)
    assert (answer["gap"]["to"], answer["too_many"]) == (None, False)
    assert call.put("/api/v1/cadence/", AGREED | {"least": 3}, format="json").json()["errors"][0]["field"] == "most"
    assert call.put("/api/v1/cadence/", AGREED | {"channel": "none"}, format="json").status_code == 404
    assert api(cast.ana).put("/api/v1/cadence/", AGREED, format="json").status_code == 403


def test_value_mix_over_rest(api, cast, line):
    call = api(cast.sam)
    body = {"client": "bakery", "targets": {"tip": 60, "behind_the_scenes": 40}}

    answer = call.put("/api/v1/value-mix/", body, format="json").json()

    assert call.get("/api/v1/value-mix/?client=bakery").json()["rows"] == [answer]
    assert (answer["total"], answer["next_kind"]) == (0, "tip")
    assert answer["kinds"][0] == {"kind": "tip", "count": 0, "share": None, "target": 60, "short": False}
    assert call.put("/api/v1/value-mix/", body | {"targets": {}}, format="json").json()["next_kind"] is None


@pytest.mark.parametrize("targets", [{"tip": 99}, {"advert": 100}, {"tip": 101}, {"tip": -1, "job": 101}, [], None])
def test_targets_are_a_hundred_percent_of_known_kinds(targets, api, cast, in_scope):
    answer = api(cast.sam).put("/api/v1/value-mix/", {"client": "bakery", "targets": targets}, format="json")

    assert (answer.status_code, answer.json()["errors"][0]["field"].startswith("targets")) == (400, True)
    assert MixTarget.objects.count() == 0


@pytest.mark.parametrize("path", ["cadence/", "value-mix/", "calendar/"])
def test_more_clients_and_posts_take_no_more_queries(path, api, cast, sent, agreed, agency):
    call, counts = api(cast.sam), []
    call.get(f"/api/v1/{path}?client=bakery")  # notes the first use of the token
    for client in (cast.bakery, cast.florist):
        factories.channel(client, f"more-{client.slug}")
        sent(1)
        with CaptureQueriesContext(connection) as asked:
            call.get(f"/api/v1/{path}")
        counts.append(len(asked))

    assert counts[0] == counts[1]
