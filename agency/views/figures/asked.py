"""What a page of figures is asked for: whose, of which days, divided by what."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from agency import shared
from campaigns.engagement import RATES
from clients import access
from clients.refusal import Refused
from feedback.overview import BASES

from .. import periods
from ..periods import Period

MONTHS = 12
MINUTES = 5  # for which figures of many clients are shared


@dataclass(frozen=True)
class Asked:
    """`clients` are all that may be chosen, `chosen` those that were; without a choice all of them.

    `now` is when the figures are told of: of many clients the last fifth minute, so that those who look at the same
    ones share them. Over hundreds of clients they take a second to add up.
    """

    view: str
    clients: tuple[access.Served, ...]
    chosen: tuple[access.Served, ...]
    today: date
    now: datetime
    zone: str
    rate: str
    basis: str
    period: Period
    first: str
    last: str
    errors: dict[str, str] = field(compare=False)

    @cached_property
    def ids(self) -> list[int]:
        return [client.id for client in self.chosen]

    @cached_property
    def names(self) -> dict[int, str]:
        return {client.id: client.name for client in self.chosen}

    @property
    def of(self) -> int:
        return len(self.clients)

    @property
    def number(self) -> int:
        return len(self.chosen)

    @property
    def everybody(self) -> bool:
        return self.number == self.of

    @property
    def ticked(self) -> frozenset[str]:
        """Slugs; of several clients none ticked means all."""
        return frozenset() if self.everybody and self.of > 1 else frozenset(client.slug for client in self.chosen)

    @property
    def many(self) -> bool:
        return self.number > 1

    @property
    def span(self) -> str:
        return _("%(from)s to %(to)s") % {"from": _day(self.period.low), "to": _day(self.period.high)}

    @property
    def span_before(self) -> str:
        low, high = self.period.before
        return _("%(from)s to %(to)s") % {"from": _day(low), "to": _day(high)}

    @property
    def choices(self) -> list[tuple[str, str]]:
        """The periods that can be chosen, with their names."""
        lengths = [(days, _("Last %(days)s days") % {"days": days}) for days in periods.LENGTHS]
        months = [
            (f"{first:%Y-%m}", formats.date_format(first, "F Y")) for first in periods.months(self.today, MONTHS)
        ]
        if self.period.choice not in dict(lengths + months) and self.period.choice != periods.FREE:
            months.append((self.period.choice, formats.date_format(self.period.low, "F Y")))
        return [*lengths, *months, (periods.FREE, _("From – to …"))]

    def summed(self, work: Callable, *values) -> Any:
        """work(ids, *values); nobody may change what it returns."""
        return shared.worked(work, tuple(self.ids), *values, while_same=self.now)

    def told(self, work: Callable, *values) -> Any:
        """The same of work(clients, *values)."""
        return shared.worked(work, self.chosen, *values, while_same=self.now)

    def query(self, **changes) -> str:
        """The same question with other values, as the query of an address."""
        asked = {"view": self.view, "period": self.period.choice, "rate": self.rate, "basis": self.basis}
        if self.period.choice == periods.FREE:
            asked |= {"from": self.first, "to": self.last}
        whose = [] if self.everybody else [("client", client.slug) for client in self.chosen]
        return urlencode([*(asked | changes).items(), *whose])

    @property
    def exported(self) -> str:
        return self.query()


def read(given: QueryDict, principal: access.Principal, views: Collection[str]) -> Asked:
    """Raises access.NotFound for a client that isn't theirs."""
    clients = tuple(access.by_name(principal))
    slugs = set(given.getlist("client"))
    chosen = tuple(client for client in clients if client.slug in slugs) if slugs else clients
    if len(chosen) < len(slugs):
        raise access.NotFound("There is no such client.")
    now, errors = shared.as_of(timezone.now(), chosen, MINUTES), {}
    zone = chosen[0].zone if len(chosen) == 1 else principal.agency.calendar["zone"]
    today = now.astimezone(ZoneInfo(zone)).date()
    first, last = given.get("from", "")[:40], given.get("to", "")[:40]
    try:
        period = periods.read(given.get("period") or periods.DEFAULT, first, last, today)
    except Refused as error:
        errors = {field: _WRONG[code]() for field, _text, code in error.errors}
        period = periods.read(periods.DEFAULT, "", "", today)
        period = Period(periods.FREE, period.low, period.high)
    return Asked(
        view=_one(given.get("view"), views),
        clients=clients,
        chosen=chosen,
        today=today,
        now=now,
        zone=zone,
        rate=_one(given.get("rate"), RATES),
        basis=_one(given.get("basis"), BASES),
        period=period,
        first=first or period.low.isoformat(),
        last=last or period.high.isoformat(),
        errors=errors,
    )


_WRONG = {
    "order": lambda: _("The end must not lie before the beginning."),
    "too_long": lambda: _("At most 366 days at once."),
    "unreadable": lambda: _("This is no date we can read."),
}


def _one(text: str | None, known: Collection[str]) -> str:
    """The word where it is known, else the first one that is."""
    return text if text in known else next(iter(known))


def _day(day: date) -> str:
    return formats.date_format(day, "SHORT_DATE_FORMAT")
