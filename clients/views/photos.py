"""Photos that people of a client send from their phone."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaigns import library, pictures
from campaigns.models import Media
from clients import access
from clients.refusal import Refused

from .frame import DECIDE, Visit, portal

SHOWN, LONGEST = 12, 1_000


@require_http_methods(["GET", "HEAD", "POST"])
@portal
def photos(visit: Visit) -> HttpResponse:
    visit.principal.need(DECIDE)
    if visit.request.method != "POST":
        return _shown(visit)
    given = visit.request.POST
    alt, file = given.get("alt", "").strip()[:LONGEST], visit.request.FILES.get("file")
    client = next((one for one in visit.clients if one.slug == given.get("client")), None)
    if not visit.clients or client is None and given.get("client"):
        raise access.NotFound("There is no such client.")
    errors = _missing(file, alt)
    if not errors:
        try:
            library.receive(
                client=client or visit.clients[0], actor=visit.principal.user, name=file.name or "", alt=alt,
                source=file.read(),
            )  # fmt: skip
        except Refused as error:
            errors = {"file": _WRONG.get(error.errors[0][2], _WRONG["unsuitable"])()}
    if errors:
        return _shown(visit, status=400, errors=errors, alt=alt, whose=given.get("client", ""))
    messages.success(visit.request, _("Thank you, the photo is with the agency."))
    return redirect("portal-photos")


def _missing(file, alt: str) -> dict[str, str]:
    errors = {}
    if file is None:
        errors["file"] = _("Please choose a photo.")
    elif file.size > pictures.MOST_BYTES:
        errors["file"] = _WRONG["too_large"]()
    if not alt:
        errors["alt"] = _("Please say in a few words what it shows.")
    return errors


def _shown(visit: Visit, *, status: int = 200, **told) -> HttpResponse:
    found = Media.objects.filter(client__in=visit.ids).select_related("author", "client").order_by("-id")[:SHOWN]
    return visit.shown("photos", status=status, photos=found, **told)


_WRONG = {
    "too_large": lambda: _("The photo is too large: at most 20 MB."),
    "unsuitable": lambda: _("This file is no photo that we can use: JPEG, PNG, WebP or GIF."),
    "broken": lambda: _("The photo is broken. Please take another one."),
}
