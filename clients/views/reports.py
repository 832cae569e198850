"""The released reports: in the portal, and by a link without an account."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from agency import alphabet
from agency.views.reports import answered
from clients import access
from feedback.models import Report
from feedback.report import monthly, told

from .frame import Visit, portal

SHOWN = 36


@require_safe
@portal
def reports(visit: Visit) -> HttpResponse:
    rows = Report.objects.filter(client__in=visit.ids, released_at__isnull=False).select_related("client")
    rows = rows.order_by("-month", *alphabet.by("client__name"))[:SHOWN]
    found = [(row, told.month(row.document), _first(row)) for row in rows]
    return visit.shown("reports", rows=found)


def _first(row: Report) -> str:
    """The first sentence of the month."""
    return next(iter(told.sections(row.document)[0].said), "")


@require_safe
@portal
def report(visit: Visit, id: int) -> HttpResponse:
    found = _released(visit, id)
    return visit.shown("report", **shown(found))


@require_safe
@portal
def file(visit: Visit, id: int, form: str) -> HttpResponse:
    return answered(_released(visit, id), form, visit.request.GET.get("language", ""))


def shown(found: Report) -> dict:
    """What a page of it needs."""
    return {
        "report": found, "month": told.month(found.document), "sections": told.sections(found.document),
        "zone": found.document["zone"],
    }  # fmt: skip


def _released(visit: Visit, id: int) -> Report:
    rows = Report.objects.filter(client__in=visit.ids, released_at__isnull=False, id=id)
    found = rows.select_related("client__agency", "releaser").first()
    if found is None:
        raise access.NotFound(f"There is no report '{id}'.")
    return found


@never_cache
@require_safe
def by_link(request: HttpRequest, key: str) -> HttpResponse:
    """For whoever holds the link, for as long as it lasts."""
    answer = render(request, "report/link.html", shown(monthly.enter(key)) | {"key": key, "title": _("Report")})
    return _quiet(answer)


@never_cache
@require_safe
def file_by_link(request: HttpRequest, key: str, form: str) -> HttpResponse:
    return _quiet(answered(monthly.enter(key), form, request.GET.get("language", "")))


def _quiet(answer: HttpResponse) -> HttpResponse:
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex"
    return answer
