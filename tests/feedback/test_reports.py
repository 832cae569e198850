"""The monthly report: right to the last figure, fixed once released, and open down to its rows."""

import json
import random
import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone, translation

from campaigns import rollup as numbers
from campaigns.effort import entries, outcomes
from campaigns.models import Post, Publication
from campaigns.snapshots import Reading, take
from campaigns.vocabulary import State
from clients import directory
from clients.models import Notice
from clients.networks.types import Author, Incoming, Numbers
from clients.refusal import Conflict, Refused
from clients.scope import scope
from feedback import cases, inbox, rollup, tasks
from feedback.arrivals import Arrival
from feedback.models import Case, Conversation, Interaction, Report
from feedback.report import compose, monthly, paper, told
from tests import factories
from tests.feedback import sums

ZONE = ZoneInfo("Europe/Berlin")
THIS = timezone.now().astimezone(ZONE).date().replace(day=1)
MONTH = (THIS - timedelta(days=1)).replace(day=1)
LAST = THIS - timedelta(days=1)
NOW = timezone.now()


def at(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, 7, tzinfo=ZONE).astimezone(UTC)


@pytest.fixture
def busy(cast, in_scope):
    """A month of the bakery with random messages, reviews, posts, numbers, time and outcomes, some just outside it."""
    numbers_ = random.Random(4711)
    directory.change_client(client=cast.bakery, actor=None, homepage="https://bakery.example")
    channel = directory.add_channel(
        client=cast.bakery, slug="desk", name="Desk", network="manual", actor=None, connected_at=factories.LONG_AGO
    )
    days = [MONTH - timedelta(days=1), THIS, *(MONTH + timedelta(days=numbers_.randrange(27)) for _ in range(24)), LAST]
    arrivals = []
    for n, day in enumerate(days):
        kind, stars = ("review", numbers_.randint(1, 5)) if n % 3 == 0 else ("comment", None)
        asked = Incoming(f"m{n}", f"t{n}", "in", kind, Author(f"a{n}", "Ada"), "Frage?", at(day, 9), stars=stars)
        arrivals.append(Arrival(channel, asked))
        if n % 2:
            answered = at(day, 9) + timedelta(minutes=numbers_.randint(5, 300))
            arrivals.append(
                Arrival(channel, Incoming(f"r{n}", f"t{n}", "out", "comment", Author("us", "Wir"), "Gern.", answered))
            )
    inbox.receive(arrivals, now=NOW)
    for n, day in enumerate(days):
        post = Post.objects.create(client=cast.bakery, kind="tip", text=f"Post {n}", publish_at=at(day))
        row = Publication.objects.create(
            client=cast.bakery, post=post, channel=channel, state=State.SENT, sent_at=at(day), external_id=str(n)
        )
        counted = Numbers(reach=numbers_.randint(10, 900), reactions=n, comments=1)
        take([Reading(cast.bakery.id, channel.id, row.id, at(day, 18), "api", counted)])
        entries.enter(client=cast.bakery, person=cast.sam, activity="answer", day=day, minutes=10 + n)
        outcomes.declare(
            client=cast.bakery, kind="call", day=day, count=n + 1, actor=cast.ana, source="portal"
        )
    talks = Conversation.objects.filter(client=cast.bakery).select_related("client").order_by("id")
    for n, row in enumerate(talks):
        outcome = ("recovered", "settled", "stands")[n % 3]
        cases.open_case(conversation=row, kind="unfair")
        cases.close(conversation=row, user=cast.sam, outcome=outcome, note="x", at=at(days[n], 20))
    rollup.rebuild(cast.bakery.id)
    numbers.rebuild(cast.bakery.id)
    return days


def inside(days) -> list[date]:
    return [day for day in days if MONTH <= day <= LAST]


@pytest.fixture
def draft(cast, busy):
    return monthly.draft(client=cast.bakery, month=MONTH, actor=cast.sam, now=NOW)


