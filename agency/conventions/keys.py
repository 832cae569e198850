"""`Idempotency-Key`: a POST that is sent twice has one effect, and the second one gets the answer of the first.

What is refused has no effect and is not kept: its key is free for another try.
"""

import re
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions

from agency.conventions import limits
from clients import answers
from clients.access import Principal
from clients.answers import Answer
from clients.refusal import Refused

HEADER, REPLAYED = "Idempotency-Key", "Idempotency-Replayed"
LEGAL = re.compile(r"[\x21-\x7e]{1,255}")
KEPT_HEADERS = ("Content-Type", "Location", "ETag", "Content-Disposition")
BOUNDARY = re.compile(rb"boundary=\"?([^\";]+)")


class InFlight(exceptions.APIException):
    status_code, default_code, wait = 409, "idempotency_in_flight", 1
    default_detail = _("A request with this Idempotency-Key is being worked on; ask again in a moment.")


class Reused(exceptions.APIException):
    status_code, default_code = 422, "idempotency_key_reused"
    default_detail = _("This Idempotency-Key was used for another request; take a new one for each.")


@dataclass(frozen=True)
class Keyed:
    """A request that is worked on under its key."""

    asker: str
    key: str
    fingerprint: str
    client_ids: frozenset[int]

    def keep(self, response: HttpResponse) -> None:
        headers = {name: response[name] for name in KEPT_HEADERS if name in response}
        answer = Answer(response.status_code, headers, response.content)
        answers.keep(self.asker, self.key, self.fingerprint, answer, self.client_ids)


def begin(request: HttpRequest, principal: Principal) -> tuple[Keyed | None, HttpResponse | None]:
    """The work to be kept, or the answer that was kept; neither without a key. Raises InFlight, Reused, Refused."""
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is None or request.method != "POST":
        return None, None
    if not LEGAL.fullmatch(key):
        raise Refused(HEADER, "must have 1 to 255 visible ASCII characters, no spaces")
    asker = limits.asker(principal)
    keyed = Keyed(asker, key, _fingerprint(request), principal.client_ids)
    if not answers.claim(asker, key):
        raise InFlight
    row = answers.find(asker, key)
    if row is None:
        return keyed, None
    if row.fingerprint != keyed.fingerprint:
        raise Reused
    kept = answers.read(row, key)
    return None, HttpResponse(kept.body, status=kept.status, headers=kept.headers | {REPLAYED: "true"})


def _fingerprint(request: HttpRequest) -> str:
    """Of method, address and body; the boundary of a form is no part of it, as each try makes up its own."""
    kind, body = request.META.get("CONTENT_TYPE", "").encode("utf-8", "replace"), request.body
    if found := BOUNDARY.search(kind):
        kind, body = kind.replace(found[1], b""), body.replace(found[1], b"")
    return answers.fingerprint(request.method.encode(), request.get_full_path().encode(), kind, body)
