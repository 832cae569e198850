"""The address at which a client's calendar can be subscribed: made, renewed and revoked in the client's file."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from campaigns import feeds
from clients import access
from clients.models import Client

from .client import file, show

RIGHT = "campaigns:write"


@never_cache
@require_POST
@file
def change(request: HttpRequest, principal: access.Principal, client: Client) -> HttpResponse:
    """A new address, readable in this answer only, or none any more."""
    principal.need(RIGHT)
    if request.POST.get("what") == "revoke":
        feeds.revoke(client=client, actor=principal.user)
        messages.success(request, _("The address works no more."))
        return redirect("client-publishing", client.slug)
    _feed, key = feeds.renew(client=client, actor=principal.user)
    return show(request, client, "publishing", {"url": settings.BASE_URL + reverse("client-feed", args=[key])}, "feed")
