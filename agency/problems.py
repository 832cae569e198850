"""Every answer that is not a success is one RFC 9457 problem document, naming the field and the fix."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus

import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.defaults import bad_request, page_not_found, permission_denied
from rest_framework import exceptions
from rest_framework.views import set_rollback

from agency import strictjson
from agency.conventions.languages import DEFAULT, language_of
from agency.tokens import UnknownScopes
from clients import access, hours
from clients.refusal import Conflict, Refused

CONTENT_TYPE = "application/problem+json"
MOST_ERRORS = 100
RETRY_SECONDS = "2"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Problem:
    """`errors` lists (field, message, code); a field is a path such as `week.mon[0]`, '' for the whole body.

    `detail` '' is told from the errors. Texts are English; in another language they are told where it has them.
    """

    status: int
    code: str
    detail: str | Promise
    errors: tuple[tuple[str, str, str], ...] = ()
    headers: dict[str, str] = field(default_factory=dict)

    def body(self, language: str = DEFAULT) -> dict:
        with translation.override(language):
            about = {"type": "about:blank", "title": _title(self.status), "status": self.status}
            told = [(name, _translated(text), code) for name, text, code in self.errors[:MOST_ERRORS]]
            detail = _translated(self.detail) or self._first(told)
        errors = [{"field": name, "code": code, "detail": text} for name, text, code in told]
        return about | {"code": self.code, "detail": detail, "errors": errors, "request_id": _request_id()}

    def _first(self, told: list[tuple[str, str, str]]) -> str:
        if not told:
            return gettext("The input is not valid.")
        name, text, _code = told[0]
        more = gettext(" (%(number)s more)") % {"number": len(self.errors) - 1} if len(self.errors) > 1 else ""
        return f"{name}: {text}{more}" if name else f"{text}{more}"

    def response(self, language: str = DEFAULT) -> HttpResponse:
        body = json.dumps(self.body(language))
        headers = self.headers | {"Content-Language": language}
        response = HttpResponse(body, status=self.status, content_type=CONTENT_TYPE, headers=headers)
        patch_vary_headers(response, ["Accept-Language"])
        return response


def _translated(text: str | Promise) -> str:
    return gettext(text) if text else ""


def translate(error: Exception) -> Problem | None:
    """The problem that an exception stands for; None for those nobody expected."""
    for kinds, told in _TRANSLATIONS:
        if isinstance(error, kinds):
            return told(error)
    return None


def handle(error: Exception, context: dict) -> HttpResponse | None:
    """DRF's exception handler; what was written so far in this request is undone."""
    problem = translate(error)
    if problem is None:
        return None
    set_rollback()
    _note(problem, error)
    return problem.response(language_of(context["request"]))


class ProblemMiddleware:
    """Gives the errors of Django itself the same form under /api/ and /hooks/, and each answer its request id."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if speaks_json(request):
            response = _retold(request, response)
        response["X-Request-ID"] = _request_id()
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        problem = translate(error)
        if not speaks_json(request):
            return _page(request, error, problem)
        problem = problem or _of_status(500)
        _note(problem, error)
        return problem.response(language_of(request))


def speaks_json(request: HttpRequest) -> bool:
    return request.path_info.startswith(("/api/", "/hooks/"))


def _retold(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    lost = response.status_code == 301 and request.method not in ("GET", "HEAD")
    status = 404 if lost else response.status_code
    if status < 400 or response.headers.get("Content-Type", "").startswith(CONTENT_TYPE):
        return response
    problem = Problem(404, "not_found", _("Addresses end with a slash.")) if lost else _of_status(status)
    retold = problem.response(language_of(request))
    for name in ("Allow", "Retry-After", "WWW-Authenticate"):
        if name in response.headers:
            retold[name] = response.headers[name]
    return retold


def _page(request: HttpRequest, error: Exception, problem: Problem | None) -> HttpResponse | None:
    """The same for people: a page. None leaves it to Django."""
    if isinstance(error, access.NotFound):
        return page_not_found(request, error)
    if isinstance(error, access.Forbidden):
        return permission_denied(request, error)
    if isinstance(error, Refused):
        return bad_request(request, error)
    if problem is None or problem.status != 503:
        return None
    _note(problem, error)
    return HttpResponse(render_to_string("503.html"), status=503, headers=problem.headers)


def _note(problem: Problem, error: Exception) -> None:
    if problem.status >= 500:
        _log.error("request_failed", code=problem.status, exc_info=error)


def _request_id() -> str:
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def _invalid(errors) -> Problem:
    told = tuple((error[0], error[1], error[2] if len(error) > 2 else "invalid") for error in errors)
    return Problem(400, "invalid", "", told)


def _flat(detail, at: str = "") -> Iterator[tuple[str, str, str]]:
    """DRF's nested errors as (field, message, code)."""
    if isinstance(detail, dict):
        for key, inner in detail.items():
            yield from _flat(inner, at if key == "non_field_errors" else strictjson.path(at, key))
    elif isinstance(detail, list):
        for place, inner in enumerate(detail):
            yield from _flat(inner, at if isinstance(inner, str) else strictjson.path(at, place))
    else:
        yield at, str(detail), getattr(detail, "code", "invalid")


