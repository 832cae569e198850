import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from agency.models import Role
from agency.templatetags import charts
from agency.templatetags.charts import Chart, Series
from agency.templatetags.show import boxes, local, number, options, percent
from agency.views import periods, sheets
from agency.views.figures import VIEWS
from agency.views.sheets import Table
from agency.views.words import short
from campaigns import metrics as posts_metrics
from campaigns import overview as posts_overview
from campaigns.models import NumbersDay, Post, Publication
from clients.refusal import Refused
from clients.scope import scope
from feedback import metrics, overview, rollup
from tests import factories

TODAY = date(2026, 11, 25)


@pytest.fixture
def browser(cast):
    """A function that gives the browser of somebody who signed in."""

    def signed(user) -> Browser:
        made = Browser()
        made.force_login(user)
        return made

    return signed


def talk(client, slug="desk", hours=(1, 2, 30)):
    """Messages of the last days, each answered after so many hours."""
    with scope([client.id]):
        channel = factories.channel(client, slug)
        now = timezone.now()
        for place, after in enumerate(hours):
            at = now - timedelta(days=3 + place)
            said = {"thread": f"t{place}"}
            factories.receive(channel, factories.item(at=at, **said), factories.answer(at=at + timedelta(hours=after), **said))
        rollup.rebuild(client.id)
    return channel


def measured(channel, day=None, **numbers):
    """A post with numbers on one day."""
    client, day = channel.client, day or timezone.now().date()
    with scope([client.id]):
        post = Post.objects.create(client=client, kind="tip", text="Hallo")
        sent = {"state": "sent", "sent_at": timezone.now()}
        row = Publication.objects.create(client=client, post=post, channel=channel, **sent)
        of = {"client": client, "channel": channel, "publication": row}
        NumbersDay.objects.create(**of, day=day, snapshots=1, captured_at=timezone.now(), **numbers)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("language", ["de", "en"])
def test_each_view_shows_in_both_languages_without_scripts_or_styles_inside(cast, browser, view, language):
    measured(talk(cast.bakery), reach=40, reactions=3)

    answer = browser(cast.sam).get("/figures/", {"view": view}, HTTP_ACCEPT_LANGUAGE=language)

    text = answer.content.decode()
    assert (answer.status_code, f'<html lang="{language}">' in text, text.count("<h1>")) == (200, True, 1)
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) + re.findall(r'\son\w+="|\sstyle="', text) == []


def test_a_client_of_others_is_absent(cast, browser):
    only_florist = factories.member(cast.agency, "finn", Role.ANALYST, [cast.florist])

    statuses = [browser(only_florist).get("/figures/", {"client": slug}).status_code for slug in ("bakery", "nothing")]

    assert statuses == [404, 404]


def test_the_page_shows_only_ones_own_clients(cast, browser):
    only_florist = factories.member(cast.agency, "finn", Role.ANALYST, [cast.florist])

    text = browser(only_florist).get("/figures/").content.decode()

    assert ("Florist" in text, "Bakery" in text) == (True, False)


@pytest.mark.parametrize("address", ["/figures/", "/figures/export.csv", "/"])
def test_people_of_a_client_are_led_to_the_portal(cast, browser, address):
    answer = browser(cast.ana).get(address)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/portal/")


def test_what_cannot_be_read_is_said_at_its_field_and_nothing_is_lost(cast, browser):
    answer = browser(cast.sam).get("/figures/", {"period": "free", "from": "2026-13-01", "to": "2026-01-31"})

    text = answer.content.decode()
    assert (answer.status_code, 'id="from-error"' in text, 'value="2026-01-31"' in text) == (400, True, True)


