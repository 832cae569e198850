"""Where people of a client say what came of it, and how long they were busy with it themselves."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from agency.views import labels, typed
from agency.views.attempts import Trouble, attempt
from campaigns.effort import entries, outcomes
from campaigns.models import Outcome
from clients import access
from clients.models import Client

from .frame import DECIDE, Visit, portal

SHOWN = 12


@require_http_methods(["GET", "HEAD", "POST"])
@portal
def told(visit: Visit) -> HttpResponse:
    """Two short forms: what came of it, and one's own time."""
    visit.principal.need(DECIDE)
    given, trouble = visit.request.POST, Trouble()
    slug = given.get("client") or visit.request.GET.get("of") or (visit.clients[0].slug if visit.clients else "")
    client = access.client(visit.principal, slug)
    if visit.request.method == "POST":
        act = _spent if given.get("what") == "time" else _came
        trouble = attempt(lambda: act(visit, client))
        if not trouble:
            messages.success(visit.request, _("Thank you, that is written down."))
            return redirect(f"{visit.request.path}?of={client.slug}")
    rows = Outcome.objects.filter(client=client, voided_at=None).order_by("-day", "-id")[:SHOWN]
    return visit.shown(
        "told",
        status=trouble.status,
        client=client,
        given=given,
        trouble=trouble,
        kinds=labels.OUTCOMES.items(),
        rows=[(row, labels.OUTCOMES[row.kind]) for row in rows],
    )


def _came(visit: Visit, client: Client) -> None:
    outcomes.declare(client=client, actor=visit.principal.user, source="portal", **typed.outcome(visit.request.POST))


def _spent(visit: Visit, client: Client) -> None:
    given, day = visit.request.POST, visit.today
    if given.get("day"):
        day = typed.day(given, "day")
    entries.enter(
        client=client, person=visit.principal.user, by_client=True, activity="other", day=day,
        minutes=typed.minutes(given.get("minutes", "")), note=given.get("note", "").strip(),
    )  # fmt: skip
