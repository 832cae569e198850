"""The gate: who has to approve exactly what, and what a change does to it."""

import pytest

from campaigns import approval, planning, posts
from campaigns.models import Decision, Publication
from campaigns.vocabulary import Verdict
from clients import directory
from clients.refusal import Conflict, Refused
from tests import factories


def stage(post):
    """The first stage that is missing on the post's only channel."""
    return approval.missing(post, Publication.objects.get(post=post), approval.rule_of(post.client))


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ("none", ["scheduled"]),
        ("optional", ["scheduled"]),
        ("internal", ["in_review", "scheduled"]),
        ("internal_and_client", ["in_review", "client_review", "scheduled"]),
    ],
)
def test_each_mode_asks_its_stages_in_order(asked, path, draft, mode, states, cast):
    mode(asked)
    post = draft()

    posts.act(post, "submit", actor=cast.sam)
    walked = [states(post)["social"]]
    while walked[-1] != "scheduled":
        posts.judge(post, Verdict.APPROVE, actor=cast.ana, for_client=walked[-1] == "client_review")
        walked.append(states(post)["social"])

    assert walked == path


def test_campaign_tightens_and_never_loosens(draft, mode, cast):
    strict = planning.add_campaign(
        client=cast.bakery, slug="spring", name="Spring", actor=cast.sam, approval="internal_and_client"
    )
    loose = planning.add_campaign(client=cast.bakery, slug="fall", name="Fall", actor=cast.sam, approval="none")
    rule = mode("internal")

    asked = [approval.stages(draft(campaign=campaign), rule) for campaign in (strict, loose, None)]

    assert asked == [("internal", "client"), ("internal",), ("internal",)]


@pytest.mark.parametrize(
    "change", [{"text": "Anders"}, {"link": "https://bakery.example/"}, {"title": "Neu"}, {"publish_at": None}]
)
def test_any_change_voids_the_approval_and_taking_it_back_restores_it(change, planned, cast, states):
    post = planned()
    before = {field: getattr(post, field) for field in change}

    posts.change_post(post=post, actor=cast.sam, **change)
    voided = states(post)["social"], stage(post)
    posts.change_post(post=post, actor=cast.sam, **before)

    assert (voided, stage(post), states(post)["social"]) == (("in_review", "internal"), None, "scheduled")


def test_tags_are_approved_where_the_network_shows_them(cast, in_scope):
    site = {"network": "wordpress", "url": "https://bakery.example", "account": "a", "credentials": {"password": "p"}}
    directory.add_channel(client=cast.bakery, slug="blog", name="Blog", actor=None, **site)
    factories.channel(cast.bakery, "counter")
    post = posts.add_post(
        client=cast.bakery, actor=cast.sam, kind="tip", text="Brot", channels=["blog", "counter"], tags=["brot"]
    )
    rows = Publication.objects.filter(post=post).select_related("channel")
    before = {row.channel.slug: approval.hash_of(post, row) for row in rows}

    posts.change_post(post=post, actor=cast.sam, tags=["kuchen"])

    assert [slug for slug, known in before.items() if known != approval.hash_of(post, rows.get(channel__slug=slug))] == [
        "blog"
    ]


def test_kind_that_is_no_routine_goes_back_to_the_client(draft, mode, cast, states):
    mode("internal_and_client", routine_kinds=["tip"])
    post = draft()
    posts.act(post, "submit", actor=cast.sam)
    posts.judge(post, Verdict.APPROVE, actor=cast.olga)

    walked = [states(post)["social"]]
    for kind in ("event", "tip"):
        posts.change_post(post=post, actor=cast.sam, kind=kind)
        walked.append(states(post)["social"])

    assert walked == ["scheduled", "client_review", "scheduled"]


def test_variant_voids_the_approval_of_its_channel_alone(planned, fresh_account, cast, states):
    fresh_account(cast.bakery, "second")
    post = planned(channels=["social", "second"])

    posts.change_post(post=post, actor=cast.sam, variants={"second": "Anders"})

    assert states(post) == {"social": "scheduled", "second": "in_review"}


