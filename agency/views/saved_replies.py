"""Saved replies in the settings: written for one or more clients at once, changed and removed one by one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from agency import alphabet
from agency.doors import office_page
from clients import access
from clients.refusal import Refused
from feedback import saved
from feedback.models import SavedReply

from . import edits
from .attempts import Trouble, attempt
from .lists import keyset

LANGUAGES = [("", gettext_lazy("Every language")), ("de", gettext_lazy("German")), ("en", gettext_lazy("English"))]
LABELS = {
    "shortcut": gettext_lazy("Shortcut"),
    "language": gettext_lazy("Language"),
    "title": gettext_lazy("Title"),
    "text": gettext_lazy("Text"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@office_page
def replies(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    """All saved replies, or those of `?client=`; a new one for the clients that are ticked."""
    principal.need("inbox:read")
    given, trouble = request.POST, Trouble()
    if request.method == "POST":
        principal.need("inbox:write")
        trouble = attempt(lambda: _add(principal, given))
        if not trouble:
            messages.success(request, _("Saved."))
            return redirect("saved-replies")
    clients = list(access.clients(principal).order_by(*alphabet.by("name")).values_list("slug", "name"))
    rows = SavedReply.objects.filter(client_id__among=principal.client_ids).select_related("client")
    if client := request.GET.get("client", ""):
        rows = rows.filter(client=access.client(principal, client))
    told = {
        "screen": "settings", "tab": "saved", "list": keyset(request, rows, "shortcut"), "clients": clients,
        "client": client, "trouble": trouble, "given": _values(given) if trouble else {"language": "de"},
        "chosen": given.getlist("clients"), "languages": LANGUAGES, "may_write": "inbox:write" in principal.rights,
    }  # fmt: skip
    return render(request, "screens/settings/saved_replies.html", told, status=trouble.status)


@require_http_methods(["GET", "HEAD", "POST"])
@office_page
def reply(request: HttpRequest, principal: access.Principal, id: int) -> HttpResponse:
    """Change one; whoever read an older version sees both and decides."""
    principal.need("inbox:write")
    row, trouble = _of(principal, id), Trouble()
    edit = edits.begin(
        request, ("saved-replies", id), LABELS, lambda: _stored(_of(principal, id)), _values,
        words={"language": dict(LANGUAGES)}, of=(row.client, "saved_reply", id),
    )  # fmt: skip
    if request.method == "POST":
        trouble = edit.save(lambda: saved.change_saved_reply(reply=row, actor=principal.user, **edit.values))
        if not trouble:
            messages.success(request, _("Saved."))
            return redirect("saved-replies")
    told = {
        "screen": "settings", "tab": "saved", "row": row, "given": edit.values, "trouble": trouble,
        "languages": LANGUAGES, "edit": edit, "zone": principal.agency.calendar["zone"],
    }  # fmt: skip
    return render(request, "screens/settings/saved_reply.html", told, status=trouble.status)


def _stored(row: SavedReply) -> dict[str, str]:
    return {name: getattr(row, name) for name in saved.FIELDS}


@require_POST
@office_page
def remove(request: HttpRequest, principal: access.Principal, id: int) -> HttpResponse:
    principal.need("inbox:write")
    saved.remove_saved_reply(reply=_of(principal, id), actor=principal.user)
    messages.success(request, _("Removed."))
    return redirect("saved-replies")


def _of(principal: access.Principal, id: int) -> SavedReply:
    found = SavedReply.objects.filter(client_id__among=principal.client_ids, id=id).select_related("client").first()
    if found is None:
        raise access.NotFound(f"There is no saved reply '{id}'.")
    return found


def _add(principal: access.Principal, given: QueryDict) -> None:
    slugs = set(given.getlist("clients"))
    found = list(access.clients(principal).filter(slug__in=slugs).order_by("id"))
    if not found or len(found) < len(slugs):
        raise Refused("clients", "name at least one client")
    for client in found:
        saved.add_saved_reply(client=client, actor=principal.user, **_values(given))


def _values(given: QueryDict) -> dict[str, str]:
    values = {name: given.get(name, "").replace("\r\n", "\n") for name in saved.FIELDS}
    return values | {"shortcut": values["shortcut"].strip().lstrip("/"), "title": values["title"].strip()}
