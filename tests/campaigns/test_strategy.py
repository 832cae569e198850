"""What a client wants: written, offered, signed; and how far its goals are, by what really happened."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import rhythm
from campaigns.models import Cadence, Campaign, Goal, Post, Publication, Strategy
from campaigns.strategy import document, signing
from campaigns.strategy.measures import MEASURES, progress
from campaigns.vocabulary import State
from clients.models import Event, Notice
from clients.refusal import Conflict, Refused
from feedback import goals

GOAL = {
    "slug": "more-posts", "text": "More posts", "measure": "posts", "start": 0, "target": 10, "begins_on": "2026-10-01",
    "ends_on": "2026-12-31",
}  # fmt: skip
NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)


def wanted(**parts) -> dict:
    return document.EMPTY | {"goals": [GOAL]} | parts


@pytest.fixture
def signed(cast, line):
    """A function that brings a document into force."""

    def make(**parts):
        draft = signing.write(client=cast.bakery, actor=cast.sam, document=wanted(**parts))
        signing.offer(client=cast.bakery, actor=cast.sam)
        return signing.sign(client=cast.bakery, number=draft.number, actor=cast.ana, signed_as="Ana Bäcker")

    return make


def test_a_signed_strategy_sets_goals_rhythm_and_mix(cast, line, signed):
    parts = {"channels": [{"channel": line.slug, "role": "News", "least": 2, "most": 4}], "mix": {"tip": 60, "job": 40}}

    strategy = signed(**parts)

    assert (strategy.number, strategy.signed_as, signing.in_force(cast.bakery)) == (1, "Ana Bäcker", strategy)
    assert list(Goal.objects.values_list("slug", "target", "ends_on")) == [("more-posts", 10, date(2026, 12, 31))]
    assert list(Cadence.objects.values_list("least", "most")) == [(2, 4)]
    assert rhythm.aims(cast.bakery) == {"tip": 60, "job": 40}


def test_a_draft_changes_nothing(cast, line):
    signing.write(client=cast.bakery, actor=cast.sam, document=wanted(mix={"tip": 100}))
    signing.offer(client=cast.bakery, actor=cast.sam)

    assert (Goal.objects.count(), rhythm.aims(cast.bakery), signing.in_force(cast.bakery)) == (0, {}, None)


def test_a_new_version_takes_over_when_it_is_signed_and_not_before(cast, signed):
    first = signed()
    other = GOAL | {"slug": "stars", "text": "Better", "measure": "stars", "start": 4, "target": 4.5}
    draft = signing.write(client=cast.bakery, actor=cast.sam, document=wanted(goals=[other]))

    before = signing.in_force(cast.bakery)
    signing.offer(client=cast.bakery, actor=cast.sam)
    signing.sign(client=cast.bakery, number=draft.number, actor=cast.ana, signed_as="Ana")

    assert (before, signing.in_force(cast.bakery).number) == (first, 2)
    assert list(Goal.objects.filter(dropped_at=None).values_list("slug", flat=True)) == ["stars"]
    assert Goal.objects.get(slug="more-posts").dropped_at is not None


def test_what_was_changed_after_the_offer_cant_be_signed(cast, line):
    signing.write(client=cast.bakery, actor=cast.sam, document=wanted())
    signing.offer(client=cast.bakery, actor=cast.sam)
    signing.write(client=cast.bakery, actor=cast.sam, document=wanted(summary="New words"))

    with pytest.raises(Conflict) as refused:
        signing.sign(client=cast.bakery, number=1, actor=cast.ana, signed_as="Ana")

    assert refused.value.code == "not_offered"


def test_an_unchanged_draft_stays_offered(cast, line):
    signing.write(client=cast.bakery, actor=cast.sam, document=wanted())
    signing.offer(client=cast.bakery, actor=cast.sam)
    signing.write(client=cast.bakery, actor=cast.sam, document=wanted())

    assert signing.sign(client=cast.bakery, number=1, actor=cast.ana, signed_as="Ana").signed_at is not None


def test_a_writer_who_has_not_seen_the_newest_version_is_stopped(cast, signed):
    signed()

    with pytest.raises(Conflict) as refused:
        signing.write(client=cast.bakery, actor=cast.sam, document=wanted(), seen=0)

    assert (refused.value.code, Strategy.objects.count()) == ("changed_meanwhile", 1)


def test_the_client_says_what_should_be_different(cast, line):
    signing.write(client=cast.bakery, actor=cast.sam, document=wanted())
    signing.offer(client=cast.bakery, actor=cast.sam)
    signing.decline(client=cast.bakery, number=1, actor=cast.ana, objection="Less")

    draft = signing.unsigned(cast.bakery)
    assert (draft.objection, draft.offered_at) == ("Less", None)
    assert {"strategy_offered", "strategy_declined"} <= set(Notice.objects.values_list("kind", flat=True))
    assert Event.objects.filter(action="strategy.declined", actor=cast.ana).count() == 1


FAULTS = [
    ({"goals": [GOAL | {"measure": "magic"}]}, "goals[0].measure"),
    ({"goals": [GOAL | {"ends_on": "2026-10-01"}]}, "goals[0].ends_on"),
    ({"goals": [GOAL | {"ends_on": "soon"}]}, "goals[0].ends_on"),
    ({"goals": [GOAL | {"target": 0}]}, "goals[0].target"),
    ({"goals": [GOAL | {"target": "ten"}]}, "goals[0].target"),
    ({"goals": [GOAL | {"measure": "first_response", "start": 30, "target": 60}]}, "goals[0].target"),
    ({"goals": [GOAL, GOAL]}, "goals[1].slug"),
    ({"goals": [GOAL] * 13}, "goals"),
    ({"goals": {}}, "goals"),
    ({"mix": {"tip": 90}}, "mix"),
    ({"mix": {"gossip": 100}}, "mix.gossip"),
    ({"channels": [{"channel": "elsewhere"}]}, "channels[0].channel"),
    ({"budget": {"minutes": -1}}, "budget.minutes"),
    ({"contacts": [{"name": "Ana"}]}, "contacts[0].phone"),
    ({"tone": {"address": "Ihr"}}, "tone.address"),
    ({"taboos": [""]}, "taboos[0]"),
    ({"secrets": 1}, "secrets"),
    ({"summary": "\0"}, "summary"),
]


@pytest.mark.parametrize(("parts", "field"), FAULTS, ids=[field for _, field in FAULTS])
def test_what_is_wrong_is_named(cast, line, parts, field):
    with pytest.raises(Refused) as refused:
        signing.write(client=cast.bakery, actor=cast.sam, document=wanted(**parts))

    assert field in [path for path, *_ in refused.value.errors]
    assert Strategy.objects.count() == 0


def test_differences_name_what_changed_and_nothing_else():
    new = wanted(goals=[GOAL | {"target": 20}], tone={"address": "du", "style": ""}, taboos=["Politics"])

    found = dict((part, (before, after)) for part, before, after in document.differences(wanted(), new))

    assert found.keys() == {"goals.more-posts", "tone", "taboos"}
    assert found["taboos"] == ([], ["Politics"])
    assert list(document.differences(new, new)) == []


@given(
    st.sampled_from([*MEASURES.values()]), st.floats(1, 1_000), st.floats(1, 1_000), st.integers(1, 400),
    st.integers(-50, 500), st.none() | st.floats(0, 2_000),
)  # fmt: skip
def test_progress_is_sound(measure, low, way, days, passed, value):
    begins = date(2026, 1, 1)
    start, target = (low + way, low) if measure.falls else (low, low + way)

    found = progress(
        measure, start, target, begins, begins + timedelta(days=days), begins + timedelta(days=passed), value
    )

    assert 0 <= found.due <= 1
    reached = value is not None and (value <= target if measure.falls else value >= target)
    assert (found.share == 1) is reached or found.share is None
    if reached and passed >= 0:
        assert found.state in ("reached", "on_track")
    if value is not None and not reached and passed > days:
        assert found.state == "missed"


def test_goals_are_measured_by_what_happened(cast, line, signed):
    signed(goals=[GOAL, GOAL | {"slug": "reviews", "text": "Reviews", "measure": "reviews", "target": 2}])
    for days in (1, 5, 80):  # the last one before the goal begins
        at = NOW - timedelta(days=days)
        post = Post.objects.create(client=cast.bakery, kind="tip", text="Brot", publish_at=at)
        Publication.objects.create(client=cast.bakery, post=post, channel=line, state=State.SENT, sent_at=at)

    found = {one.goal.slug: one.progress for one in goals.standings([cast.bakery.id], date(2026, 11, 25), NOW)}

    assert (found["more-posts"].value, found["more-posts"].share) == (2, 0.2)
    assert found["more-posts"].state == "behind"
    assert (found["reviews"].value, found["reviews"].state) == (0, "behind")


def test_posts_and_campaigns_name_the_goal_they_serve(cast, line, signed, api):
    signed()
    speaks = api(cast.sam)

    made = speaks.post("/api/v1/posts/", {"client": "bakery", "kind": "tip", "text": "Brot", "channels": [line.slug],
                                          "goal": "more-posts"}, format="json")  # fmt: skip
    unknown = speaks.patch(f"/api/v1/posts/{made.data['id']}/", {"goal": "fame"}, format="json")
    campaign = speaks.post("/api/v1/campaigns/", {"client": "bakery", "slug": "advent", "name": "Advent",
                                                  "serves": "more-posts"}, format="json")  # fmt: skip

    assert (made.status_code, made.data["goal"], unknown.status_code) == (201, "more-posts", 400)
    assert [error["field"] for error in unknown.json()["errors"]] == ["goal"]
    assert (campaign.status_code, Campaign.objects.get().serves.slug) == (201, "more-posts")


def test_the_client_signs_or_the_agency_says_how_it_knows(cast, line, api):
    written = api(cast.sam).post("/api/v1/strategies/", {"client": "bakery", "document": wanted()}, format="json")
    address = f"/api/v1/strategies/{written.data['id']}"
    offered = api(cast.sam).post(f"{address}/offer/", {}, format="json")

    by_agency = api(cast.olga).post(f"{address}/sign/", {"signed_as": "Olga"}, format="json")
    by_stranger = api(cast.flo).post(f"{address}/sign/", {"signed_as": "Flo"}, format="json")
    by_client = api(cast.ana).post(f"{address}/sign/", {"signed_as": "Ana"}, format="json")

    assert (written.status_code, offered.status_code) == (201, 200)
    assert (by_agency.status_code, by_stranger.status_code, by_client.status_code) == (400, 404, 200)
    assert api(cast.ana).get("/api/v1/goals/").data["rows"][0]["slug"] == "more-posts"


def test_the_pages_write_offer_and_sign(cast, line, client):
    form = {"summary": "Kurz", "address": "du", "seen": "0", "hours": "12,5", "euros": "650",
            "goals-0-text": "Mehr Beiträge", "goals-0-measure": "posts", "goals-0-start": "", "goals-0-target": "1.000",
            "goals-0-begins_on": "2026-10-01", "goals-0-ends_on": "2026-12-31"}  # fmt: skip
    client.force_login(cast.sam)
    saved = client.post("/clients/bakery/strategy/edit/", form)
    wrong = client.post("/clients/bakery/strategy/edit/", form | {"seen": "1", "goals-0-target": "viele"})
    client.post("/clients/bakery/strategy/offer/")
    client.force_login(cast.ana)
    start = client.get("/portal/").content.decode()
    unnamed = client.post("/portal/strategy/", {"number": "1", "verdict": "sign", "signed_as": ""})
    done = client.post("/portal/strategy/", {"number": "1", "verdict": "sign", "signed_as": "Ana"})
    shown = client.get("/portal/strategy/").content.decode()

    draft = Strategy.objects.get()
    assert (saved.status_code, wrong.status_code, "viele" in wrong.content.decode()) == (302, 400, True)
    assert draft.document["budget"] == {"minutes": 750, "cents": 65_000}
    assert draft.document["goals"][0]["target"] == 1_000
    assert "Ihre Strategie liegt bereit" in start
    assert (unnamed.status_code, done.status_code, "Unterschrieben von Ana" in shown) == (400, 302, True)


def test_a_strategy_of_another_client_is_absent(cast, line, signed, client):
    signed()
    client.force_login(cast.flo)

    shown = [client.get(f"/portal/strategy/?of={slug}").status_code for slug in ("bakery", "nobody")]

    assert shown == [404, 404]


def test_the_file_asks_the_same_number_of_questions_for_any_number_of_goals(
    cast, signed, client, django_assert_max_num_queries
):
    signed(goals=[GOAL | {"slug": f"g{n}", "text": f"Goal {n}"} for n in range(12)])
    client.force_login(cast.sam)

    with django_assert_max_num_queries(17):
        assert client.get("/clients/bakery/strategy/").status_code == 200
