"""The strategy in the portal: read in plain words, signed on the phone, and how its goals go."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from campaigns.strategy import signing
from clients import access
from clients.models import Client
from clients.refusal import Conflict, Refused
from feedback import goals

from . import strategy_words
from .frame import DECIDE, Visit, portal


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@portal
def strategy(visit: Visit) -> HttpResponse:
    """What waits for a signature, else what is in force. Whoever speaks for several clients chooses by `?of=`."""
    slug = visit.request.GET.get("of") or (visit.clients[0].slug if visit.clients else "")
    client, trouble, status = access.client(visit.principal, slug), "", 200
    if visit.request.method == "POST":
        visit.principal.need(DECIDE)
        trouble, status = _decided(visit, client)
        if not trouble:
            return redirect(f"{visit.request.path}?of={client.slug}")
    force, draft = signing.in_force(client), signing.unsigned(client)
    waits = draft if draft and draft.offered_at else None
    standing = goals.standings([client.id], visit.today, visit.now) if force else []
    names = strategy_words.names(client) if force or waits else {}
    return visit.shown(
        "strategy",
        status=status,
        client=client,
        trouble=trouble,
        typed=visit.request.POST,
        waits=waits,
        offered=waits and strategy_words.told(waits.document, names),
        force=force,
        told=force and strategy_words.told(force.document, names),
        goals=strategy_words.goals(standing),
    )


def _decided(visit: Visit, client: Client) -> tuple[str, int]:
    """What was wrong in words, and its status."""
    given = visit.request.POST
    number = given.get("number", "")
    by = {"client": client, "actor": visit.principal.user}
    by["number"] = int(number) if number.isascii() and number.isdigit() and len(number) < 9 else 0
    try:
        if given.get("verdict") == "decline":
            signing.decline(**by, objection=given.get("objection", ""))
            messages.success(visit.request, _("Thank you, the agency changes the strategy."))
        else:
            signing.sign(**by, signed_as=given.get("signed_as", ""))
            messages.success(visit.request, _("Thank you, the strategy is signed and counts from now on."))
    except Refused as error:
        unsaid = error.errors[0][0] == "objection"
        return _("Please say what should be different.") if unsaid else _("Please write your name to sign."), 400
    except Conflict:
        return _("This version does not wait for your signature any more; please look again."), 409
    return "", 200