@pytest.mark.parametrize(
    ("choice", "low", "high"),
    [
        ("7", date(2026, 11, 19), TODAY),
        ("28", date(2026, 10, 29), TODAY),
        ("2026-11", date(2026, 11, 1), TODAY),
        ("2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("2027-01", date(2027, 1, 1), date(2027, 1, 31)),
    ],
)
def test_a_period_is_read(choice, low, high):
    found = periods.read(choice, "", "", TODAY)

    assert (found.low, found.high, found.before) == (low, high, (low - (high - low) - timedelta(days=1), low - timedelta(days=1)))


@pytest.mark.parametrize(
    ("choice", "first", "last", "field"),
    [
        ("free", "", "2026-01-01", "from"),
        ("free", "2026-01-02", "2026-01-01", "to"),
        ("free", "2024-01-01", "2026-01-01", "to"),
        ("free", "1700-01-01", "2026-01-01", "from"),
        ("2026-00", "", "", "period"),
        ("x" * 99, "", "", "period"),
    ],
)
def test_an_unreadable_period_names_its_field(choice, first, last, field):
    with pytest.raises(Refused) as refused:
        periods.read(choice, first, last, TODAY)

    assert [error[0] for error in refused.value.errors] == [field]


@pytest.mark.parametrize("basis", overview.BASES)
def test_the_overview_of_one_client_agrees_with_the_metrics(cast, in_scope, basis):
    talk(cast.bakery)
    now, high = timezone.now(), timezone.now().date()
    low = high - timedelta(days=9)

    found = overview.answers([cast.bakery.id], low, high, now, basis)

    for by in ("total", "day", "sentiment"):
        wanted = metrics.response_times([cast.bakery.id], low, high, by, now)
        assert {str(key) if key else None: _same(row) for key, row in found["now"][by].items()} == {
            row["key"]: _same(_of_basis(row, basis)) for row in wanted
        }


def _same(row: dict) -> dict:
    names = ("n", "answered", "open", "met", "breached", "overdue", "share_met", "median", "p90")
    clocks = {clock: {name: row[clock].get(name) for name in names} for clock in metrics.CLOCKS}
    return clocks | {name: row[name] for name in ("received", "sent", "n", "share_met")}


def _of_basis(row: dict, basis: str) -> dict:
    return row | {clock: row[clock] | row[clock][basis] for clock in metrics.CLOCKS}


def test_the_overview_of_several_clients_is_that_of_all_their_answers(cast, in_scope):
    talk(cast.bakery, hours=(1, 1))
    talk(cast.florist, hours=(5,))
    high = timezone.now().date()

    found = overview.answers([cast.bakery.id, cast.florist.id], high - timedelta(days=9), high, timezone.now(), "wall")

    first = found["now"]["total"][None]["first"]
    assert (first["n"], first["median"], first["p90"]) == (3, 3_600, 18_000)
    assert {id: row["first"]["n"] for id, row in found["now"]["client"].items()} == {cast.bakery.id: 2, cast.florist.id: 1}


@pytest.mark.parametrize("kind", ["reach", "views", "followers"])
def test_the_overview_of_posts_agrees_with_the_metrics(cast, in_scope, line, kind):
    high = date(2026, 5, 28)
    measured(line, high, reach=100, reactions=7, comments=1)
    measured(line, high - timedelta(days=3), views=50, shares=2)
    measured(line, high - timedelta(days=30), reach=10, reactions=1)

    found = posts_overview.posts([cast.bakery.id], high - timedelta(days=27), high, kind)

    wanted = posts_metrics.compared([cast.bakery.id], high - timedelta(days=27), high, "total", kind)[0]
    names = (*posts_metrics.OF_POSTS, "engagement", "rate")
    now, before = found["now"]["total"][None], found["before"]["total"][None]
    assert now == {name: wanted[name] for name in names}
    assert before == {name: wanted["previous"][name] for name in names}


@pytest.mark.parametrize("language, separator, minutes, share, time, day", [
    ("de", ";", "Minuten", "70,5", "1,5", "25.11.2026"), ("en", ",", "minutes", "70.5", "1.5", "2026-11-25"),
])  # fmt: skip
def test_a_csv_file_speaks_the_readers_language_and_its_cells_are_defused(language, separator, minutes, share, time, day):
    table = Table("=T", [("Name", "text"), ("Share", "percent"), ("n", "number"), ("Time", "length"), ("Day", "day")],
                  [("=cmd()", 0.705, -4, 90, TODAY), ("Bär; \"x\"", None, 1_234, None, None)])

    with translation.override(language):
        made = sheets.as_csv([table, table])

    rows = list(csv.reader(io.StringIO(made.decode("utf-8-sig")), delimiter=separator))
    assert made.startswith(b"\xef\xbb\xbf")
    assert rows[:4] == [
        ["'=T"],
        ["Name", "Share (%)", "n", f"Time ({minutes})", "Day"],
        ["'=cmd()", share, "-4", time, day],
        ['Bär; "x"', "", "1234", "", ""],
    ]
    assert rows[5] == ["'=T"]


def test_an_excel_file_holds_numbers_and_no_formulas():
    table = Table("T/?", [("Name", "text"), ("Share", "percent"), ("Day", "day")], [("=1+1", 0.5, TODAY), ("x", None, None)])

    made = ZipFile(io.BytesIO(sheets.as_xlsx([table])))

    sheet = made.read("xl/worksheets/sheet1.xml").decode()
    assert ("<v>0.5</v>" in sheet, "<f>" in sheet, 'name="1 T"' in made.read("xl/workbook.xml").decode()) == (True, False, True)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_is_shown_can_be_taken_home(cast, browser, view, form):
    measured(talk(cast.bakery), reach=40)

    answer = browser(cast.sam).get(f"/figures/export.{form}", {"view": view, "client": "bakery"})

    assert (answer.status_code, f"resonanz-{view}-bakery-" in answer["Content-Disposition"]) == (200, True)


def test_a_chart_tells_its_days_in_a_table_and_breaks_where_nothing_is_known():
    days = [TODAY + timedelta(days=n) for n in range(4)]
    told = charts.chart(Chart("c", "C", days, [Series("A", [1, 2, None, 4])]))

    line = told["drawn"][0]
    assert ([text for _, text in told["ticks"]], len(line["paths"]), len(line["dots"])) == (["0", "1", "2", "3", "4"], 1, 3)
    assert re.findall('<td class="num">(.)</td></tr>', told["table"]) == ["1", "2", "4"]


def test_rows_begin_with_a_heading_and_show_what_they_are_given_as_text():
    told = charts.body([["<b>", "Tom & Co", "7"]], [True, True, False])

    assert told == '<tr><th scope="row">&lt;b&gt;</th><td>Tom &amp; Co</td><td class="num">7</td></tr>'


def test_options_and_boxes_mark_what_was_chosen_and_show_names_as_text():
    rows = [SimpleNamespace(slug="one", name="<One>"), SimpleNamespace(slug="two", name="Two")]

    assert options(rows, "two") == (
        '<option value="one">&lt;One&gt;</option><option value="two" selected>Two</option>'
    )
    assert boxes(rows[1:], "client", {"two"}) == (
        '<li><label><input type="checkbox" name="client" value="two" checked> Two</label></li>'
    )


@pytest.mark.parametrize(
    ("unit", "highest", "ticks"),
    [
        ("number", 0, ["0", "1"]),
        ("number", 3_700, ["0", "1.000", "2.000", "3.000", "4.000"]),
        ("length", 7_000, ["0", "30 Min.", "1 Std.", "1 Std. 30 Min.", "2 Std."]),
        ("percent", 0.9, ["0\u00a0%", "25\u00a0%", "50\u00a0%", "75\u00a0%", "100\u00a0%"]),
        ("percent", 0.03, ["0\u00a0%", "1\u00a0%", "2\u00a0%", "3\u00a0%"]),
    ],
)
def test_the_scale_of_a_chart_is_one_people_count_in(unit, highest, ticks):
    told = charts.chart(Chart("c", "C", [TODAY], [Series("A", [highest])], unit))

    assert [text for _, text in told["ticks"]] == ticks


@pytest.mark.parametrize(
    ("seconds", "text"), [(5, "5 Sek."), (2_400, "40 Min."), (3_900, "1 Std. 5 Min."), (216_000, "2,5 Tage")]
)
def test_a_length_is_told_shortly(seconds, text):
    assert short(seconds) == text


def test_figures_are_rounded_and_times_are_the_clients():
    at = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)

    there = local(at, "Europe/Berlin")

    assert (number(1_234.58, 1), percent(0.7727), f"{there:%d. %H:%M}") == ("1.234,6", "77,3\u00a0%", "26. 00:30")


@pytest.mark.parametrize("view", ["answers", "effect", "rhythm"])
def test_figures_of_many_clients_are_made_once_and_only_for_the_same_clients(cast, browser, monkeypatch, view):
    monkeypatch.setattr("agency.shared.FEW", 1)
    monkeypatch.setattr("agency.views.figures.asked.timezone.now", lambda: datetime(2026, 11, 25, 10, 4, tzinfo=UTC))
    talk(cast.bakery)
    measured(talk(cast.florist, "shop"))
    poppy = factories.client(cast.agency, "poppy")
    pia = factories.member(cast.agency, "pia", Role.MANAGER, [poppy, cast.florist])
    both, other = browser(cast.sam), browser(pia)

    def asked(caller):
        with CaptureQueriesContext(connection) as seen:
            answer = caller.get(f"/figures/?view={view}")
        return answer.content.decode(), len(seen)

    (first, cold), (again, warm), (foreign, others) = asked(both), asked(both), asked(other)

    assert warm < cold == others
    assert ("bakery" in first, "bakery" in again, "bakery" in foreign) == (True, True, False)
