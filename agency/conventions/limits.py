"""How often each asker may ask the API: a token and a signed-in person by name, everybody else by address."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest
from rest_framework import exceptions

from agency import throttling
from agency.throttling import Allowance
from clients.access import Principal


def of_principal(principal: Principal) -> Allowance | None:
    """Counts the request; None where there is no limit. A token may have one of its own."""
    token = principal.token
    limit = settings.API_PER_MINUTE if token is None or token.per_minute is None else token.per_minute
    return _count(asker(principal), limit)


def of_stranger(request: HttpRequest) -> Allowance | None:
    return _count(f"address {address(request)}", settings.API_PER_MINUTE_UNKNOWN)


def check(allowance: Allowance | None) -> None:
    """Raises Throttled."""
    if allowance is not None and not allowance.admitted:
        raise exceptions.Throttled(allowance.reset)


def asker(principal: Principal) -> str:
    """Whose request it is: a token is nobody else, not even another token of its maker."""
    if principal.token is not None:
        return f"token {principal.token.id}"
    return f"user {principal.user.id} agency {principal.agency.id}"


def address(request: HttpRequest) -> str:
    """The network address of the caller; of IPv6 the network, as one house has many.

    Only our own proxy is believed: it adds whom it heard at the end of X-Forwarded-For; what stands before was sent.
    """
    heard = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:
        heard = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip() or heard
    try:
        known = ipaddress.ip_address(heard)
    except ValueError:
        return "unknown"
    if known.version == 6 and known.ipv4_mapped is None:
        return str(ipaddress.ip_network((known, 64), strict=False))
    return str(getattr(known, "ipv4_mapped", None) or known)


def _count(name: str, limit: int) -> Allowance | None:
    return throttling.count(name, limit) if limit else None