def test_unchanged_save_and_what_does_not_go_out_keep_the_approval(planned, cast, states):
    post = planned()

    posts.change_post(post=post, actor=cast.sam, text=post.text, publish_at=post.publish_at)
    posts.change_post(post=post, actor=cast.sam, tags=["brot"], kind="event")

    assert states(post)["social"] == "scheduled"


def test_four_eyes_want_somebody_else_than_who_wrote_it_last(draft, mode, cast, states):
    mode("internal", four_eyes=True)
    post = draft()
    posts.act(post, "submit", actor=cast.sam)

    with pytest.raises(Conflict) as own:
        posts.judge(post, Verdict.APPROVE, actor=cast.sam)
    posts.change_post(post=post, actor=cast.olga, text="Von Olga")
    with pytest.raises(Conflict) as changed:
        posts.judge(post, Verdict.APPROVE, actor=cast.olga)
    posts.judge(post, Verdict.APPROVE, actor=cast.sam)

    assert (own.value.code, changed.value.code, states(post)["social"]) == ("four_eyes", "four_eyes", "scheduled")


def test_switching_four_eyes_on_voids_what_its_author_approved(draft, mode, cast):
    mode("internal")
    post = draft()
    posts.act(post, "submit", actor=cast.sam)
    posts.judge(post, Verdict.APPROVE, actor=cast.sam)

    mode("internal", four_eyes=True)

    assert stage(post) == "internal"


@pytest.mark.parametrize("verdict", [Verdict.CHANGE, Verdict.REJECT])
def test_no_needs_a_comment_and_goes_back_to_the_author(verdict, draft, mode, cast, states):
    mode("internal")
    post = draft()
    posts.act(post, "submit", actor=cast.sam)

    with pytest.raises(Refused) as silent:
        posts.judge(post, verdict, actor=cast.olga, comment=" ")
    posts.judge(post, verdict, actor=cast.olga, comment="Zu laut")

    assert silent.value.errors[0][0] == "comment"
    assert (states(post)["social"], Publication.objects.get().reason) == ("draft", "Zu laut")


def test_agency_decides_for_the_client_with_a_reason_only(draft, mode, cast, states):
    mode("internal_and_client")
    post = draft()
    posts.act(post, "submit", actor=cast.sam)
    posts.judge(post, Verdict.APPROVE, actor=cast.olga)

    with pytest.raises(Refused) as without:
        posts.judge(post, Verdict.APPROVE, actor=cast.olga)
    posts.judge(post, Verdict.APPROVE, actor=cast.olga, reason="Am Telefon zugesagt")

    assert without.value.errors[0][0] == "reason"
    assert Decision.objects.latest("id").reason == "Am Telefon zugesagt"
    assert states(post)["social"] == "scheduled"


def test_client_cannot_approve_before_the_agency(draft, mode, cast):
    mode("internal_and_client")
    post = draft()
    posts.act(post, "submit", actor=cast.sam)

    with pytest.raises(Conflict) as early:
        posts.judge(post, Verdict.APPROVE, actor=cast.ana, for_client=True)

    assert early.value.code == "internal_first"


def test_later_no_outweighs_an_earlier_yes(planned, cast, mode):
    post = planned()
    row = Publication.objects.get(post=post)
    Decision.objects.create(
        client=cast.bakery, publication=row, stage="internal", verdict="reject", hash=approval.hash_of(post, row)
    )

    assert stage(post) == "internal"


def test_held_post_goes_on_where_its_approvals_carry_it(planned, cast, states):
    post = planned()

    posts.act(post, "hold", actor=cast.ana)
    held = states(post)["social"]
    posts.change_post(post=post, actor=cast.sam, text="Anders")
    posts.act(post, "release", actor=cast.ana)

    assert (held, states(post)["social"]) == ("held", "in_review")
