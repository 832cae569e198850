"""What waits for an approval: ours, the clients', and the questions and links that go to them."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from agency import alphabet
from agency.doors import office_page
from campaigns import links, questions
from campaigns.api.posts import VERDICTS
from campaigns.api.questions import LONGEST, STATES
from campaigns.models import ApprovalLink, Post, Publication, Question
from campaigns.vocabulary import PostKind, State
from clients import access
from clients.models import Client
from clients.refusal import Conflict, Refused

from . import posting, typed
from .lists import sheet
from .post import do

TABS = {
    "mine": gettext_lazy("For the agency"),
    "clients": gettext_lazy("With the clients"),
    "questions": gettext_lazy("Questions"),
    "links": gettext_lazy("Approval links"),
}
REVIEWED = {"mine": State.IN_REVIEW, "clients": State.CLIENT_REVIEW}
AT_ONCE = 25
WARN = timedelta(hours=24)


class LinkForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("For whom?"), max_length=200)
    email = forms.EmailField(label=gettext_lazy("E-mail (noted only)"), required=False)


class QuestionForm(forms.Form):
    text = forms.CharField(label=gettext_lazy("Your question"), max_length=LONGEST, widget=forms.Textarea({"rows": 3}))


@dataclass
class Asked:
    """Which tab of whose; from the address, or from the form that was just sent."""

    principal: access.Principal
    query: dict

    @cached_property
    def tab(self) -> str:
        return self.query["show"] if self.query.get("show") in TABS else "mine"

    @cached_property
    def served(self) -> list[Client]:
        """The clients by name, each with its `zone` and whether it asks for `four_eyes`."""
        more = {"zone": F("calendar__document__zone"), "four_eyes": F("publishing_rule__four_eyes")}
        return list(access.clients(self.principal).annotate(**more).order_by(*alphabet.by("name")))

    @cached_property
    def client(self) -> Client | None:
        """Raises access.NotFound."""
        slug = self.query.get("client")
        found = next((one for one in self.served if one.slug == slug), None)
        if slug and found is None:
            raise access.NotFound(f"There is no client '{slug}'.")
        return found

    @property
    def ids(self) -> list[int]:
        return [self.client.id] if self.client else list(self.principal.client_ids)

    def address(self, **changes) -> str:
        given = {"show": self.tab} | ({"client": self.client.slug} if self.client else {})
        return f"{reverse('approvals')}?{urlencode({k: v for k, v in (given | changes).items() if v})}"


@require_safe
@office_page
def approvals(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    principal.need("campaigns:read")
    return _show(request, Asked(principal, request.GET.dict()))


@require_POST
@office_page
def decide(request: HttpRequest, principal: access.Principal, client: str, post: int) -> HttpResponse:
    """A verdict on one post, in its place in the list."""
    principal.need("approvals:write")
    found = posting.the_post(principal, client, post)
    asked = Asked(principal, {"show": request.POST.get("show"), "client": request.POST.get("of")})
    try:
        if request.POST.get("action") not in VERDICTS:
            raise Refused("action", "is none of these")
        do(principal, found, request.POST)
    except (Refused, Conflict) as error:
        more = {"trouble": posting.sentence(error), "troubled": post, "typed": request.POST}
        return _show(request, asked, status=posting.status(error), **more)
    messages.success(request, _("Decided: %(verdict)s.") % {"verdict": _verdict(request.POST["action"])})
    return redirect(asked.address())


@never_cache
@require_POST
@office_page
def link(request: HttpRequest, principal: access.Principal, client: str) -> HttpResponse:
    """A new link for the posts that were chosen; its address is shown in this answer alone."""
    principal.need("approvals:write")
    whose = access.client(principal, client)
    form = LinkForm(request.POST)
    ids = [id for id in map(typed.id_of, request.POST.getlist("posts")) if id is not None]
    asked = Asked(principal, {"show": "clients", "client": client})
    if not 1 <= len(ids) <= links.MOST_POSTS:
        form.add_error(None, _("Choose the posts that the link is for."))
    if not form.is_valid():
        return _show(request, asked, status=400, linking=form, chosen=ids)
    try:
        made, key = links.make(client=whose, posts=ids, actor=principal.user, **form.cleaned_data)
    except Refused:
        form.add_error(None, _("One of these posts is no longer there."))
        return _show(request, asked, status=400, linking=form, chosen=ids)
    return _show(request, asked, made=made, url=f"{settings.BASE_URL}/approval/{key}/")


@require_POST
@office_page
def revoke(request: HttpRequest, principal: access.Principal, client: str, link: int) -> HttpResponse:
    principal.need("approvals:write")
    whose = access.client(principal, client)
    found = ApprovalLink.objects.filter(client=whose, id=link).select_related("client").first()
    if found is None:
        raise access.NotFound(f"There is no approval link '{link}'.")
    links.revoke(link=found, actor=principal.user)
    messages.success(request, _("The link opens nothing any more."))
    return redirect(f"{reverse('approvals')}?show=links")


@require_POST
@office_page
def ask(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    """A question to a client, about one of its posts or about anything."""
    principal.need("campaigns:write")
    whose = access.client(principal, request.POST.get("client", ""))
    id = typed.id_of(request.POST.get("post", ""))
    about = None if id is None else posting.the_post(principal, whose.slug, id)
    form = QuestionForm(request.POST)
    if not form.is_valid():
        query = {"show": "questions", "client": whose.slug, "post": request.POST.get("post", "")}
        return _show(request, Asked(principal, query), status=400, asking=form)
    text = form.cleaned_data["text"].replace("\r\n", "\n")
    questions.ask(client=whose, actor=principal.user, text=text, post=about)
    messages.success(request, _("Your question is on its way."))
    return redirect(f"{reverse('approvals')}?show=questions")


@require_POST
@office_page
def withdraw(request: HttpRequest, principal: access.Principal, client: str, question: int) -> HttpResponse:
    principal.need("campaigns:write")
    whose = access.client(principal, client)
    found = Question.objects.filter(client=whose, id=question).first()
    if found is None:
        raise access.NotFound(f"There is no question '{question}'.")
    try:
        questions.withdraw(found, actor=principal.user)
    except Conflict as error:
        messages.error(request, posting.sentence(error))
    else:
        messages.success(request, _("The question is withdrawn."))
    return redirect(f"{reverse('approvals')}?show=questions")


def _show(request: HttpRequest, asked: Asked, *, status: int = 200, **more) -> HttpResponse:
    told = {
        "asked": asked,
        "client": asked.client,
        "tabs": _tabs(asked),
        "decides": "approvals:write" in asked.principal.rights,
        "writes": "campaigns:write" in asked.principal.rights,
        "linking": LinkForm(),
        "asking": QuestionForm(),
    }
    parts = {"questions": _questions, "links": _links}
    told |= parts.get(asked.tab, _posts)(asked, request.GET.get("cursor"))
    return render(request, f"approvals/{asked.tab}.html", told | more, status=status)


def _tabs(asked: Asked) -> list[tuple]:
    """(label, address, number, whether it is shown)."""
    of = {name: Count("post", distinct=True, filter=Q(state=state)) for name, state in REVIEWED.items()}
    waiting = Publication.objects.filter(client_id__among=asked.ids, state__in=REVIEWED.values())
    numbers = waiting.aggregate(**of)
    numbers["questions"] = Question.objects.filter(client_id__among=asked.ids, **STATES["open"]).count()
    return [(label, asked.address(show=name), numbers.get(name), name == asked.tab) for name, label in TABS.items()]


def _posts(asked: Asked, cursor: str | None) -> dict:
    """Those with the nearest slot first, what has none after them."""
    state = REVIEWED[asked.tab]
    found = _waiting(asked, state)
    rows, further = sheet(found.filter(publish_at__isnull=False), "publish_at", cursor, AT_ONCE)
    if not further and len(rows) < AT_ONCE:
        rows += list(found.filter(publish_at=None).order_by("id")[:AT_ONCE])
    by_id = {client.id: client for client in asked.served}
    return {
        "rows": [_row(by_id[post.client_id], post, state, asked.principal) for post in rows],
        "next": further and asked.address(cursor=further),
    }


def _waiting(asked: Asked, state: str) -> QuerySet[Post]:
    of_post = Publication.objects.filter(client_id=OuterRef("client_id"), post=OuterRef("pk"), state=state)
    there = Publication.objects.filter(state=state).select_related("channel").order_by("id")
    found = Post.objects.filter(Exists(of_post), client_id__among=asked.ids).select_related("author")
    return found.prefetch_related(Prefetch("publications", there, to_attr="waiting"), "attachments")


def _row(client: Client, post: Post, state: str, principal: access.Principal) -> dict:
    texts: dict[str, list[str]] = {}
    for row in post.waiting:
        texts.setdefault(row.variant or post.text, []).append(row.channel.name)
    return {
        "post": post,
        "client": client,
        "zone": client.zone,
        "kind": posting.KINDS[PostKind(post.kind)],
        "texts": list(texts.items()),
        "pictures": list(post.attachments.all()),
        "since": min((row.asked_at for row in post.waiting if row.asked_at), default=None),
        "warn": post.publish_at and post.publish_at - WARN,
        "four_eyes": state == State.IN_REVIEW and client.four_eyes and post.author_id == principal.user.id,
        "in_place": state == State.CLIENT_REVIEW,
    }


def _questions(asked: Asked, cursor: str | None) -> dict:
    state = asked.query["state"] if asked.query.get("state") in STATES else "open"
    found = Question.objects.filter(client_id__among=asked.ids, **STATES[state])
    ordering = "due_at" if state == "open" else "-asked_at"
    rows, further = sheet(found.select_related("asker", "answerer", "link", "post"), ordering, cursor, AT_ONCE)
    by_id = {client.id: client for client in asked.served}
    return {
        "rows": [{"question": row, "client": by_id[row.client_id], "zone": by_id[row.client_id].zone} for row in rows],
        "next": further and asked.address(cursor=further, state=state),
        "state": state,
        "about": asked.query.get("post", ""),
    }


def _links(asked: Asked, cursor: str | None) -> dict:
    alive = ApprovalLink.objects.filter(client_id__among=asked.ids, revoked_at=None, expires_at__gt=timezone.now())
    rows, further = sheet(alive.select_related("creator"), "-id", cursor, AT_ONCE)
    by_id = {client.id: client for client in asked.served}
    return {
        "rows": [
            {"link": row, "number": len(row.posts), "client": by_id[row.client_id], "zone": by_id[row.client_id].zone}
            for row in rows
        ],
        "next": further and asked.address(cursor=further),
    }


def _verdict(action: str) -> str:
    return str(posting.VERDICTS[VERDICTS[action]].label)
