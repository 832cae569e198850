"""Days and numbers in the form of the reader's language."""

from datetime import UTC, datetime

import pytest
from django.utils import formats, translation

from agency.templatetags import show

MOMENT = datetime(2026, 12, 1, 7, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "form", "told"),
    [
        ("de", "brief", "1.12."),
        ("en", "brief", "1 Dec"),
        ("de", "weekday_long", "Dienstag, 1. Dezember 2026"),
        ("en", "weekday_long", "Tuesday, 1 December 2026"),
        ("de", "weekday_time", "Di 01.12.2026, 07:05"),
        ("en", "weekday_time", "Tue 1 Dec 2026, 07:05"),
    ],
)
def test_days_are_told_in_the_form_of_the_language(language, form, told):
    with translation.override(language):
        assert show.day(show.local(MOMENT, "UTC"), form) == told


def test_english_puts_the_day_first_and_counts_24_hours():
    with translation.override("en"):
        found = [formats.date_format(MOMENT, form) for form in ("SHORT_DATE_FORMAT", "SHORT_DATETIME_FORMAT")]

    assert found == ["1 Dec 2026", "1 Dec 2026, 07:05"]


def test_nothing_is_told_of_no_day():
    assert show.day(None, "brief") == ""
