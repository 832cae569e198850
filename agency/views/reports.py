"""The monthly reports in the dashboard: drafts, the manager's comment, the release, and every figure's rows."""

from datetime import date
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from agency import alphabet
from agency.doors import office_page
from clients import access
from feedback.models import Report
from feedback.report import compose, monthly, told
from feedback.report import rows as opened

from . import edits, periods, sheets
from .attempts import Trouble, attempt
from .lists import keyset

READS, WRITES, RELEASES = "metrics:read", "metrics:write", "clients:write"
MONTHS = 12
DONE = {
    "comment": gettext_lazy("Saved."),
    "compose": gettext_lazy("The report was composed anew."),
    "release": gettext_lazy("Released: the client can read the report in the portal now."),
    "unlink": gettext_lazy("Nobody can open the links of this report any more."),
}


@require_http_methods(["GET", "HEAD", "POST"])
@office_page
def reports(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    """All reports, the newest month first; a POST drafts one."""
    principal.need(READS)
    trouble = Trouble()
    if request.method == "POST":
        principal.need(WRITES)
        client = access.client(principal, request.POST.get("client", ""))
        made = []
        trouble = attempt(
            lambda: made.append(
                monthly.draft(
                    client=client, month=periods.first_of(request.POST.get("month", "")), actor=principal.user
                )
            )
        )
        if not trouble:
            return redirect("report", client.slug, made[0].id)
    slug = request.GET.get("client", "")
    rows = Report.objects.filter(client__in=principal.client_ids).select_related("client").defer("document")
    found = keyset(request, rows.filter(client=access.client(principal, slug)) if slug else rows, "-month")
    today = timezone.now().astimezone(ZoneInfo(principal.agency.calendar["zone"])).date()
    told_ = {
        "screen": "reports",
        "list": found,
        "clients": list(access.clients(principal).order_by(*alphabet.by("name")).values_list("slug", "name")),
        "months": [(f"{one:%Y-%m}", told.month({"low": one.isoformat()})) for one in periods.months(today, MONTHS)[1:]],
        "slug": slug,
        "may_write": WRITES in principal.rights,
        "trouble": trouble,
    }
    return render(request, "screens/reports.html", told_, status=trouble.status)


def the_report(principal: access.Principal, slug: str, id: int) -> Report:
    """Raises access.NotFound, in the same words for absent and foreign ones."""
    client = access.client(principal, slug)
    found = Report.objects.filter(client=client, id=id).select_related("client__agency", "releaser").first()
    if found is None:
        raise access.NotFound(f"The client '{client.slug}' has no report {id}.")
    return found


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@office_page
def report(request: HttpRequest, principal: access.Principal, client: str, id: int) -> HttpResponse:
    """One report as a page; a POST comments, composes anew, releases, or makes a link."""
    principal.need(READS)
    found, trouble, key = the_report(principal, client, id), Trouble(), []
    edit = edits.begin(
        request, ("reports", id), {"comment": _("Comment")},
        lambda: {"comment": the_report(principal, client, id).comment},
        lambda given: {"comment": given.get("comment", found.comment)}, of=(found.client, "report", id),
    )  # fmt: skip
    if request.method == "POST":
        act = request.POST.get("act", "comment")
        principal.need(RELEASES if act in ("release", "link", "unlink") else WRITES)
        trouble = edit.save(lambda: key.append(_act(principal, found, act, edit.values["comment"])))
        if not trouble and not any(key):
            messages.success(request, DONE.get(act, DONE["comment"]))
            return redirect("report", client, id)
        found = the_report(principal, client, id)
    shown = {
        "screen": "reports",
        "report": found,
        "month": told.month(found.document),
        "sections": told.sections(found.document),
        "comment": edit.values["comment"],
        "edit": edit,
        "trouble": trouble,
        "link": request.build_absolute_uri(f"/report/{key[0]}/") if any(key) else "",
        "may_write": WRITES in principal.rights and not found.released_at,
        "may_release": RELEASES in principal.rights,
        "over": compose.last_day(found.month) < timezone.now().astimezone(ZoneInfo(found.document["zone"])).date(),
        "zone": found.document["zone"],
    }
    return render(request, "screens/report.html", shown, status=trouble.status)


def _act(principal: access.Principal, found: Report, act: str, comment: str) -> str:
    """What the button says; the key of a new link, else ''."""
    user = principal.user
    if act == "release":
        monthly.comment(found, text=comment, actor=user)
        monthly.release(found, actor=user)
    elif act == "compose":
        monthly.draft(client=found.client, month=found.month, actor=user)
    elif act == "link":
        return monthly.link(found, actor=user)
    elif act == "unlink":
        monthly.close_links(found, actor=user)
    else:
        monthly.comment(found, text=comment, actor=user)
    return ""


@require_safe
@office_page
def rows(request: HttpRequest, principal: access.Principal, client: str, id: int, key: str) -> HttpResponse:
    """The rows that a figure comes from, as they are today."""
    principal.need(READS)
    found = the_report(principal, client, id)
    asked = _asked(key, request.GET)
    table = opened.rows(found.client, found.month, asked, timezone.now())
    if table is None:
        raise access.NotFound(f"There is no figure '{key}'.")
    names = {"talk": "conversation", "post": "plan-post"}
    lines = [
        (row, (names[to[0]], to[1]) if to else None) for row, to in zip(table.rows, table.links, strict=True)
    ]  # fmt: skip
    return render(
        request, "screens/report_rows.html",
        {"screen": "reports", "report": found, "table": table, "lines": lines, "month": told.month(found.document),
         "zone": found.document["zone"], "asked": asked, "part": told.WORDS.get(asked.of, asked.of),
         "words": told.WORDS, "most": opened.MOST},
    )  # fmt: skip


def _asked(key: str, given) -> opened.Asked:
    """Raises access.NotFound where the day is none."""
    try:
        day = date.fromisoformat(given["day"]) if given.get("day") else None
    except ValueError as error:
        raise access.NotFound("There is no such day.") from error
    return opened.Asked(key, given.get("of", "").replace("\0", ""), given.get("before") == "1", day)


@require_safe
@office_page
def file(request: HttpRequest, principal: access.Principal, client: str, id: int, form: str) -> HttpResponse:
    """The report as PDF (`?language=`), or its figures as a workbook."""
    principal.need(READS)
    return answered(the_report(principal, client, id), form, request.GET.get("language", ""))


def answered(found: Report, form: str, language: str) -> HttpResponse:
    """Raises access.NotFound for another form."""
    name = f"report-{found.client.slug}-{found.month:%Y-%m}"
    if form == "pdf":
        language = language if language in monthly.LANGUAGES else (get_language() or "de")[:2]
        answer = HttpResponse(monthly.file(found, language), content_type="application/pdf")
        answer["Content-Disposition"] = f'inline; filename="{name}.pdf"'
        return answer
    return sheets.answer(tables(found), form, name)


def tables(found: Report) -> list[sheets.Table]:
    """Every figure of the report as tables."""
    made = []
    for section in told.sections(found.document):
        if section.tiles:
            rows = [(tile.name, _cell(tile.now), _cell(tile.before)) for tile in section.tiles]
            columns = [(_("Figure"), "text"), (_("Value"), "each"), (_("Before"), "each")]
            made.append(sheets.Table(section.title, columns, rows))
        for table in section.tables:
            columns = [(name, "each") for name in table.columns]
            made.append(sheets.Table(table.title, columns, [[_cell(one) for one in row] for row in table.rows]))
    days = found.document["days"]
    columns = [(_("Day"), "text"), (_("Reach"), "number"), (_("Messages"), "number")]
    made.append(
        sheets.Table(_("By day"), columns, [(told.day(one["day"]), one["reach"], one["received"]) for one in days])
    )
    return made


def _cell(one) -> tuple:
    """As a value with its unit."""
    return (one.value, one.unit) if isinstance(one, told.Figure) else (None if one is None else str(one), "text")
