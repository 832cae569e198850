"""Does it pay for this client: time and money by month, and what came of it in three layers."""

from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from campaigns.effort import budget, outcomes
from campaigns.models import Assumption, Contract, Outcome
from clients import access
from clients.models import Client
from clients.refusal import Refused

from . import labels, periods, typed
from .attempts import Trouble, attempt
from .client import CHANGES, file, show

MONTHS, SHOWN = 6, 30


@require_http_methods(["GET", "HEAD", "POST"])
@file
def returns(request: HttpRequest, principal: access.Principal, client: Client) -> HttpResponse:
    """Months, contract, outcomes and assumptions; `what` says which form was sent."""
    trouble, given, what = Trouble(), request.POST, request.POST.get("what", "")
    if request.method == "POST":
        principal.need("metrics:write" if what == "outcome" else CHANGES)
        acts = {"contract": _agree, "outcome": _declare, "assumption": _assume}
        trouble = attempt(lambda: acts.get(what, _nothing)(principal, client, given))
        if not trouble:
            messages.success(request, _("Saved."))
            return redirect("client-return", client.slug)
    now, agreed = timezone.now(), budget.agreed_of([client.id])
    zone = agreed[client.id].hours["zone"]
    today = now.astimezone(ZoneInfo(zone)).date()
    months = periods.months(today, MONTHS)
    low = months[-1]
    assumptions = sorted(Assumption.objects.filter(client=client), key=lambda row: row.kind)
    assumptions.sort(key=lambda row: row.since, reverse=True)
    found = outcomes.returns([client.id], low, today, "month_and_campaign", assumptions)
    by_month, by_campaign = _apart(found, 0), _apart(found, 1)
    steers = CHANGES in principal.rights
    costs = budget.months([client], months, now, agreed) if steers else {}
    told = {
        "zone": zone,
        "trouble": trouble,
        "what": what,
        "given": given,
        "today": today,
        "low": low,
        "months": [
            {
                "month": month,
                "cost": costs.get((client.id, month)),
                "back": by_month.get(f"{month:%Y-%m}", outcomes.nothing()),
                "over": periods.following(month) <= today,
            }
            for month in months
        ],
        "layers": layers(outcomes.together(found.values())),
        "campaigns": [
            {"name": key or _("Without a campaign"), "layers": layers(row), "visits": row.visits}
            for key, row in by_campaign.items()
        ],
        "contract": given if what == "contract" else _stored(agreed[client.id].contract),
        "steps": [(step, _step(step)) for step in budget.STEPS],
        "kinds": labels.OUTCOMES.items(),
        "worths": (labels.OUTCOMES | {outcomes.VISIT: labels.VISIT}).items(),
        "rows": [_row(row) for row in _outcomes(client)],
        "assumptions": [
            (labels.OUTCOMES.get(row.kind, labels.VISIT), row)
            for row in assumptions[:SHOWN]
        ],
        "steers": steers,
        "may_tell": "metrics:write" in principal.rights,
    }
    return show(request, client, "return", told, status=trouble.status)


def _apart(found: dict, part: int) -> dict[str, outcomes.Return]:
    """By month (0) or campaign (1)."""
    keys = {key: key.split(" ")[part] for _id, key in found}
    return {
        one: outcomes.together(row for (_id, key), row in found.items() if keys[key] == one)
        for one in sorted(set(keys.values()))
    }


def layers(found: outcomes.Return) -> list[dict]:
    """The three layers one below the other, each with its kinds in words; they are not added up."""
    return [
        {
            "layer": name,
            "name": labels.LAYERS[name],
            "hint": labels.LAYER_HINTS[name],
            "counts": [(labels.OUTCOMES.get(kind, labels.VISIT), n) for kind, n in getattr(found, name).counts.items()],
            "cents": getattr(found, name).cents,
            "without": getattr(found, name).without_value,
        }
        for name in ("measured", "declared", "assumed")
    ]


def _outcomes(client: Client):
    rows = Outcome.objects.filter(client=client).select_related("campaign", "reporter")
    return rows.order_by("-day", "-id")[:SHOWN]


def _row(row: Outcome) -> dict:
    return {"row": row, "kind": labels.OUTCOMES[row.kind], "layer": labels.LAYERS[row.layer]}


def _stored(row: Contract) -> dict:
    return {
        "fee": _euros(row.fee_cents), "hours": f"{row.minutes / 60:g}" if row.minutes else "",
        "hour": "" if row.hour_cents is None else _euros(row.hour_cents), "step": row.step,
    }  # fmt: skip


def _step(step: int) -> str:
    return _("as it is") if step == 0 else _("in steps of %(step)s minutes") % {"step": step}


def _euros(cents: int) -> str:
    return f"{cents / 100:.2f}".replace(".", ",")


def _nothing(principal, client, given) -> None:
    raise Refused("", "must be one of the forms")


def _agree(principal: access.Principal, client: Client, given: QueryDict) -> None:
    hours = typed.cents(given.get("hours", ""), "hours")
    step = given.get("step", "0")
    budget.agree(
        client=client, actor=principal.user, fee_cents=typed.cents(given.get("fee", ""), "fee"),
        minutes=round(hours * 60 / 100), hour_cents=typed.cents(given.get("hour", ""), "hour", needed=False),
        step=int(step) if step.isascii() and step.isdigit() and len(step) < 4 else -1,
    )  # fmt: skip


def _declare(principal: access.Principal, client: Client, given: QueryDict) -> None:
    outcomes.declare(client=client, actor=principal.user, source="office", **typed.outcome(given))


def _assume(principal: access.Principal, client: Client, given: QueryDict) -> None:
    outcomes.assume(
        client=client, actor=principal.user, kind=given.get("kind", ""),
        cents=typed.cents(given.get("euros", ""), "euros"), reason=given.get("reason", ""),
        since=typed.day(given, "since"),
    )  # fmt: skip


@require_POST
@file
def months(request: HttpRequest, principal: access.Principal, client: Client) -> HttpResponse:
    """Settle a month, or open it again for a reason."""
    principal.need(CHANGES)
    given, now = request.POST, timezone.now()

    def act() -> None:
        month = periods.month(given.get("month", ""), now.date())
        if given.get("act") == "unlock":
            budget.unlock(client=client, month=month, actor=principal.user, reason=given.get("reason", ""))
        else:
            budget.lock(client=client, month=month, actor=principal.user, now=now)

    trouble = attempt(act)
    if trouble:
        messages.error(request, next(iter(trouble.fields.values()), trouble.whole))
    else:
        messages.success(request, _("Saved."))
    return redirect("client-return", client.slug)


@require_POST
@file
def void(request: HttpRequest, principal: access.Principal, client: Client, id: int) -> HttpResponse:
    principal.need("metrics:write")
    row = Outcome.objects.filter(client=client, id=id).select_related("client").first()
    if row is None:
        raise access.NotFound(f"There is no outcome '{id}'.")
    outcomes.void(row, actor=principal.user)
    messages.success(request, _("It counts no more."))
    return redirect("client-return", client.slug)