def test_every_figure_equals_a_naive_recount(cast, busy, draft):
    document = draft.document
    received = [
        one
        for one in Interaction.objects.filter(client=cast.bakery, direction="in")
        if MONTH <= one.received_at.astimezone(ZONE).date() <= LAST
    ]
    reviews = [one for one in received if one.kind == "review"]
    replied = {
        one.conversation_id for one in Interaction.objects.filter(client=cast.bakery, direction="out")
    }  # fmt: skip

    assert document["answers"]["received"] == len(received)
    assert document["reviews"]["now"] == {
        "n": len(reviews),
        "stars": round(sum(one.stars for one in reviews) / len(reviews), 2),
        "replied": sum(one.conversation_id in replied for one in reviews),
    }
    ended = [
        one.outcome
        for one in Case.objects.filter(client=cast.bakery)
        if MONTH <= one.closed_at.astimezone(ZONE).date() <= LAST
    ]
    assert document["cases"] == {"closed": len(ended), "recovered": ended.count("recovered")}
    assert document["posts"]["n"] == len(inside(busy))
    assert sum(document["returns"]["declared"]["counts"].values()) == sum(
        n + 1 for n, day in enumerate(busy) if MONTH <= day <= LAST
    )
    assert sum(document["time"]["by_activity"].values()) == sum(
        10 + n for n, day in enumerate(busy) if MONTH <= day <= LAST
    )
    assert sum(row["reach"] for row in document["days"]) == document["effect"]["reach"]
    assert sum(row["received"] for row in document["days"]) == document["answers"]["received"]


def test_every_figure_opens_down_to_rows_that_make_it(cast, draft):
    figures = [*told.figures(told.sections(draft.document))]

    wrong = [one for one in figures if sums.opened(cast.bakery, MONTH, one, NOW) != one.value]

    assert (len(figures) > 80, wrong) == (True, [])


def test_a_released_report_never_changes(cast, busy, draft):
    monthly.comment(draft, text="Ein guter Monat.", actor=cast.sam)
    monthly.release(draft, actor=cast.sam)
    before = Report.objects.values().get()
    outcomes.declare(client=cast.bakery, kind="call", day=LAST, count=900, actor=cast.ana, source="portal")

    for act in (
        lambda: monthly.draft(client=cast.bakery, month=MONTH, actor=cast.sam),
        lambda: monthly.comment(draft, text="Other", actor=cast.sam),
        lambda: monthly.release(draft, actor=cast.sam),
    ):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == "released"
    assert Report.objects.values().get() == before


def test_a_month_that_runs_or_lies_ahead_is_not_released(cast, in_scope):
    with pytest.raises(Refused):
        monthly.draft(client=cast.bakery, month=(THIS + timedelta(days=40)).replace(day=1), actor=cast.sam)
    running = monthly.draft(client=cast.bakery, month=THIS, actor=cast.sam)

    with pytest.raises(Refused):
        monthly.release(running, actor=cast.sam)


def test_a_stale_comment_is_refused(cast, draft):
    monthly.comment(draft, text="First", actor=cast.sam, version=draft.version)

    with pytest.raises(Conflict) as refused:
        monthly.comment(draft, text="Second", actor=cast.olga, version=draft.version)

    assert (refused.value.code, Report.objects.get().comment) == ("changed_meanwhile", "First")


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_paper_is_a_tagged_pdf_in_its_language_and_always_the_same(cast, draft, language):
    draft.comment = 'Hostile #panic("x") $x$ *bold* <label> @ref \\ "quote" 👍 \u202e'

    first, again = paper.pdf(draft, language), paper.pdf(draft, language)

    assert first == again
    assert (first[:5], b"/StructTreeRoot" in first, b"/MarkInfo" in first) == (b"%PDF-", True, True)
    assert re.search(rb"/Lang\s*\(" + language.encode(), first)


def test_workers_make_the_files_of_a_released_report_once(cast, draft):
    monthly.release(draft, actor=cast.sam)

    tasks.build_reports()
    files = Report.objects.get().files
    again = monthly.build_due(now=timezone.now())

    assert (sorted(files), again) == (["de", "en"], 0)
    assert all(default_storage.exists(path) for path in files.values())
    assert monthly.file(Report.objects.select_related("client__agency").get(), "de")[:5] == b"%PDF-"
    assert set(Notice.objects.filter(kind="report_released").values_list("recipient", flat=True)) == {cast.ana.id}


def test_a_report_that_cant_be_built_says_so_and_stops_no_other(cast, draft):
    other = monthly.draft(client=cast.florist, month=MONTH, actor=cast.sam, now=NOW)
    for one in (draft, other):
        monthly.release(one, actor=cast.sam)
    Report.objects.filter(id=draft.id).update(document={"broken": True, "zone": "Europe/Berlin"})

    tasks.build_reports()

    broken, built = Report.objects.get(id=draft.id), Report.objects.get(id=other.id)
    assert (broken.tries, broken.files, bool(broken.trouble), broken.build_at is not None) == (1, {}, True, True)
    assert sorted(built.files) == ["de", "en"]


