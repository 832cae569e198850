"""The page of exports: asked for by a form, watched, fetched, stopped; each sees what they may read."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from agency.models import Role
from clients.scope import scope
from feedback import exports
from feedback.models import Export
from tests import factories

HERE = "/figures/exports/"
FORM = {"kind": "interactions", "form": "csv-de", "client": "bakery", "from": "2026-03-01", "to": "2026-03-31"}


@pytest.fixture(autouse=True)
def disk(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def sam(cast):
    browser = Browser()
    browser.force_login(cast.sam)
    return browser


def make(cast, **more):
    told = {"kind": "interactions", "format": "csv", "language": "de", "user": cast.sam} | more
    day = timezone.now().date()
    with scope([cast.bakery.id]):
        return exports.add(clients=[cast.bakery], low=day, high=day, **told)[0]


def build():
    while exports.run_due(now=timezone.now()):
        pass


def rows(cast):
    with scope([cast.bakery.id, cast.florist.id]):
        return list(Export.objects.order_by("id").values_list("client__slug", "kind", "format", "language", "state"))


def test_form_asks_for_a_file(cast, sam):
    answer = sam.post(HERE, FORM)

    assert (answer.status_code, answer["Location"]) == (302, HERE)
    assert rows(cast) == [("bakery", "interactions", "csv", "de", "queued")]


def test_without_a_client_each_has_a_file(cast, sam):
    sam.post(HERE, FORM | {"client": "", "form": "xlsx", "kind": "posts"})

    assert rows(cast) == [("bakery", "posts", "xlsx", "en", "queued"), ("florist", "posts", "xlsx", "en", "queued")]


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"to": "2026-02-01"}, "Das Ende darf nicht vor dem Anfang liegen."), ({"from": "x"}, "Bitte geben Sie ein Datum ein."),
        ({"kind": "x"}, "Bitte wählen Sie eine der Möglichkeiten."), ({"form": "pdf"}, "Bitte wählen Sie eine der Möglichkeiten."),
        ({"from": "1995-01-01"}, "Höchstens"),
    ],
)  # fmt: skip
def test_wrong_form_is_told_at_its_field_and_keeps_what_was_typed(cast, sam, part, said):
    answer = sam.post(HERE, FORM | part)

    page = answer.content.decode()
    assert (answer.status_code, rows(cast)) == (400, [])
    assert said in page and 'value="bakery" selected' in page


def test_work_under_way_is_asked_for_again_until_it_is_over(cast, sam):
    make(cast)
    before = sam.get(HERE).content.decode()
    build()

    after = sam.get(HERE).content.decode()

    assert ("every 4s" in before, "every 4s" in after) == (True, False)
    assert "wartet" in before and "fertig" in after


def test_file_is_downloaded_and_thrown_away(cast, sam):
    export = make(cast)
    build()

    got = sam.get(f"{HERE}{export.id}/file/")
    content = b"".join(got.streaming_content)
    sam.post(f"{HERE}{export.id}/cancel/")
    gone = sam.get(f"{HERE}{export.id}/file/")

    assert (got.status_code, got["Content-Type"], content[:3]) == (200, "text/csv; charset=utf-8", "\ufeff".encode())
    assert (gone.status_code, rows(cast)[0][-1]) == (404, "cancelled")


def test_what_others_asked_for_is_seen_but_not_stopped(cast, sam):
    export = make(cast, user=cast.olga)

    page, answer = sam.get(HERE).content.decode(), sam.post(f"{HERE}{export.id}/cancel/")

    assert f"stop-{export.id}" not in page and "<td" in page
    assert (answer.status_code, rows(cast)[0][-1]) == (403, "queued")


def test_file_whose_week_is_over_is_offered_no_more(cast, sam):
    export = make(cast)
    build()
    with scope([cast.bakery.id]):
        Export.objects.filter(id=export.id).update(expires_at=timezone.now() - timedelta(hours=1))

    page = sam.get(HERE).content.decode()

    assert "nach sieben Tagen weggeworfen" in page and f"{HERE}{export.id}/file/" not in page


def test_other_clients_and_people_of_a_client_stay_outside(cast, sam):
    export = make(cast)
    florist = factories.member(cast.bakery.agency, "fred", Role.MANAGER, [cast.florist])
    fred, ana = Browser(), Browser()
    fred.force_login(florist)
    ana.force_login(cast.ana)

    foreign = [fred.get(f"{HERE}{export.id}/file/"), fred.post(f"{HERE}{export.id}/cancel/"), fred.post(HERE, FORM)]

    assert [answer.status_code for answer in foreign] == [404] * 3
    assert [ana.get(HERE).status_code, ana.post(HERE, FORM).status_code] == [403, 403]
    assert "Bakery" not in fred.get(HERE).content.decode().partition("<table")[2].partition("</table>")[0]


def test_page_speaks_english(cast, sam):
    cast.sam.language = "en"
    cast.sam.save()
    sam.cookies["django_language"] = "en"

    assert "New export" in sam.get(HERE).content.decode()
