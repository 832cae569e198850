"""The agency's own matters: its people with their roles and clients, its keys for the API, its facts."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from agency import alphabet
from agency.doors import office_page
from agency.models import Agency, Membership, Role, Token
from agency.rights import SCOPES
from clients import access, calendars, factors, invitations, keys, people
from clients.models import Assignment
from clients.refusal import Refused

from . import edits, inviting, labels
from .attempts import Trouble, attempt
from .lists import keyset

AGENCY = {"second_factor": _l("The team signs in with password and code")}
MEMBER = {"role": _l("Role"), "clients": _l("Clients")}
LASTING = (30, 90, 365)
NAMED = 6  # clients that a row names before it only counts


def _runs(principal: access.Principal) -> bool:
    return keys.ADMIN in principal.rights and principal.every_client


def _need(principal: access.Principal) -> None:
    principal.need(keys.ADMIN)
    if not principal.every_client:
        raise PermissionDenied


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@office_page
def team(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    """Everybody of the agency and its clients, for owners; whoever is invited, for all who may invite."""
    if invitations.INVITE not in principal.rights:
        return redirect("tokens")
    given, trouble = request.POST, Trouble()
    if request.method == "POST":
        trouble = attempt(lambda: inviting.send(principal, given))
        if not trouble:
            messages.success(request, inviting.sent(given))
            return redirect("settings")
    told = {
        "screen": "settings", "tab": "team", "trouble": trouble, "runs": _runs(principal),
        "list": _listed(request, principal) if _runs(principal) else None, "open": inviting.listed(principal),
        "given": {name: given.get(name, "") for name in ("email", "role")} if trouble else {"role": "editor"},
        "chosen": given.getlist("clients") if trouble else [], "zone": principal.agency.calendar["zone"],
    }  # fmt: skip
    return render(request, "screens/settings/team.html", told | inviting.choices(principal), status=trouble.status)


def _listed(request: HttpRequest, principal: access.Principal):
    listed = keyset(request, _members(principal), "id")
    for row in listed.rows:
        row.role_name = labels.ROLES[row.role]
        names = [one.client.name for one in row.assignments.all() if one.client_id in principal.client_ids]
        row.served, row.rest = names[:NAMED], max(0, len(names) - NAMED)
    return listed


def _members(principal: access.Principal) -> QuerySet[Membership]:
    served = Prefetch("assignments", Assignment.objects.select_related("client").order_by(*alphabet.by("client__name")))
    return (
        Membership.objects.filter(agency=principal.agency).select_related("user", "agency").prefetch_related(served)
    )


@require_http_methods(["GET", "HEAD", "POST"])
@office_page
def member(request: HttpRequest, principal: access.Principal, id: int) -> HttpResponse:
    """Another role, other clients."""
    _need(principal)
    row, trouble = _of(principal, id), Trouble()
    edit = edits.begin(
        request, ("members", id), MEMBER, lambda: _served(_of(principal, id) if request.method == "POST" else row),
        lambda given: {"role": given.get("role", ""), "clients": sorted(given.getlist("clients"))},
        words={"role": labels.ROLES},
    )  # fmt: skip
    if request.method == "POST":
        trouble = edit.save(lambda: _change(principal, row, edit.values))
        if not trouble:
            messages.success(request, _("Saved; it counts from their next click."))
            return redirect("settings")
    told = {
        "screen": "settings", "tab": "team", "row": row, "role": edit.values["role"],
        "chosen": edit.values["clients"], "edit": edit, "trouble": trouble,
        "self": row.user_id == principal.user.id, "app": factors.active(row.user),
        "resettable": factors.resettable(principal, row),
    }  # fmt: skip
    return render(
        request, "screens/settings/member.html", told | inviting.choices(principal, every=True), status=trouble.status
    )


def _of(principal: access.Principal, id: int) -> Membership:
    found = _members(principal).filter(id=id).first()
    if found is None:
        raise access.NotFound(f"There is no member '{id}'.")
    return found


def _served(row: Membership) -> dict:
    return {"role": row.role, "clients": sorted(one.client.slug for one in row.assignments.all())}


def _change(principal: access.Principal, row: Membership, given: dict) -> Membership:
    role = given["role"]
    if role not in Role.values:
        raise Refused("role", "must be one of those shown")
    return people.change_member(
        membership=row, actor=principal.user, role=role, clients=inviting.served(principal, role, given["clients"])
    )


@require_POST
@office_page
def remove(request: HttpRequest, principal: access.Principal, id: int) -> HttpResponse:
    """Their rights end with their next request, those of their keys too."""
    _need(principal)
    row = _of(principal, id)
    name = row.user.name
    trouble = attempt(lambda: people.remove_member(membership=row, actor=principal.user))
    if trouble:
        messages.error(request, trouble.whole)
        return redirect("member", id)
    messages.success(request, _("%(name)s is no longer in the team.") % {"name": name})
    return redirect("settings")


@require_POST
@office_page
def reset_factor(request: HttpRequest, principal: access.Principal, id: int) -> HttpResponse:
    """For a member who lost the app that makes their codes."""
    _need(principal)
    row = _of(principal, id)
    trouble = attempt(lambda: factors.reset(principal=principal, membership=row))
    if trouble:
        messages.error(request, trouble.whole)
    else:
        messages.success(request, _("%(name)s now signs in with the password alone.") % {"name": row.user.name})
    return redirect("member", id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@office_page
def tokens(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    """Keys for the API: owners see all, others their own. A new one is shown this once."""
    given, trouble, made = request.POST, Trouble(), []
    if request.method == "POST":
        trouble = attempt(lambda: made.extend(_issue(principal, given)))
    names = dict(access.clients(principal).values_list("id", "name"))
    listed = keyset(request, keys.visible(principal), "-id")
    for row in listed.rows:
        row.client_names = [names[one] for one in row.client_ids if one in names]
        row.rights = len(row.scopes)
        row.scope_names = [labels.SCOPES.get(scope, scope) for scope in row.scopes]
    told = {
        "screen": "settings", "tab": "tokens", "runs": _runs(principal), "list": listed, "trouble": trouble,
        "secret": made[1] if made else "", "name": given.get("name", "") if trouble else "",
        "days": given.get("days", "90") if trouble else "90",
        "scopes": [(scope, f"{labels.SCOPES[scope]} ({scope})") for scope in sorted(SCOPES & principal.rights)],
        "chosen_scopes": given.getlist("scopes") if trouble else [],
        "chosen": given.getlist("clients") if trouble else [],
        "clients": list(access.clients(principal).order_by(*alphabet.by("name")).values_list("slug", "name")),
        "lasting": [*((str(days), _("%d days") % days) for days in LASTING), ("", _("without end"))],
        "zone": principal.agency.calendar["zone"],
    }  # fmt: skip
    return render(request, "screens/settings/tokens.html", told, status=trouble.status)


def _issue(principal: access.Principal, given: QueryDict) -> tuple[Token, str]:
    name, scopes, slugs = given.get("name", "").strip(), given.getlist("scopes"), set(given.getlist("clients"))
    errors = []
    if not 1 <= len(name) <= 100:
        errors.append(("name", "is needed" if not name else "has more than 100 characters"))
    if not scopes:
        errors.append(("scopes", "is needed"))
    if given.get("days", "") not in ("", *map(str, LASTING)):
        errors.append(("days", "must be one of those shown"))
    found = list(access.clients(principal).filter(slug__in=slugs))
    if len(found) < len(slugs):
        errors.append(("clients", "must be one of those shown"))
    if errors:
        raise Refused(errors=errors)
    days = int(given["days"]) if given.get("days") else None
    return keys.issue(principal=principal, name=name, scopes=scopes, clients=found or None, days=days)


@require_POST
@office_page
def revoke(request: HttpRequest, principal: access.Principal, id: int) -> HttpResponse:
    keys.revoke(principal=principal, token_id=id)
    messages.success(request, _("The key stopped working."))
    return redirect("tokens")


@require_http_methods(["GET", "HEAD", "POST"])
@office_page
def agency(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    """What new clients begin with, and whether the staff signs in with a code."""
    _need(principal)
    trouble = Trouble()
    edit = edits.begin(
        request, ("agency", principal.agency.id), AGENCY, lambda: _stored(principal.agency),
        lambda given: {"second_factor": given.get("second_factor") == "on"},
    )  # fmt: skip
    if request.method == "POST":
        trouble = edit.save(lambda: factors.require(principal=principal, on=edit.values["second_factor"]))
        if not trouble:
            messages.success(request, _("Saved."))
            return redirect("agency")
    document = principal.agency.calendar
    week = [(name, document["week"].get(day, [])) for day, name in labels.WEEKDAYS.items()]
    told = {
        "screen": "settings", "tab": "agency", "agency": principal.agency, "document": document, "week": week,
        "edit": edit, "country": labels.COUNTRIES.get(document["country"], document["country"]), "trouble": trouble,
        "covered": factors.covered(principal.agency), "region": _region(document),
    }  # fmt: skip
    return render(request, "screens/settings/agency.html", told, status=trouble.status)


def _stored(agency: Agency) -> dict:
    agency.refresh_from_db(fields=["second_factor"])
    return {"second_factor": agency.second_factor}


def _region(document: dict) -> str:
    parts, _kinds = calendars.regions(document["country"])
    return parts.get(document["subdivision"], document["subdivision"] or "")