def test_drafts_are_made_by_themselves_once_the_month_is_over(cast, in_scope):
    type(cast.bakery).objects.update(created_at=factories.LONG_AGO)
    at_first = at(THIS, 7)

    monthly.draft_due(now=at(THIS, 1))  # numbers may still come in
    early = Report.objects.count()
    monthly.draft_due(now=at_first)
    monthly.draft_due(now=at_first)

    assert (early, set(Report.objects.values_list("client__slug", "month"))) == (
        0,
        {("bakery", MONTH), ("florist", MONTH)},
    )


def test_the_sections_tell_the_month_in_both_languages(draft):
    texts = {}
    for language in ("de", "en"):
        with translation.override(language):
            texts[language] = json.dumps([str(one) for one in told.sections(draft.document)])

    assert ("Reichweite" in texts["de"], "Reach" in texts["en"], texts["de"] == texts["en"]) == (True, True, False)


def test_a_month_without_anything_is_told_too(cast, in_scope):
    made = monthly.draft(client=cast.florist, month=MONTH, actor=cast.sam, now=NOW)

    assert str(told.sections(made.document)[0].said[-1]) == "Es sind keine Nachrichten eingegangen."
    assert paper.pdf(made, "de")[:5] == b"%PDF-"


def test_the_pages_comment_release_and_show(cast, busy, client):
    client.force_login(cast.sam)
    made = client.post("/reports/", {"client": "bakery", "month": f"{MONTH:%Y-%m}"})
    page = made.headers["Location"]
    read = re.search(r'name="read" value="([^"]+)"', client.get(page).content.decode())[1]
    released = client.post(page, {"act": "release", "comment": "Gut <b>so</b>.", "read": read})
    assert "kann ihn jetzt im Portal lesen" in client.get(page).content.decode()
    stale = client.post(page, {"act": "comment", "comment": "Zu spät", "read": read})
    opened = client.get(f"{page}rows/received/")
    files = [client.get(f"{page}file.{form}") for form in ("pdf", "xlsx", "csv", "exe")]
    link = re.search(r"/report/([\w-]+)/", client.post(page, {"act": "link"}).content.decode())[1]
    client.logout()
    by_link = client.get(f"/report/{link}/")
    pdf = client.get(f"/report/{link}/file.pdf")
    wrong = client.get(f"/report/{link[:-1]}x/")
    client.force_login(cast.ana)
    mine = client.get("/portal/reports/")
    report_id = Report.objects.get().id
    shown = client.get(f"/portal/reports/{report_id}/").content.decode()
    client.force_login(cast.flo)
    foreign = client.get(f"/portal/reports/{report_id}/")

    assert (made.status_code, released.status_code, stale.status_code, opened.status_code) == (302, 302, 409, 200)
    assert [one.status_code for one in files] == [200, 200, 200, 404]
    assert (by_link.status_code, pdf.content[:5], wrong.status_code) == (200, b"%PDF-", 404)
    assert by_link.headers["X-Robots-Tag"] == "noindex"
    assert (mine.status_code, "Gut &lt;b&gt;so&lt;/b&gt;." in shown, foreign.status_code) == (200, True, 404)


def test_closed_links_open_nothing(cast, draft):
    monthly.release(draft, actor=cast.sam)
    key = monthly.link(draft, actor=cast.sam)
    opened = monthly.enter(key)
    monthly.close_links(opened, actor=cast.sam)

    with pytest.raises(Exception, match="does not work"):
        monthly.enter(key)


def test_people_of_the_client_see_released_reports_only(cast, draft, api):
    before = api(cast.ana).get("/api/v1/reports/").data["results"]
    monthly.release(draft, actor=cast.sam)
    after = api(cast.ana).get("/api/v1/reports/").data["results"]

    assert (before, [row["id"] for row in after]) == ([], [draft.id])
    assert api(cast.ana).patch(f"/api/v1/reports/{draft.id}/", {"comment": "x"}, format="json").status_code == 403


def test_composing_needs_few_queries(cast, busy):
    with scope([cast.bakery.id]):
        before = len(connection.queries_log)
        connection.force_debug_cursor = True
        compose.compose(cast.bakery, MONTH, NOW)
        asked = len(connection.queries_log) - before
        connection.force_debug_cursor = False

    assert asked <= 45
