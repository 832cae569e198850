"""Decides which country's holidays close a calendar, and builds the opening hours of a stored document."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache, lru_cache, partial
from types import MappingProxyType

import holidays
from holidays import HolidayBase

from clients.hours import Hours, Invalid, Spec, parse, shown

WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
MOST_SHOWN = 30


def clean(document: object) -> dict:
    """The document in the normal form that is stored; Invalid with all that is wrong with it."""
    spec = parse(document)
    _check(spec)
    return spec.document()


def build(document: dict) -> Hours:
    """The opening hours of a document. Equal documents share one object and its tables."""
    return _hours(_spec(document))


def days(document: dict, low: date, high: date, language: str = "") -> Sequence[tuple[date, str, bool]]:
    """Each day from `low` to `high`: the holiday that it is ('' for none), and whether the business is closed.

    Holidays are named in `language` (de, en), or as in their country where they have no such names.
    """
    return _days(_spec(document), low, high, language)


@lru_cache(maxsize=500)
def _days(spec: Spec, low: date, high: date, language: str) -> Sequence[tuple[date, str, bool]]:
    return tuple(_each_day(spec, low, high, language))


def _each_day(spec: Spec, low: date, high: date, language: str) -> Iterator[tuple[date, str, bool]]:
    closed, opened = set(spec.closed), dict(spec.opened)
    for number in range((high - low).days + 1):
        day = low + timedelta(days=number)
        name = _names(spec.country, spec.subdivision, frozenset(spec.categories), day.year, language).get(day, "")
        shut = day in closed or bool(name) or not spec.week[day.weekday()]
        yield day, name, shut and day not in opened


def _spec(document: dict) -> Spec:
    """What a stored document says; most clients have the same hours, and a page shows many clients."""
    return _read(json.dumps(document, sort_keys=True))


@lru_cache(maxsize=2_000)
def _read(text: str) -> Spec:
    return parse(json.loads(text))


def countries() -> list[str]:
    """The codes of all countries whose holidays are known, sorted."""
    return sorted(_countries())


def regions(country: str | None) -> tuple[dict[str, str], list[str]]:
    """The parts of a country (code to name in its language) and its kinds of holidays; empty for an unknown one."""
    if country not in _countries():
        return {}, []
    known = _known(country)
    names: dict[str, str] = {}
    for name, code in known.subdivisions_aliases.items():
        names.setdefault(code, name)
    parts = {code: names.get(code, code) for code in known.subdivisions}
    return dict(sorted(parts.items(), key=lambda part: part[1])), list(known.supported_categories)


def default(country: str | None = "DE", subdivision: str | None = None, zone: str = "Europe/Berlin") -> dict:
    """What a new client starts with: Monday to Friday, 9 to 17."""
    week = {day: [["09:00", "17:00"]] for day in WORKDAYS}
    return clean({"zone": zone, "country": country, "subdivision": subdivision, "week": week})


@lru_cache(maxsize=512)
def _hours(spec: Spec) -> Hours:
    _check(spec)
    holidays_of = partial(_holidays, spec.country, spec.subdivision, frozenset(spec.categories))
    return Hours(spec.zone, spec.week, frozenset(spec.closed), dict(spec.opened), holidays_of)


def _holidays(country: str | None, subdivision: str | None, categories: frozenset, year: int) -> frozenset:
    return frozenset(_names(country, subdivision, categories, year))


@lru_cache(maxsize=4096)
def _names(
    country: str | None, subdivision: str | None, categories: frozenset, year: int, language: str = ""
) -> Mapping[date, str]:
    if country is None or not _known(country).start_year <= year <= _known(country).end_year:
        return {}
    spoken = [one for one in _known(country).supported_languages if language and one.startswith(language)]
    found = holidays.country_holidays(
        country, subdivision, years=year, expand=False, categories=categories,
        language=spoken[0] if spoken else _known(country).default_language,
    )  # fmt: skip
    return MappingProxyType(dict(found))


@cache
def _countries() -> frozenset[str]:
    return frozenset(holidays.list_supported_countries(include_aliases=False))


def _known(country: str) -> type[HolidayBase]:
    return getattr(holidays, country)


def _check(spec: Spec) -> None:
    if spec.country is None:
        return
    if spec.country not in _countries():
        known = "use a two-letter ISO code such as DE, AT or CH"
        raise Invalid([("country", f"no holidays known for {shown(spec.country)}; {known}")])
    if errors := _subdivision_errors(spec) + _category_errors(spec):
        raise Invalid(errors)


def _subdivision_errors(spec: Spec) -> list[tuple[str, str]]:
    allowed = _known(spec.country).subdivisions
    if spec.subdivision is None or spec.subdivision in allowed:
        return []
    return [("subdivision", f"{spec.country} has no {shown(spec.subdivision)}; {_choice(allowed)}")]


def _category_errors(spec: Spec) -> list[tuple[str, str]]:
    allowed = _known(spec.country).supported_categories
    return [
        (f"categories[{i}]", f"{spec.country} has no {shown(name)}; {_choice(allowed)}")
        for i, name in enumerate(spec.categories) if name not in allowed
    ]


def _choice(allowed: tuple[str, ...]) -> str:
    names = list(allowed[:MOST_SHOWN]) + ["…"] * (len(allowed) > MOST_SHOWN)
    return f"allowed are {', '.join(names)}" if names else "none are known, leave it null"
