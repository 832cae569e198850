"""The signs of the agency and its clients: sent by those who may, shown to everybody who knows the name of the file."""

import re

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from agency.doors import office_page
from clients import access, logos
from clients.refusal import Refused

NAME = re.compile(r"[0-9a-f]{64}\.png")


@require_POST
@office_page
def of_client(request: HttpRequest, principal: access.Principal, slug: str) -> HttpResponse:
    principal.need("clients:write")
    client = access.client(principal, slug)
    _keep(request, lambda raw: logos.of_client(client=client, raw=raw, actor=principal.user))
    return redirect("client", client.slug)


@require_POST
@office_page
def of_agency(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    principal.need("agency:write")
    _keep(request, lambda raw: logos.of_agency(agency=principal.agency, raw=raw, actor=principal.user))
    return redirect("agency")


def _keep(request: HttpRequest, keep) -> None:
    file = request.FILES.get("logo")
    if file is not None and file.size > logos.MOST_BYTES:
        messages.error(request, _("The picture is too large: at most 2 MB."))
        return
    try:
        keep(file.read() if file else b"")
    except Refused:
        messages.error(request, _("This file is no picture that we can use: PNG, JPEG, WebP or GIF."))
        return
    messages.success(request, _("Saved."))


@require_safe
def logo(request: HttpRequest, name: str) -> FileResponse:
    """Named by its content, so it may be kept for ever."""
    path = f"logos/{name}"
    if not NAME.fullmatch(name) or not default_storage.exists(path):
        raise access.NotFound("There is no such picture.")
    answer = FileResponse(default_storage.open(path), content_type="image/png")
    answer["Cache-Control"] = "public, max-age=31536000, immutable"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
