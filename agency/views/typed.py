"""What forms say about rows, the way back, money, time and what came of it, as values."""

from datetime import date

from django.http import HttpRequest, QueryDict
from django.utils.http import url_has_allowed_host_and_scheme

from clients.refusal import Refused


def id_of(text: str) -> int | None:
    """The number of a row as a form names it; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def next_of(request: HttpRequest, default: str) -> str:
    """Where the form says to go on, unless that is another site."""
    to = request.POST.get("next", "")
    return to if url_has_allowed_host_and_scheme(to, {request.get_host()}, request.is_secure()) else default


def cents(text: str, field: str, *, needed: bool = True) -> int | None:
    """1.234,50 and 1234.5 in cents. Raises Refused."""
    plain = text.strip().replace("€", "").replace(" ", "")
    if not plain and not needed:
        return None
    plain = plain.replace(".", "").replace(",", ".") if "," in plain else plain
    try:
        value = round(float(plain or "0") * 100)
    except (ValueError, OverflowError):
        raise Refused(field, "must be an amount such as 650 or 49,90") from None
    if not 0 <= value < 10**10:
        raise Refused(field, "must be an amount such as 650 or 49,90")
    return value


def minutes(text: str) -> int:
    """1:30, 1,5 h and 90 all mean ninety minutes. Raises Refused."""
    text = text.strip().lower().replace(",", ".")
    hours, colon, rest = text.partition(":")
    try:
        if colon:
            found = int(hours or 0) * 60 + int(rest)
        elif text.endswith("h"):
            found = round(float(text.removesuffix("h")) * 60)
        else:
            found = int(text)
    except (ValueError, OverflowError):
        raise Refused("minutes", "must be a whole number of minutes, or a time such as 1:30") from None
    return found


def day(given: QueryDict, field: str) -> date:
    """A local day. Raises Refused."""
    try:
        found = date.fromisoformat(given.get(field, "")[:10])
    except ValueError:
        found = None
    if found is None or not 1990 <= found.year <= 2100:
        raise Refused(field, "must be a date")
    return found


def outcome(given: QueryDict) -> dict:
    """What somebody says came of it. Raises Refused."""
    count = given.get("count", "").strip()
    if not (count.isascii() and count.isdigit() and len(count) < 8):
        raise Refused("count", "must be a whole number")
    return {
        "kind": given.get("kind", ""), "day": day(given, "day"), "count": int(count),
        "cents": cents(given.get("euros", ""), "euros", needed=False), "note": given.get("note", "").strip(),
    }  # fmt: skip
