"""Inviting somebody, from the settings and from a client's file: the form, those who are yet to answer."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from agency import alphabet
from agency.doors import office_page
from agency.models import Role
from clients import access, invitations
from clients.models import Client, Invitation
from clients.refusal import Refused

from . import labels
from .attempts import attempt

MOST = 200


def send(principal: access.Principal, given: QueryDict) -> Invitation:
    """Raises Refused, Conflict."""
    return invitations.invite(
        principal=principal, email=given.get("email", ""), role=given.get("role", ""),
        clients=served(principal, given.get("role", ""), given.getlist("clients")),
    )  # fmt: skip


def sent(given: QueryDict) -> str:
    return _("The invitation to %(email)s is on its way.") % {"email": given.get("email", "").strip()}


def choices(principal: access.Principal, *, every: bool = False) -> dict:
    """The roles that may be given away (all, for a change by an owner) and the clients."""
    roles = Role.values if every else invitations.roles(principal)
    return {
        "roles": [(role, f"{labels.ROLES[role]} – {labels.ROLE_HINTS[role]}") for role in roles],
        "clients": list(access.clients(principal).order_by(*alphabet.by("name")).values_list("slug", "name")),
    }


def served(principal: access.Principal, role: str, ticked: Iterable[str]) -> list[Client]:
    """The clients that were ticked; none for an owner, who serves all. Raises Refused."""
    slugs = set(ticked) if role != Role.OWNER else set()
    found = list(access.clients(principal).filter(slug__in=slugs))
    if len(found) < len(slugs):
        raise Refused("clients", "must be one of those shown")
    return found


def listed(principal: access.Principal, client: Client | None = None) -> list[dict]:
    """Who has not answered yet, the newest first; only those for the client, if one is named."""
    found = invitations.visible(principal).order_by("-id")
    if client:
        found = found.filter(client_ids__contains=[client.id])
    names, now = dict(access.clients(principal).values_list("id", "name")), timezone.now()
    return [
        {
            "row": row, "role": labels.ROLES[row.role], "over": row.expires_at <= now,
            "failed": bool(row.mail and row.mail.mail_state == "failed"),
            "clients": sorted((names[id] for id in row.client_ids if id in names), key=alphabet.key),
        }
        for row in found[:MOST]
    ]  # fmt: skip


@require_POST
@office_page
def resend(request: HttpRequest, principal: access.Principal, id: int) -> HttpResponse:
    trouble = attempt(lambda: invitations.resend(principal=principal, id=id))
    if trouble:
        messages.error(request, trouble.whole)
    else:
        messages.success(request, _("A new link is on its way; the earlier one stopped working."))
    return redirect("settings")


@require_POST
@office_page
def revoke(request: HttpRequest, principal: access.Principal, id: int) -> HttpResponse:
    invitations.revoke(principal=principal, id=id)
    messages.success(request, _("The invitation was taken back; its link stopped working."))
    return redirect("settings")
