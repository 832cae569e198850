"""What has to be chosen for a conversation: its campaign, another one to merge it into, a saved reply."""

from django.db.models import Case, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agency import alphabet
from agency.doors import office_page
from campaigns.models import Campaign
from clients import access
from feedback import course, saved
from feedback.models import Conversation, Status

from .asked import choice

MOST, LONGEST_WORDS = 20, 100


@require_safe
@office_page
def choices(request: HttpRequest, principal: access.Principal, client: str, id: int) -> HttpResponse:
    """The campaigns of the client and the conversations of the channel, those of the same author first."""
    principal.need("inbox:read")
    principal.need("inbox:write")
    row, words = course.find(principal, client, id), request.GET.get("name", "").strip()[:LONGEST_WORDS]
    others = Conversation.objects.filter(client_id=row.client_id, channel_id=row.channel_id)
    others = others.exclude(id=row.id).exclude(status=Status.MERGED)
    if words:
        others = others.filter(author_name__icontains=words)
    same = Case(When(author_id=row.author_id, then=0), default=1)
    told = {
        "row": row,
        "zone": row.client.calendar.document["zone"],
        "chosen": choice(request.GET),
        "campaigns": Campaign.objects.filter(client_id=row.client_id).order_by(*alphabet.by("name")),
        "others": others.order_by(same, "-received_at", "-id")[:MOST],
        "name": words,
        "mergeable": row.status != Status.MERGED,
    }
    return render(request, "inbox/choices.html", told)


@require_safe
@office_page
def saved_replies(request: HttpRequest, principal: access.Principal, client: str, id: int) -> HttpResponse:
    """The saved replies that fit `?q=`, filled in for this conversation, as the options of a list."""
    principal.need("inbox:read")
    principal.need("inbox:write")
    row, words = course.find(principal, client, id), request.GET.get("q", "")[:LONGEST_WORDS]
    return render(request, "inbox/saved.html", {"offered": saved.offered(row, words, principal.user)})
