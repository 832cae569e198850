"""Where people of a client decide: on posts and on the agency's questions."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from campaigns import cards, posts
from campaigns.models import Post, Publication
from campaigns.views import answered, judged
from campaigns.vocabulary import State
from clients import access
from clients.refusal import Conflict

from .frame import DECIDE, HOLD, Visit, portal

MOST = 100  # publications


@never_cache
@require_safe
@portal
def waiting(visit: Visit) -> HttpResponse:
    """The posts that wait for the client, one card each, and those it has stopped."""
    return _waiting(visit)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@portal
def post(visit: Visit, id: int) -> HttpResponse:
    """One post; a POST decides on it, holds it or lets it go on."""
    found = Post.objects.filter(client__in=visit.principal.client_ids, id=id).select_related("client").first()
    if found is None or not _open_to_client(found):
        raise access.NotFound(f"There is no post '{id}'.")
    if visit.request.method != "POST":
        return visit.shown("post", cards=list(cards.of(Post.objects.filter(id=found.id).select_related("client"))))
    action = visit.request.POST.get("verdict", "")
    if action in ("hold", "release"):
        visit.principal.need(HOLD)
        trouble, status = _acted(visit, found, action)
    else:
        visit.principal.need(DECIDE)
        trouble, status = judged(found, visit.request.POST, actor=visit.principal.user)
    if trouble:
        typed = visit.request.POST.get("comment", "")
        return _waiting(visit, status=status, trouble=trouble, at=found.id, typed=typed)
    messages.success(visit.request, _DONE[action]())
    return redirect("portal-posts")


@never_cache
@require_safe
@portal
def questions(visit: Visit) -> HttpResponse:
    return _questions(visit)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@portal
def question(visit: Visit, id: int) -> HttpResponse:
    """The answer to one question; looking at it shows all that are open."""
    found = cards.questions(visit.principal.client_ids).filter(id=id).first()
    if found is None:
        raise access.NotFound(f"There is no question '{id}'.")
    if visit.request.method != "POST":
        return _questions(visit, at=id)
    visit.principal.need(DECIDE)
    trouble, status = answered(found, visit.request.POST, actor=visit.principal.user)
    if trouble:
        return _questions(visit, status=status, trouble=trouble, at=id, typed=visit.request.POST.get("answer", ""))
    messages.success(visit.request, _("Thank you, your answer is with the agency."))
    return redirect("portal-questions")


def _waiting(visit: Visit, *, status: int = 200, **told) -> HttpResponse:
    ids = visit.principal.client_ids
    rows = Publication.objects.filter(client__in=ids, state__in=[State.CLIENT_REVIEW, State.HELD])
    first = rows.order_by("post__publish_at", "post").values_list("post", flat=True)[:MOST]
    found = list(cards.of(Post.objects.filter(client__in=ids, id__in=list(first)).select_related("client")))
    found.sort(key=lambda card: card["state"] != "waiting")
    return visit.shown("posts", status=status, cards=found, **told)


def _questions(visit: Visit, *, status: int = 200, **told) -> HttpResponse:
    asked = cards.questions(visit.principal.client_ids)[:MOST]
    return visit.shown("questions", status=status, questions=asked, **told)


def _open_to_client(found: Post) -> bool:
    """Drafts and what the agency itself still looks at are not the client's to see."""
    return Publication.objects.filter(client=found.client, post=found, state__in=[*cards.STAGES]).exists()


def _acted(visit: Visit, found: Post, action: str) -> tuple[str, int]:
    try:
        reason = visit.request.POST.get("comment", "").strip()[:2_000]
        posts.act(found, action, actor=visit.principal.user, reason=reason)
    except Conflict:
        return _("This is not possible right now."), 409
    return "", 200


_DONE = {
    "approve": lambda: _("Thank you, the post is approved."),
    "change": lambda: _("Thank you, the agency changes the post."),
    "reject": lambda: _("The post is rejected and will not be published."),
    "hold": lambda: _("The post is on hold until you let it go on."),
    "release": lambda: _("The post goes on."),
}
