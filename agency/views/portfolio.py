"""All clients by risk and by what they pay for an hour, with the reason in words."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from agency.doors import office_page
from clients import access
from feedback import portfolio as domain

SORTS = ("risk", "profit")


@require_safe
@office_page
def portfolio(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    """`?sort=profit`: the least margin first."""
    principal.need("clients:write")
    now = timezone.now()
    found = domain.rows(principal.client_ids, now)
    sort = request.GET.get("sort", "") if request.GET.get("sort") in SORTS else SORTS[0]
    if sort == "profit":
        found.sort(key=lambda row: (row.before.margin is None, row.before.margin or 0))
    rows = [{"row": row, "reasons": [_told(one, row) for one in row.reasons]} for row in found]
    money = [row.before for row in found if row.before.margin is not None]
    told = {
        "screen": "portfolio",
        "rows": rows,
        "sort": sort,
        "risky": sum(row.risk >= 40 for row in found),
        "fee": sum(row.before.fee for row in found),
        "margin": sum(month.margin for month in money) if money else None,
        "minutes": sum(row.before.minutes for row in found),
    }
    return render(request, "screens/portfolio.html", told)


def _told(reason: domain.Reason, row: domain.Row) -> dict:
    """A reason in words, how bad it is, and where it can be seen to."""
    slug, n, about = row.client.slug, reason.n, reason.about
    inbox = f"{reverse('inbox')}?client={slug}&sla=breached"
    texts = {
        "complaint": (ngettext("%(n)s complaint is overdue", "%(n)s complaints are overdue", n), "bad", inbox),
        "overdue": (ngettext("%(n)s answer is overdue", "%(n)s answers are overdue", n), "bad", inbox),
        "broken": (_("%(about)s has to be connected again"), "bad", reverse("client-channels", args=[slug])),
        "expiring": (_("The access to %(about)s expires soon"), "warn", reverse("client-channels", args=[slug])),
        "silent": (_("%(about)s is silent"), "bad", f"{reverse('plan')}?client={slug}"),
        "approval": (ngettext("%(n)s approval is late", "%(n)s approvals are late", n), "warn",
                     f"{reverse('approvals')}?client={slug}"),
        "over": (_("More hours than agreed: %(spent)s of %(budget)s"), "bad", reverse("client-return", args=[slug])),
        "at_risk": (_("The hours will be tight: %(ahead)s of %(budget)s expected"), "warn",
                    reverse("client-return", args=[slug])),
        "loss": (_("Cost more than it paid last month: %(margin)s €"), "bad", reverse("client-return", args=[slug])),
        "behind": (_("Goal behind: %(about)s"), "warn", reverse("client-strategy", args=[slug])),
        "missed": (_("Goal missed: %(about)s"), "bad", reverse("client-strategy", args=[slug])),
        "unsigned": (_("No signed strategy"), "", reverse("client-strategy", args=[slug])),
    }  # fmt: skip
    text, sign, to = texts[reason.kind]
    month, margin = row.month, row.before.margin
    said = {
        "n": n, "about": about, "spent": _hours(month.minutes), "budget": _hours(month.budget),
        "ahead": _hours(month.ahead), "margin": f"{(margin or 0) / 100:.0f}",
    }  # fmt: skip
    return {"text": text % said, "sign": sign, "to": to}


def _hours(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"
