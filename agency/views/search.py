"""One field for everything: clients, conversations and posts that hold the words."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agency.doors import office_page
from clients import access
from clients.models import Calendar
from feedback import search as domain

from . import labels


@require_safe
@office_page
def search(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    words = request.GET.get("q", "").replace("\0", "").strip()[: domain.LONGEST]
    found = domain.find(
        principal.agency,
        principal.client_ids,
        words,
        conversations="inbox:read" in principal.rights,
        posts="campaigns:read" in principal.rights,
    )
    ids = {row.client_id for row in (*found.conversations, *found.posts)}
    zones = dict(Calendar.objects.filter(client_id__among=ids).values_list("client_id", "document__zone"))
    told = {
        "screen": "search", "words": words, "found": found, "short": bool(words) and len(words) < domain.SHORTEST,
        "conversations": [
            {"row": row, "zone": zones[row.client_id], "status": labels.STATUSES[row.status]}
            for row in found.conversations
        ],
        "posts": [
            {"row": row, "zone": zones[row.client_id], "kind": labels.POST_KINDS[row.kind]} for row in found.posts
        ],
        "deep": domain.DEEP,
    }  # fmt: skip
    return render(request, "screens/search.html", told)
