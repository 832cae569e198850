"""The evergreen pool: who rested longest goes first, as a new post that has to be approved like any other."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.utils import timezone

from campaigns import approval, evergreen, library, posts, slots
from campaigns.models import Post, Publication
from campaigns.vocabulary import State, Verdict
from clients.refusal import Conflict, Refused
from tests import factories

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def days(number: int) -> datetime:
    return NOW + timedelta(days=number)


@pytest.fixture
def pool(draft):
    """A function that adds a post to the pool, without a time."""
    return lambda text="Immer gut", **more: draft(text, evergreen=True, **({"publish_at": None} | more))


def said(post, at):
    Publication.objects.filter(post=post).update(state=State.SENT, sent_at=at)


def test_reuse_is_a_new_draft_with_all_that_it_says(pool, fresh_account, cast, states):
    fresh_account(cast.bakery, "second")
    picture, _ = library.add(
        client=cast.bakery, actor=cast.sam, name="a.png", alt="Ein Brot", source=factories.picture()
    )
    post = pool(
        channels=["social", "second"], variants={"second": "Kurz"}, media=[picture.id], title="T", tags=["a"],
        link="https://bakery.example/",
    )  # fmt: skip
    said(post, days(-90))

    copy = evergreen.reuse(post=post, actor=cast.olga)
    again = evergreen.reuse(post=copy, actor=cast.olga)

    same = ("kind", "title", "text", "link", "tags", "client_id")
    assert [getattr(copy, field) for field in same] == [getattr(post, field) for field in same]
    assert (copy.evergreen, copy.publish_at, copy.origin_id, again.origin_id) == (False, None, post.id, post.id)
    assert (states(copy), copy.media_hashes()) == ({"social": "draft", "second": "draft"}, post.media_hashes())
    assert Publication.objects.get(post=copy, channel__slug="second").variant == "Kurz"


def test_reuse_leaves_out_channels_that_are_switched_off(pool, fresh_account, cast, states):
    channel, _ = fresh_account(cast.bakery, "second")
    post = pool(channels=["social", "second"])
    channel.disabled_at = timezone.now()
    channel.save()

    assert states(evergreen.reuse(post=post, actor=cast.sam)) == {"social": "draft"}
    with pytest.raises(Refused):
        evergreen.reuse(post=post, actor=cast.sam, channels=["second"])


def test_who_rested_longest_goes_first_and_nobody_within_sixty_days(pool, cast, draft):
    old, older, fresh, never, planned = (pool(f"Text {number}") for number in range(5))
    said(old, days(-61))
    said(older, days(-300))
    said(fresh, days(-59))
    evergreen.reuse(post=planned, actor=cast.sam, publish_at=days(5))
    draft("not of the pool")

    assert evergreen.rested(cast.bakery, NOW) == [never, older, old]


def test_a_copy_counts_as_a_use_of_its_origin(pool, cast):
    post = pool()
    said(post, days(-300))
    copy = evergreen.reuse(post=post, actor=cast.sam)
    said(copy, days(-10))
    before = evergreen.rested(cast.bakery, NOW)
    Publication.objects.filter(post=copy).update(state=State.CANCELLED)

    assert (before, evergreen.rested(cast.bakery, NOW)) == ([], [post])


def test_pick_takes_only_what_the_gate_lets_pass(pool, cast, mode):
    rule = mode("internal")
    unapproved, approved, changed = pool("a"), pool("b"), pool("c")
    for post in (approved, changed):
        posts.act(post, "submit", actor=cast.sam)
        posts.judge(post, Verdict.APPROVE, actor=cast.olga)
    before = evergreen.pick(cast.bakery, ["social"], NOW)
    posts.change_post(post=approved, actor=cast.sam, text="Anders")

    after = evergreen.pick(cast.bakery, ["social"], NOW)

    assert (before, after) == (approved, changed)
    assert approval.missing(after, Publication.objects.get(post=after), rule) is None
    assert unapproved not in (before, after)


def test_pick_wants_all_channels_and_nothing_held(pool, cast, mode, fresh_account):
    fresh_account(cast.bakery, "second")
    mode("none")
    held, both, one = pool("a", channels=["social", "second"]), pool("b", channels=["social", "second"]), pool("c")
    posts.act(held, "submit", actor=cast.sam)
    posts.act(held, "hold", actor=cast.ana)

    assert evergreen.pick(cast.bakery, ["social", "second"], NOW) == both
    assert evergreen.pick(cast.bakery, ["second"], NOW) == both
    assert evergreen.pick(cast.florist, ["social"], NOW) is None
    assert one in evergreen.rested(cast.bakery, NOW)


@pytest.mark.parametrize(("asked", "state"), [("none", "scheduled"), ("internal", "in_review")])
def test_fill_puts_a_new_post_into_the_slot_and_through_the_gate(asked, state, pool, cast, mode, states):
    mode(asked)
    source = pool()
    slot = slots.add_slot(client=cast.bakery, actor=cast.sam, weekday=2, time=time(9))

    made = evergreen.fill(cast.bakery, slot, actor=cast.sam, now=NOW)

    assert (made.origin_id, made.local_time, states(made)) == (source.id, "2026-11-25T09:00", {"social": state})
    with pytest.raises(Conflict) as used:
        evergreen.fill(cast.bakery, slot, actor=cast.sam, now=NOW)
    assert used.value.code == "nothing_evergreen"


def test_pool_over_rest(api, cast, pool, draft):
    call = api(cast.sam)
    post, other = pool(), draft()
    slot = slots.add_slot(client=cast.bakery, actor=cast.sam, weekday=2, time=time(9))

    ids = [[row["id"] for row in call.get(f"/api/v1/posts/?evergreen={flag}").json()["results"]] for flag in ("true", "false")]
    again = call.post(f"/api/v1/posts/{post.id}/reuse/", {}, format="json")
    Post.objects.filter(id=again.json()["id"]).update(origin=None)
    filled = call.post(f"/api/v1/slots/{slot.id}/fill/", {}, format="json")

    assert ids == [[post.id], [other.id]]
    assert (again.status_code, again.json()["origin"], again.json()["states"]) == (201, post.id, {"social": "draft"})
    assert (filled.status_code, filled.json()["origin"], filled.json()["states"]) == (201, post.id, {"social": "in_review"})
