"""What a client needs somebody for today."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns import approval, lamps, rhythm
from campaigns.models import Cadence, Post, Publication
from campaigns.vocabulary import State
from tests import factories

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)  # a Wednesday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def planned(line, at: datetime, state: str, **values) -> Publication:
    post = Post.objects.create(client=line.client, kind="tip", text="Brot", publish_at=at, **values)
    sent_at = at if state == State.SENT else None
    return Publication.objects.create(client=line.client, post=post, channel=line, state=state, sent_at=sent_at)


def lit(client, now: datetime = NOW) -> list[tuple[str, str]]:
    return [(lamp.kind, lamp.channel) for lamp in lamps.of_clients([client.id], now).get(client.id, [])]


@pytest.mark.parametrize("least", [0, 1, 2, 7])
@pytest.mark.parametrize("ago", [None, 0.5, 1.4, 3, 4, 7, 8, 30])
@pytest.mark.parametrize("ahead", [None, 0.1, 2])
def test_a_channel_is_silent_as_its_rhythm_says(line, cast, least, ago, ahead):
    agreed = rhythm.agree(client=cast.bakery, channel=line, actor=None, least=least, most=None)
    Cadence.objects.filter(pk=agreed.pk).update(since=NOW - 100 * DAY)
    if ago is not None:
        planned(line, NOW - ago * DAY, State.SENT)
    if ahead is not None:
        planned(line, NOW + ahead * DAY, State.SCHEDULED)

    (row,) = rhythm.rhythms([cast.bakery], NOW)

    assert lit(cast.bakery) == ([("silent", "Counter")] if row.standing.state == "silent" else [])


@pytest.mark.parametrize(
    ("hours", "state", "late"),
    [
        (-1, State.IN_REVIEW, True),
        (23, State.CLIENT_REVIEW, True),
        (25, State.IN_REVIEW, False),
        (1, State.APPROVED, False),
        (1, State.DRAFT, False),
    ],
)
def test_an_approval_is_late_from_its_reminder_on(line, cast, hours, state, late):
    row = planned(line, NOW + hours * HOUR, state, title="Brottag")

    found = lamps.of_clients([cast.bakery.id], NOW).get(cast.bakery.id, [])

    told = [(lamp.kind, lamp.title, lamp.post, lamp.at) for lamp in found]
    assert told == ([("approval", "Brottag", row.post_id, NOW + hours * HOUR)] if late else [])


def test_the_client_s_own_reminder_counts(line, cast):
    approval.change_rule(client=cast.bakery, actor=None, remind_hours=48)
    planned(line, NOW + 40 * HOUR, State.IN_REVIEW)

    assert lit(cast.bakery) == [("approval", "Counter")]


def test_a_post_on_two_channels_is_one_late_approval(line, cast):
    row = planned(line, NOW, State.IN_REVIEW)
    window = factories.channel(cast.bakery, "window")
    Publication.objects.create(client=cast.bakery, post=row.post, channel=window, state=State.IN_REVIEW)

    assert lit(cast.bakery) == [("approval", "Counter")]


@pytest.mark.parametrize(
    ("broken", "expires", "kind"),
    [(-1, None, "broken"), (None, -1, "broken"), (None, 13, "expiring"), (None, 15, None), (None, None, None)],
)
def test_a_channel_that_loses_its_access_is_told(line, cast, broken, expires, kind):
    line.broken_at = broken and NOW + broken * DAY
    line.expires_at = expires and NOW + expires * DAY
    line.save()

    assert lit(cast.bakery) == ([(kind, "Counter")] if kind else [])


def test_nobody_else_s_lamps_are_lit(line, cast):
    planned(line, NOW, State.IN_REVIEW)

    assert lamps.of_clients([cast.florist.id], NOW) == {}


def test_the_next_posts_are_told_in_their_order(line, cast):
    later, sooner = planned(line, NOW + 5 * HOUR, State.SCHEDULED), planned(line, NOW + HOUR, State.IN_REVIEW)
    planned(line, NOW - HOUR, State.SENT)
    planned(line, NOW + 25 * HOUR, State.SCHEDULED)
    planned(line, NOW + HOUR, State.DRAFT)

    assert lamps.next_posts([cast.bakery.id], NOW, NOW + DAY, 9) == [sooner, later]
