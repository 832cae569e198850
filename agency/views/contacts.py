"""The contacts in a client's file: whom to call, and in which order in an emergency."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST

from clients import access, contacts
from clients.models import Client, Contact
from clients.refusal import Refused

from . import edits, labels
from .attempts import Trouble, attempt
from .client import file, show

LABELS = {
    "name": _l("Name"),
    "role": _l("What they do there"),
    "phone": _l("Phone"),
    "email": _l("E-mail address"),
    "preferred": _l("Best reached"),
    "call_order": _l("In an emergency"),
    "notes": _l("Notes"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@file
def listed(request: HttpRequest, principal: access.Principal, client: Client) -> HttpResponse:
    """All of them, and a form for a new one."""
    principal.need(contacts.READ)
    given, trouble = _typed(request.POST), Trouble()
    if request.method == "POST":
        principal.need(contacts.WRITE)
        trouble = attempt(lambda: contacts.add(client=client, actor=principal.user, **_entered(given)))
        if not trouble:
            messages.success(request, _("Saved."))
            return redirect("client-contacts", client.slug)
    rows = list(contacts.of([client.id]))
    members = contacts.members(rows)
    for row in rows:
        way = str(labels.WAYS.get(row.preferred, ""))
        row.way = way[:1].lower() + way[1:]
        row.member = members.get(row.id)
        row.member_role = row.member and labels.ROLES[row.member.role]
    told = {
        "rows": rows, "given": given, "trouble": trouble, "may_write": contacts.WRITE in principal.rights,
        **_choices(rows, None),
    }  # fmt: skip
    return show(request, client, "contacts", told, status=trouble.status)


@require_http_methods(["GET", "HEAD", "POST"])
@file
def one(request: HttpRequest, principal: access.Principal, client: Client, id: int) -> HttpResponse:
    principal.need(contacts.WRITE)
    contact, trouble = contacts.one([client.id], id), Trouble()
    edit = edits.begin(
        request, ("contacts", id), LABELS, lambda: _stored(contacts.one([client.id], id)), _typed,
        words={"preferred": labels.WAYS}, of=(client, "contact", id),
    )  # fmt: skip
    if request.method == "POST":
        trouble = edit.save(
            lambda: contacts.change(contact=contact, actor=principal.user, **_entered(edit.values))
        )
        if not trouble:
            messages.success(request, _("Saved."))
            return redirect("client-contacts", client.slug)
    told = {"contact": contacts.one([client.id], id), "edit": edit, "given": edit.values, "trouble": trouble}
    told |= _choices(list(contacts.of([client.id])), contact)
    return show(request, client, "contacts", told, "contact", trouble.status)


@require_POST
@file
def remove(request: HttpRequest, principal: access.Principal, client: Client, id: int) -> HttpResponse:
    principal.need(contacts.WRITE)
    contact = contacts.one([client.id], id)
    contacts.remove(contact=contact, actor=principal.user)
    messages.success(request, _("%(name)s was removed.") % {"name": contact.name})
    return redirect("client-contacts", client.slug)


def _stored(contact: Contact) -> dict:
    return {name: getattr(contact, name) for name in LABELS}


def _typed(given: QueryDict) -> dict:
    return {name: given.get(name, "") for name in LABELS}


def _entered(given: dict) -> dict:
    """Raises Refused."""
    order = str(given["call_order"] or "")
    if order and not (order.isascii() and order.isdigit() and len(order) <= 3):
        raise Refused("call_order", "must be one of those shown")
    return given | {"call_order": int(order) if order else None}


def _choices(rows: list[Contact], contact: Contact | None) -> dict:
    called = sum(row.call_order is not None for row in rows)
    places = called + (contact is None or contact.call_order is None)
    return {
        "ways": [("", _("No matter how")), *labels.WAYS.items()],
        "orders": [("", _("Don't call")), *((str(n), _("Call as number %d") % n) for n in range(1, places + 1))],
    }
