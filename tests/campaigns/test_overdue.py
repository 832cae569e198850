"""Reviews that nobody decides: reminder, escalation, and what the client chose for its slot."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import approval, overdue, posts, publishing
from campaigns.models import Decision, Publication
from campaigns.vocabulary import Verdict
from clients import directory
from clients.models import Notice
from clients.refusal import Refused
from tests.clients.networks import town

HOUR = timedelta(hours=1)


@pytest.fixture
def slot():
    return timezone.now().replace(microsecond=0) + timedelta(days=3)


@pytest.fixture
def asked(cast, draft, mode, slot):
    """A post that waits for the bakery's own approval; the mode's further values are given."""

    def make(**rule):
        mode("internal_and_client", **rule)
        post = draft(publish_at=slot)
        posts.act(post, "submit", actor=cast.sam)
        return posts.judge(post, Verdict.APPROVE, actor=cast.olga)

    return make


def told(kind="approval_overdue"):
    return sorted(Notice.objects.filter(kind=kind).values_list("recipient__name", flat=True))


def out(account):
    return [item["text"] for item in town.request(account, "GET", "people", "posts")[1]["items"]]


def test_client_is_told_when_its_approval_is_asked(asked):
    asked()

    assert told("approval_asked") == ["Ana"]


def test_nobody_is_reminded_too_early(asked, slot):
    asked()

    assert (overdue.watch(now=slot - 25 * HOUR), told()) == (0, [])


def test_client_is_reminded_first_and_those_who_steer_later(asked, slot):
    asked()

    counts = [overdue.watch(now=slot - hours * HOUR) for hours in (24, 23)]
    first = told()
    counts += [overdue.watch(now=slot - hours * HOUR) for hours in (4, 3)]

    assert (counts, first, told()) == ([1, 0, 1, 0], ["Ana"], ["Ana", "Ana", "Olga", "Sam"])


def test_agency_is_reminded_of_its_own_review(draft, mode, cast, slot):
    mode("internal")
    posts.act(draft(publish_at=slot), "submit", actor=cast.sam)

    overdue.watch(now=slot - 24 * HOUR)

    assert told() == ["Olga", "Sam"]


def test_slot_without_the_approval_is_skipped(asked, slot, states, social):
    post = asked()

    overdue.watch(now=slot)
    publishing.publish_due(now=slot + HOUR)

    assert (states(post), out(social[1]), told("post_missed")) == ({"social": "missed"}, [], ["Olga", "Sam"])


def test_client_may_have_chosen_to_publish_anyway(asked, slot, states, social):
    post = asked(overdue="publish")

    overdue.watch(now=slot)
    publishing.publish_due(now=slot)

    last = Decision.objects.order_by("id").last()
    assert (states(post), out(social[1])) == ({"social": "sent"}, ["Hallo"])
    assert (last.stage, last.verdict, last.user, last.reason) == ("client", "approve", None, overdue.UNANSWERED)


def test_client_may_have_chosen_the_evergreen_pool(asked, draft, slot, cast, social):
    asked(overdue="evergreen")
    pool = draft("Brot bleibt frisch", evergreen=True, publish_at=slot - timedelta(days=100))
    posts.act(pool, "submit", actor=cast.sam)
    posts.judge(pool, Verdict.APPROVE, actor=cast.olga)
    posts.judge(pool, Verdict.APPROVE, actor=cast.ana, for_client=True)
    Publication.objects.filter(post=pool).update(state="sent", due_at=None, sent_at=slot - timedelta(days=100))

    overdue.watch(now=slot)
    publishing.publish_due(now=slot)

    assert out(social[1]) == ["Brot bleibt frisch"]


def test_slot_of_a_channel_that_was_switched_off_is_skipped(asked, draft, slot, cast, social, states):
    post = asked(overdue="evergreen")
    pool = draft("Brot bleibt frisch", evergreen=True, publish_at=slot - timedelta(days=100))
    posts.act(pool, "submit", actor=cast.sam)
    posts.judge(pool, Verdict.APPROVE, actor=cast.olga)
    posts.judge(pool, Verdict.APPROVE, actor=cast.ana, for_client=True)
    Publication.objects.filter(post=pool).update(state="sent", due_at=None, sent_at=slot - timedelta(days=100))
    directory.change_channel(channel=social[0], actor=cast.sam, disabled=True)

    seen = overdue.watch(now=slot)

    assert (seen, states(post)) == (1, {"social": "missed"})


def test_nothing_stands_in_that_was_not_approved(asked, draft, slot, social):
    asked(overdue="evergreen")
    draft("Nie freigegeben", evergreen=True, publish_at=slot - timedelta(days=100))

    overdue.watch(now=slot)
    publishing.publish_due(now=slot)

    assert out(social[1]) == []


def test_what_the_agency_left_open_is_not_published_anyway(draft, mode, cast, slot, states, social):
    mode("internal_and_client", overdue="publish")
    post = draft(publish_at=slot)
    posts.act(post, "submit", actor=cast.sam)

    overdue.watch(now=slot)
    publishing.publish_due(now=slot)

    assert (states(post), out(social[1])) == ({"social": "missed"}, [])


def test_refusal_of_the_client_is_not_overruled(asked, slot, states, cast):
    post = asked(overdue="publish")
    posts.judge(post, Verdict.REJECT, actor=cast.ana, for_client=True, comment="Nein")

    overdue.watch(now=slot)

    assert states(post) == {"social": "draft"}


def test_routine_kind_skips_the_client_unless_the_campaign_asks_for_it(draft, mode, cast):
    rule = mode("internal_and_client", routine_kinds=["tip"])

    asked = [approval.stages(draft(kind=kind), rule) for kind in ("tip", "job")]

    assert asked == [("internal",), ("internal", "client")]


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"routine_kinds": ["gossip"]}, "routine_kinds"), ({"remind_hours": 2, "escalate_hours": 3}, "escalate_hours")],
)
def test_rule_that_makes_no_sense_is_refused(mode, changes, field):
    with pytest.raises(Refused) as refused:
        mode("internal", **changes)

    assert refused.value.errors[0][0] == field


def test_review_is_measured_by_the_clients_own_hours(asked, cast):
    post = asked()
    Publication.objects.update(asked_at=timezone.now() - timedelta(days=14))

    posts.judge(post, Verdict.APPROVE, actor=cast.ana, for_client=True)

    last = Decision.objects.order_by("id").last()
    assert last.wall_seconds // 60 == 14 * 24 * 60
    assert last.business_seconds <= 10 * 8 * 3600


def test_who_decides_in_the_clients_place_is_not_measured(asked, cast):
    post = asked()

    posts.judge(post, Verdict.APPROVE, actor=cast.sam, reason="am Telefon")

    assert Decision.objects.order_by("id").last().wall_seconds is None
