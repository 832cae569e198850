"""Who needs somebody stands at the top, with the reason."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns import rhythm
from campaigns.effort import budget, entries
from campaigns.models import Cadence
from clients.scope import scope
from feedback import portfolio
from feedback.models import Conversation
from tests import factories


def reasons(cast) -> dict[str, list[str]]:
    with scope([cast.bakery.id, cast.florist.id]):
        found = portfolio.rows([cast.bakery.id, cast.florist.id], timezone.now())
    return {row.client.slug: [reason.kind for reason in row.reasons] for row in found}


def test_a_calm_client_only_lacks_its_strategy(cast, in_scope):
    assert reasons(cast) == {"bakery": ["unsigned"], "florist": ["unsigned"]}


def test_an_overdue_complaint_stands_at_the_top(cast, in_scope):
    channel = factories.channel(cast.florist, "desk")
    for number, mood in enumerate(("negative", "neutral")):
        Conversation.objects.create(
            client=cast.florist, agency=cast.agency, channel=channel, thread_id=f"t{number}", sentiment=mood,
            due_at=timezone.now() - timedelta(hours=1),
        )  # fmt: skip

    found = reasons(cast)

    assert [*found] == ["florist", "bakery"]
    assert found["florist"] == ["complaint", "overdue", "unsigned"]


def test_a_silent_channel_and_a_budget_overrun_are_reasons(cast, in_scope, line):
    rhythm.agree(client=cast.bakery, channel=line, actor=None, least=1, most=None)
    Cadence.objects.update(since=timezone.now() - timedelta(days=60))
    budget.agree(client=cast.florist, actor=None, fee_cents=50_000, minutes=60, hour_cents=5_000, step=0)
    today = rhythm.local_days([cast.florist], timezone.now())[cast.florist.id][0]
    entries.enter(client=cast.florist, person=cast.sam, activity="plan", day=today, minutes=61)

    found = reasons(cast)

    assert ("silent" in found["bakery"], "over" in found["florist"]) == (True, True)


@pytest.mark.parametrize("trouble", ["complaint", "silent", "over"])
def test_a_client_in_trouble_stands_at_the_top_of_the_page_with_the_reason(cast, in_scope, line, client, trouble):
    """The bakery stands first by its name; the florist's trouble outweighs that, and loses it again when it is over."""
    words = {"complaint": "1 Beschwerde ist überfällig", "silent": "Desk schweigt", "over": "Mehr Stunden als vereinbart"}
    client.force_login(cast.sam)

    calm = _order(client)
    _bring_into(trouble, cast)
    troubled = client.get("/portfolio/").content.decode()

    assert (calm, _order(client)) == (["Bakery", "Florist"], ["Florist", "Bakery"])
    assert words[trouble] in troubled.partition(">Bakery<")[0]


def _order(client) -> list[str]:
    page = client.get("/portfolio/").content.decode()
    return sorted(("Bakery", "Florist"), key=lambda name: page.index(f">{name}<"))


def _bring_into(trouble: str, cast) -> None:
    florist = cast.florist
    channel = factories.channel(florist, "desk")
    if trouble == "complaint":
        due = timezone.now() - timedelta(hours=1)
        Conversation.objects.create(
            client=florist, agency=cast.agency, channel=channel, thread_id="t", sentiment="negative", due_at=due
        )
    elif trouble == "silent":
        rhythm.agree(client=florist, channel=channel, actor=None, least=1, most=None)
        Cadence.objects.update(since=timezone.now() - timedelta(days=60))
    else:
        budget.agree(client=florist, actor=None, fee_cents=50_000, minutes=60, hour_cents=5_000, step=0)
        today = rhythm.local_days([florist], timezone.now())[florist.id][0]
        entries.enter(client=florist, person=cast.sam, activity="plan", day=today, minutes=61)


def test_a_month_that_cost_more_than_it_paid_is_a_reason(cast, in_scope):
    budget.agree(client=cast.bakery, actor=None, fee_cents=1_000, minutes=6_000, hour_cents=6_000, step=0)
    today = rhythm.local_days([cast.bakery], timezone.now())[cast.bakery.id][0]
    day = today.replace(day=1) - timedelta(days=3)
    entries.enter(client=cast.bakery, person=cast.sam, activity="plan", day=day, minutes=90)

    with scope([cast.bakery.id]):
        (row,) = portfolio.rows([cast.bakery.id], timezone.now())

    assert ([reason.kind for reason in row.reasons], row.before.margin) == (["loss", "unsigned"], -8_000)


def test_one_and_two_clients_ask_the_same_number_of_queries(cast, in_scope):
    counts = []
    for clients in ([cast.bakery], [cast.bakery, cast.florist]):
        with CaptureQueriesContext(connection) as asked:
            portfolio.rows([client.id for client in clients], timezone.now())
        counts.append(len(asked))

    assert counts[0] == counts[1]


def test_the_page_names_the_reason_and_is_for_those_who_steer(cast, in_scope, client, django_assert_max_num_queries):
    client.force_login(cast.sam)
    with django_assert_max_num_queries(14):
        page = client.get("/portfolio/").content.decode()
    client.force_login(cast.ana)
    closed = client.get("/portfolio/")

    assert ("Keine unterschriebene Strategie" in page, closed.status_code) == (True, 403)