def _of_api(error: exceptions.APIException) -> Problem:
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header
    if getattr(error, "wait", None):
        headers["Retry-After"] = str(int(error.wait) + 1)
    code = error.get_codes() if isinstance(error.get_codes(), str) else error.default_code
    detail = _OF_STATUS[error.status_code][1] if error.status_code in _RETOLD else str(error.detail)
    return Problem(error.status_code, code, detail, headers=headers)


def _of_unreadable(error: strictjson.Unreadable) -> Problem:
    told = tuple((name, text, "unreadable") for name, text in error.errors)
    return Problem(400, "unreadable", str(error), told)


def _of_database(error: DataError | IntegrityError) -> Problem | None:
    """By PostgreSQL's code: values may be at fault; other codes, such as a missing scope, are faults of ours."""
    state = getattr(error.__cause__, "pgcode", "") or ""
    known = {
        "23505": Problem(409, "already_exists", "Something with these values is already there."),
        "23503": Problem(409, "conflict", "This refers to something that is not there, or is still referred to."),
        "23514": Problem(400, "invalid", "The values contradict each other."),
    }
    return _out_of_range() if state in ("22001", "22003", "22008") else known.get(state)


def _out_of_range() -> Problem:
    return Problem(400, "out_of_range", "A value is out of range.")


_TITLES = {
    400: _("Bad Request"),
    401: _("Unauthorized"),
    403: _("Forbidden"),
    404: _("Not Found"),
    405: _("Method Not Allowed"),
    406: _("Not Acceptable"),
    409: _("Conflict"),
    412: _("Precondition Failed"),
    413: _("Content Too Large"),
    415: _("Unsupported Media Type"),
    422: _("Unprocessable Content"),
    428: _("Precondition Required"),
    429: _("Too Many Requests"),
    500: _("Internal Server Error"),
    503: _("Service Unavailable"),
}
_OF_STATUS = {
    400: ("bad_request", _("The request is not valid.")),
    401: ("not_authenticated", _("Send a token: Authorization: Bearer rsz_…")),
    403: ("permission_denied", _("This is not allowed.")),
    404: ("not_found", _("There is nothing at this address.")),
    405: ("method_not_allowed", _("This address doesn't know the method.")),
    406: ("not_acceptable", _("There is no answer of the kind that Accept asks for; application/json is one.")),
    413: ("too_large", f"The body is larger than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE} bytes."),
    415: ("unsupported_media_type", _("This address doesn't read bodies of this kind; application/json is one.")),
    429: ("throttled", _("Too many requests; ask again after the seconds that Retry-After names.")),
    500: ("internal_error", _("Something went wrong on our side; it is logged under this request id.")),
    503: ("unavailable", _("The database is away or busy; please try again.")),
}
_RETOLD = (405, 406, 415, 429)  # the framework's own words have no fixed text to translate


def _title(status: int) -> str:
    return str(_TITLES.get(status) or HTTPStatus(status).phrase)


def _of_status(status: int, **more) -> Problem:
    code, detail = _OF_STATUS.get(status, ("error", _title(status)))
    return Problem(status, code, detail, **more)


_TRANSLATIONS = (
    (access.NotFound, lambda error: Problem(404, "not_found", str(error))),
    (access.Forbidden, lambda error: Problem(403, "permission_denied", str(error))),
    ((Refused, hours.Invalid), lambda error: _invalid(error.errors)),
    (Conflict, lambda error: Problem(409, error.code, str(error))),
    (hours.HorizonError, lambda error: Problem(400, "beyond_horizon", str(error))),
    (UnknownScopes, lambda error: _invalid([("scopes", str(error))])),
    (strictjson.Unreadable, _of_unreadable),
    (exceptions.ValidationError, lambda error: _invalid(_flat(error.detail))),
    ((Http404, exceptions.NotFound), lambda error: _of_status(404)),
    (PermissionDenied, lambda error: _of_status(403)),
    (exceptions.APIException, _of_api),
    (RequestDataTooBig, lambda error: _of_status(413)),
    ((SuspiciousOperation, UnreadablePostError), lambda error: _of_status(400)),
    ((DataError, IntegrityError), _of_database),
    (OverflowError, lambda error: _out_of_range()),
    ((OperationalError, InterfaceError), lambda error: _of_status(503, headers={"Retry-After": RETRY_SECONDS})),
)
