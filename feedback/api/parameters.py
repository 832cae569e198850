"""Reads the query of a list: what is asked for, which clients it is about; what can't be read is refused by name."""

import re
from collections.abc import Collection
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import cached_property
from drf_spectacular.utils import OpenApiParameter

from agency.fields import FIRST_YEAR, LAST_YEAR, moment
from clients import access
from clients.models import Calendar, Channel, Client
from clients.refusal import Refused

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
SHORTEST_SEARCH, LONGEST_SEARCH = 2, 200
CLIENTS = OpenApiParameter("client", str, many=True, description="Only these clients, by slug; may be repeated.")
CHANNEL = OpenApiParameter("channel", str, many=True, description="Only channels of this slug; may be repeated.")
DAYS = 30
FROM = OpenApiParameter("from", date, description=f"First local day; by default {DAYS} days up to `to`.")
TO = OpenApiParameter("to", date, description="Last local day, by default today.")
SEARCH = 2, 200
CLIENTS = OpenApiParameter("client", str, many=True, description="Only these clients, by slug; may be repeated.")
CHANNEL = OpenApiParameter("channel", str, many=True, description="Only channels of this slug; may be repeated.")
DAYS = 30
FROM = OpenApiParameter("from", date, description=f"First local day; by default {DAYS} days up to `to`.")
TO = OpenApiParameter("to", date, description="Last local day, by default today.")
SINCE = OpenApiParameter(
    "updated_since",
    str,
    description="Only what changed at or after this instant, in the order of change. Ask again with some overlap: "
    "what a running transaction writes appears a moment later.",
)
SEARCH = OpenApiParameter("q", str, description="Text of at least 2 characters to be found, in any case.")


class Asked:
    """Mixed into views: the instant of the request and its query, read strictly."""

    @cached_property
    def now(self) -> datetime:
        return timezone.now()

    def get_serializer_context(self):
        return super().get_serializer_context() | {"now": self.now}

    @cached_property
    def clients(self) -> list[Client]:
        """The clients named by `?client=`; empty without one. Raises access.NotFound."""
        return [access.client(self.principal, slug) for slug in self.request.query_params.getlist("client")]

    def within(self, rows: QuerySet) -> QuerySet:
        """Those of the clients asked for; a single one is compared by equality, which keeps the index order."""
        ids = self.client_ids
        if len(ids) == 1:
            return rows.filter(client_id=min(ids))
        if not hasattr(rows.model, "agency_id"):
            return rows.filter(client_id__among=ids)
        rows = rows.filter(agency_id=self.principal.agency.id)
        # Who serves all clients of the agency sees all its rows; the wall has opened for just these clients.
        return rows if self.principal.every_client and not self.clients else rows.filter(client_id__among=ids)

    @cached_property
    def client_ids(self) -> Collection[int]:
        return {client.id for client in self.clients} or self.principal.client_ids

    def channel_ids(self) -> list[int]:
        """The channels named by `?channel=`, of the clients asked for. Raises access.NotFound."""
        slugs = self.request.query_params.getlist("channel")
        known = Channel.objects.filter(client_id__among=self.client_ids, slug__in=slugs).values_list("slug", "id")
        found = list(known) if slugs else []
        for slug in slugs:
            if slug not in dict(found):
                raise access.NotFound(f"There is no channel '{slug}'.")
        return [id for _, id in found]

    def choices(self, name: str, allowed: Collection[str]) -> list[str]:
        values = self.request.query_params.getlist(name)
        if any(value not in allowed for value in values):
            raise Refused(name, f"must be one of {', '.join(allowed)}")
        return values

    def choice(self, name: str, allowed: Collection[str], default: str | None = None) -> str | None:
        return (self.choices(name, allowed) or [default])[-1]

    def flag(self, name: str) -> bool | None:
        return {"true": True, "false": False, None: None}[self.choice(name, ("true", "false"))]

    def number(self, name: str) -> int | None:
        text = self.request.query_params.get(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= 18):
            raise Refused(name, "must be a whole number")
        return int(text)

    def instant(self, name: str) -> datetime | None:
        text = self.request.query_params.get(name)
        try:
            # A plus sign that was not escaped arrives as a space.
            return None if text is None else moment(text.replace(" ", "+") if "T" in text else text)
        except ValueError as error:
            raise Refused(name, str(error)) from None

    def day(self, name: str) -> date | None:
        text = self.request.query_params.get(name)
        if text is None:
            return None
        try:
            day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
        except ValueError:
            day = None
        if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise Refused(name, f"must be a date such as 2026-03-31, in the years {FIRST_YEAR} to {LAST_YEAR}")
        return day

    def search(self) -> str | None:
        text = self.request.query_params.get("q")
        if text is not None and not SHORTEST_SEARCH <= len(text.strip()) <= LONGEST_SEARCH:
            raise Refused("q", f"must have {SHORTEST_SEARCH} to {LONGEST_SEARCH} characters")
        return text and text.strip()


class InPeriod(Asked):
    """Mixed into views about some local days of each client asked for, both ends included."""

    def slugs(self) -> dict[int, str]:
        served = self.clients or access.clients(self.principal).order_by("id")
        return {client.id: client.slug for client in served}

    def period(self, ids: list[int], days: int = DAYS) -> tuple[date, date]:
        """From `?from=` to `?to=`, by default so many days up to today. Raises Refused."""
        low, high = self.day("from"), self.day("to")
        if high is None:
            today = self.now.astimezone(self._zone(ids)).date()
            high = max(today, low or today)
        low = low or high - timedelta(days=days - 1)
        if high < low:
            raise Refused("to", "must not lie before from")
        return low, high

    def _zone(self, ids: list[int]) -> ZoneInfo:
        """That of the only client asked for, else the agency's."""
        if len(ids) != 1:
            return ZoneInfo(self.principal.agency.calendar["zone"])
        return ZoneInfo(Calendar.objects.values_list("document__zone", flat=True).get(client_id=ids[0]))


def one(name: str, allowed: Collection[str], text: str = "", *, many: bool = False) -> OpenApiParameter:
    """The description of a parameter with known values."""
    more = " May be repeated." if many else ""
    return OpenApiParameter(name, str, enum=list(allowed), many=many, description=(text + more).strip())


def entries(body: object, what: str, most: int) -> list:
    """The items of a bulk body, unread; `what` they are called. Raises Refused."""
    if not isinstance(body, dict):
        raise Refused("items", "the body must be an object with items")
    if unknown := sorted(body.keys() - {"items"}):
        raise Refused(errors=[(name, "unknown field; known is items", "unknown") for name in unknown[:20]])
    items = body.get("items")
    if not isinstance(items, list):
        raise Refused("items", f"must be a list of {what}", "required" if items is None else "invalid")
    if len(items) > most:
        raise Refused("items", f"must have at most {most:,} entries, not {len(items):,}", "too_many")
    return items
