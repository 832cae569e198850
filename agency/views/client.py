"""One client's file: what it is called, and who serves it. The other tabs have modules of their own."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST

from agency import alphabet
from agency.doors import office_page
from agency.models import Membership, Role
from agency.rights import STAFF
from campaigns import posts
from clients import access, directory, invitations, people
from clients.models import Client
from clients.refusal import Refused

from . import edits, inviting, labels, typed
from .attempts import Trouble, attempt

CHANGES = "clients:write"
PROFILE = {"name": _l("Name of the business"), "homepage": _l("Homepage"), "language": _l("Language of the client")}


def file(view: Callable) -> Callable:
    """An office page of the client that the address names: `view(request, principal, client, …)`; others are 404."""

    @office_page
    @wraps(view)
    def entered(request, principal, slug, *args, **kwargs):
        return view(request, principal, access.client(principal, slug), *args, **kwargs)

    return entered


def show(
    request: HttpRequest, client: Client, tab: str, told: dict, template: str = "", status: int = 200
) -> HttpResponse:
    """One tab of the file."""
    zone = told.get("zone") or posts.zone_of(client)
    rights = request.principal.rights
    frame = {
        "screen": "clients", "client": client, "tab": tab, "zone": zone,
        "may_change": CHANGES in rights, "locked": CHANGES not in rights,
    }  # fmt: skip
    return render(request, f"screens/clients/{template or tab}.html", frame | told, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@file
def profile(request: HttpRequest, principal: access.Principal, client: Client) -> HttpResponse:
    trouble = Trouble()
    if request.method == "POST":
        principal.need(CHANGES)
    edit = edits.begin(
        request, ("clients", client.slug), PROFILE, lambda: _profile(access.client(principal, client.slug)),
        lambda given: {name: given.get(name, "").strip() for name in PROFILE},
        words={"language": labels.LANGUAGES}, of=(client, "client", client.id),
    )  # fmt: skip
    if request.method == "POST":
        trouble = edit.save(
            lambda: directory.change_client(client=client, actor=principal.user, **edit.values)
        )
        if not trouble:
            messages.success(request, _("Saved."))
            return redirect("client", client.slug)
    told = _editor(edit, trouble)
    return show(request, access.client(principal, client.slug), "profile", told, status=trouble.status)


def _profile(client: Client) -> dict:
    return {name: getattr(client, name) for name in PROFILE}


def _editor(edit: edits.Edit, trouble: Trouble) -> dict:
    return {"edit": edit, "given": edit.values, "trouble": trouble, "languages": labels.LANGUAGES.items()}


@require_POST
@file
def archive(request: HttpRequest, principal: access.Principal, client: Client) -> HttpResponse:
    """For good, so the name has to be typed."""
    principal.need(CHANGES)
    if request.POST.get("sure", "").strip() != client.name:
        trouble = Trouble(400, {"sure": _("Please type the name exactly: nothing was changed.")})
        return show(request, client, "profile", _editor(edits.Edit(PROFILE, _profile(client)), trouble), status=400)
    directory.archive_client(client=client, actor=principal.user)
    messages.success(request, _("%(name)s has been archived.") % {"name": client.name})
    return redirect("clients")


@require_http_methods(["GET", "HEAD", "POST"])
@file
def team(request: HttpRequest, principal: access.Principal, client: Client) -> HttpResponse:
    """Who of the agency serves the client, and who speaks for it: owners assign, managers too invite."""
    trouble, given = Trouble(), request.POST
    if "email" in given:
        principal.need(invitations.INVITE)
        asked = given.copy()
        asked.setlist("clients", [client.slug])
        trouble = attempt(lambda: inviting.send(principal, asked))
        if not trouble:
            messages.success(request, inviting.sent(given))
            return redirect("client-team", client.slug)
    elif request.method == "POST":
        principal.need("agency:write")
        trouble = attempt(lambda: _serve(principal, client, request.POST))
        if not trouble:
            messages.success(request, _("Saved."))
            return redirect("client-team", client.slug)
    members = Membership.objects.filter(agency=principal.agency).select_related("user")
    members = list(members.order_by(*alphabet.by("user__name")))
    serving = set(client.assignments.values_list("membership_id", flat=True))
    rows = [row for row in members if row.role == Role.OWNER or row.id in serving]
    may_invite = invitations.INVITE in principal.rights
    told = {
        "may_invite": may_invite, "open": inviting.listed(principal, client) if may_invite else [],
        "roles": [one for one in inviting.choices(principal)["roles"] if one[0] != Role.OWNER],
        "given": {"email": given.get("email", ""), "role": given.get("role", Role.APPROVER)},
        "groups": [
            (_("The agency's team"), [_person(row) for row in rows if row.role in STAFF]),
            (_("People of the client"), [_person(row) for row in rows if row.role not in STAFF]),
        ],
        "trouble": trouble,
        "may_assign": "agency:write" in principal.rights,
        "others": [(row.id, f"{row.user.name} · {labels.ROLES[row.role]}") for row in members if row not in rows],
    }  # fmt: skip
    return show(request, client, "team", told, status=trouble.status)


def _person(row: Membership) -> dict:
    return {"id": row.id, "user": row.user, "role": labels.ROLES[row.role], "owner": row.role == Role.OWNER}


def _serve(principal: access.Principal, client: Client, given) -> Membership:
    """Put the client on the member's list or take it off. Raises Refused."""
    rows = Membership.objects.filter(agency=principal.agency).select_related("user", "agency")
    row = rows.filter(id=typed.id_of(given.get("member", ""))).first()
    if row is None or row.role == Role.OWNER:
        raise Refused("member", "must be one of those shown")
    served = {one.client_id: one.client for one in row.assignments.select_related("client")}
    if given.get("serves") == "no":
        served.pop(client.id, None)
    else:
        served[client.id] = client
    return people.change_member(membership=row, actor=principal.user, clients=list(served.values()))
