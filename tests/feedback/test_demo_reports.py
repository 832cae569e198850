"""Each demo client's report of the month that is over: right to the last figure, and open down to its rows."""

from datetime import date, datetime

import pytest
from django.utils import timezone

from clients import access
from clients.scope import scope
from feedback.demo import cast, loader
from feedback.models import Report
from feedback.report import told
from tests import world
from tests.feedback import recount, sums

SLUGS = [business.slug for business in cast.BUSINESSES]


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker, tmp_path_factory):
    """The demo as it is loaded now, within the scope of all its clients."""
    with world.lasting(django_db_blocker):
        loader.load(now=timezone.now(), folder=tmp_path_factory.mktemp("demo"))
        with scope(access.live_client_ids()):
            yield


def last(slug: str) -> Report:
    return Report.objects.filter(client__slug=slug).select_related("client__calendar").latest("month")


@pytest.mark.parametrize("slug", SLUGS)
def test_report_is_right_to_the_last_figure(demo, slug):
    report = last(slug)
    document = report.document
    low, high = date.fromisoformat(document["low"]), date.fromisoformat(document["high"])

    counted = recount.Recount(report.client, low, high, datetime.fromisoformat(document["composed_at"])).document()

    composed = recount.comparable(document)
    assert {name: (composed[name], counted[name]) for name in counted if not same(composed[name], counted[name])} == {}


def same(one, other) -> bool:
    """Equal, but for the last bits of a fraction."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, int | float):
        return one == pytest.approx(other, rel=1e-9, abs=0.006)
    return one == other


@pytest.mark.parametrize("slug", SLUGS)
def test_every_figure_of_the_report_opens_down_to_rows_that_make_it(demo, slug):
    report = last(slug)
    now = datetime.fromisoformat(report.document["composed_at"])
    figures = [*told.figures(told.sections(report.document))]

    wrong = [
        (one, made)
        for one in figures
        if (made := sums.opened(report.client, report.month, one, now)) != one.value or not one.opens
    ]

    assert (len(figures) > 30, wrong) == (True, [])
