"""One post: written, looked at on each channel, sent through its approvals, and what became of it."""

import json
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agency import alphabet
from agency.conventions import tags
from agency.doors import office_page
from campaigns import evergreen, library, limits, metrics, posts, slots, tasks
from campaigns.api.posts import VERDICTS, take
from campaigns.api.shapes import RIGHT_FOR
from campaigns.engagement import OF_POSTS
from campaigns.models import Campaign, Decision, Goal, LinkCheck, Media, Post, Publication, Question
from campaigns.strategy import serving
from campaigns.vocabulary import State
from clients import access
from clients.models import Channel, Client, Event
from clients.refusal import Conflict, Refused
from feedback.nudges import nudge

from . import edits, post_edit, post_parts, posting, typed
from .post_form import PostForm, first_of, initial_of

ACTIONS = ("submit", "schedule", "cancel", "hold", "release", *VERDICTS, "queue", "reuse", "settle")
PICTURES, EVENTS = 60, 60
# Nudged as the API does it: what may go out goes out at once.
GOES_ON = ("schedule", "approve", "release", "submit", "queue")


@require_http_methods(["GET", "HEAD", "POST"])
@office_page
def new(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    """The client first, because channels, campaigns and pictures are its own."""
    principal.need("campaigns:write")
    slug = request.POST.get("client") or request.GET.get("client", "")
    if not slug:
        return render(request, "plan/whose.html", {"clients": access.by_name(principal), "query": request.GET})
    client = _client(principal, slug)
    choices = _choices(client)
    given = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = PostForm(*given, **choices, initial=first_of(request.GET))
    if request.method == "POST" and form.is_valid():
        return _save(request, principal, client, form, None) or _editor(request, principal, client, form, None)
    return _editor(request, principal, client, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@office_page
def post(request: HttpRequest, principal: access.Principal, client: str, id: int) -> HttpResponse:
    principal.need("campaigns:write" if request.method == "POST" else "campaigns:read")
    whose = _client(principal, client)
    if request.method == "POST":
        tags.alone(principal.agency.id, "posts", [id])
    found = _whole(whose, id)
    sent = request.POST if request.method == "POST" else None
    form, edit = _form(found, sent, request.FILES)
    if sent is not None and (form.is_valid() or edit.stale):
        if answer := _save(request, principal, whose, form, found, edit):
            return answer
        _same, edit = _form(found, form.data)
    return _editor(request, principal, whose, form, found, edit=edit)


def _form(found: Post, sent: QueryDict | None, files=None) -> tuple[PostForm, edits.Edit]:
    """The form on a post that is there, with what was typed into it."""
    choices = _choices(found.client, found)
    stored = initial_of(found, post_parts.rows(found))
    edit = post_edit.edit(found, stored, sent, **choices)
    given = (None, None) if sent is None else (post_edit.filled(sent, edit.values), files)
    return PostForm(*given, **choices, initial=stored), edit


@require_POST
@office_page
def act(request: HttpRequest, principal: access.Principal, client: str, id: int) -> HttpResponse:
    """One of the post's buttons."""
    found, given = posting.the_post(principal, client, id), request.POST
    principal.need(RIGHT_FOR.get(given.get("action", ""), "campaigns:write"))
    try:
        to = do(principal, found, given)
    except (Refused, Conflict) as error:
        whose = _client(principal, client)
        whole = _whole(whose, id)
        choices = _choices(whose, whole)
        stored = initial_of(whole, post_parts.rows(whole))
        form = PostForm(**choices, initial=stored)
        edit = post_edit.edit(whole, stored, **choices)
        more = {"trouble": posting.sentence(error), "typed": given, "edit": edit}
        return _editor(request, principal, whose, form, whole, status=posting.status(error), **more)
    return redirect(posting.back(request, reverse("plan-post", args=[client, to.id])))


@require_safe
@office_page
def history(request: HttpRequest, principal: access.Principal, client: str, id: int) -> HttpResponse:
    """Who did what to the post, and what its client was asked."""
    principal.need("campaigns:read")
    found = posting.the_post(principal, client, id)
    of = Q(subject="post", subject_id=id) | Q(
        subject="publication", subject_id__in=Publication.objects.filter(client=found.client, post=found).values("id")
    )
    events = Event.objects.filter(of, client=found.client).select_related("actor").order_by("-at", "-id")[:EVENTS]
    asked = Question.objects.filter(client=found.client, post=found).order_by("-asked_at")
    told = {
        "post": found,
        "zone": posts.zone_of(found.client),
        "events": [post_parts.event(one) for one in events],
        "questions": asked.select_related("asker", "answerer", "link")[:EVENTS],
        "check": LinkCheck.objects.filter(client=found.client, post=found, url=found.link).first(),
    }
    return render(request, "plan/history.html", told)


@require_safe
@office_page
def numbers(request: HttpRequest, principal: access.Principal, client: str, id: int) -> HttpResponse:
    """What the post did since it went out."""
    principal.need("metrics:read")
    found = posting.the_post(principal, client, id)
    first = Publication.objects.filter(client=found.client, post=found, state=State.SENT).order_by("sent_at").first()
    row, zone = None, ZoneInfo(posts.zone_of(found.client))
    if first:
        low = first.sent_at.astimezone(zone).date()
        high = max(low, timezone.now().astimezone(zone).date())
        told = metrics.rows([found.client_id], low - timedelta(days=1), high, "post", "reach")
        row = next((one for one in told if one["key"] == str(found.id)), None)
    shown = row and [(post_parts.COUNTERS[name], row[name]) for name in OF_POSTS if row[name] is not None]
    return render(
        request, "plan/numbers.html", {"post": found, "row": row, "shown": shown, "sent": first, "zone": zone.key}
    )


@require_safe
@office_page
def pictures(request: HttpRequest, principal: access.Principal, client: str) -> HttpResponse:
    """The client's pictures to choose from, the newest first."""
    principal.need("campaigns:read")
    whose = access.client(principal, client)
    chosen = [id for id in map(typed.id_of, request.GET.getlist("media")) if id is not None]
    found = Media.objects.filter(client=whose).exclude(id__in=chosen).order_by("-id")[:PICTURES]
    return render(request, "plan/pictures.html", {"client": whose, "pictures": found})


def do(principal: access.Principal, found: Post, given) -> Post:
    """The action that the form names, as the API does it; the post to look at next. Raises Refused, Conflict."""
    action = given.get("action", "")
    if action not in ACTIONS:
        raise Refused("action", "is none of these")
    made = found
    if action == "queue":
        slots.queue(post=found, actor=principal.user)
    elif action == "reuse":
        made = evergreen.reuse(post=found, actor=principal.user)
    elif action == "settle":
        sent, url = given.get("sent") == "1", given.get("url", "").strip()[:2_000]
        posts.settle(found, given.get("channel", ""), sent=sent, actor=principal.user, url=url)
    else:
        words = {"reason": given.get("reason", "").strip()[:2_000]}
        if action in VERDICTS:
            seen = given.get("version", "")
            words["comment"] = given.get("comment", "").replace("\r\n", "\n")[:5_000]
            words["version"] = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else None
        take(principal, found, action, **words)
    if action in GOES_ON:
        nudge(tasks.publish_posts)
    return made


def _client(principal: access.Principal, slug: str) -> Client:
    """With its calendar and rule, which every part of the page asks for."""
    found = access.clients(principal).select_related("calendar", "publishing_rule").filter(slug=slug).first()
    if found is None:
        raise access.NotFound(f"There is no client '{slug}'.")
    return found


def _whole(client: Client, id: int) -> Post:
    decided = Decision.objects.select_related("user", "link").order_by("id")
    there = Publication.objects.select_related("channel").prefetch_related(Prefetch("decisions", decided))
    found = Post.objects.filter(client=client, id=id).select_related("campaign", "serves", "author")
    whole = found.prefetch_related("attachments", Prefetch("publications", there.order_by("id"))).first()
    if whole is None:
        raise access.NotFound(f"The client '{client.slug}' has no post {id}.")
    whole.client = client
    return whole


def _choices(client: Client, found: Post | None = None) -> dict[str, list]:
    """The channels that a post can go to, and those that this one goes to anyway; the client's campaigns and goals."""
    there = {row.channel_id for row in post_parts.rows(found)} if found else set()
    channels = Channel.objects.filter(client=client).order_by(*alphabet.by("name"))
    able = [one for one in channels if one.id in there or one.disabled_at is None and post_parts.takes_posts(one)]
    campaigns = list(Campaign.objects.filter(client=client).order_by(*alphabet.by("name")))
    goals = serving.goals_of(client)
    if found and found.serves_id and found.serves not in goals:
        goals.append(found.serves)  # dropped meanwhile: the post keeps it until somebody chooses anew
    return {"channels": able, "campaigns": campaigns, "goals": goals}


def _save(request, principal, client: Client, form: PostForm, found: Post | None, edit=None) -> HttpResponse | None:
    """Where to go on, or None with the form that says what was refused."""
    try:
        _keep_picture(principal, client, form)
        if edit and edit.stale:
            raise Conflict("It was changed meanwhile.", "changed_meanwhile")
        values, shifted = _values(client, form, found)
        if found is None:
            saved = posts.add_post(client=client, actor=principal.user, **values)
        else:
            saved = posts.change_post(post=found, actor=principal.user, version=found.version, **values)
    except (Refused, Conflict) as error:
        form.refusal = error
        form.tell(posting.told(error))
        return None
    if shifted:
        messages.warning(request, posting.moved(form.local))
    messages.success(request, _("Saved."))
    return redirect("plan-post", client.slug, saved.id)


def _keep_picture(principal: access.Principal, client: Client, form: PostForm) -> None:
    """A new picture goes among the client's, whatever becomes of the post: no form can hold it. Raises Refused."""
    file = form.files.get("picture")
    if not file:
        return
    name, alt = file.name or "", form.data.get("picture_alt", "")
    made, _new = library.add(client=client, actor=principal.user, name=name, source=file.read(), alt=alt)
    form.data = form.data.copy()
    if made.id not in form.chosen:
        form.data.appendlist("media", str(made.id))


def _values(client: Client, form: PostForm, found: Post | None) -> tuple[dict, bool]:
    """What was typed, for the decision, and whether its wall time had to move; an unchanged time stays as it is."""
    values, local, shifted = form.values(), form.local, False
    values["campaign"] = posts.campaign_of(client, form.cleaned_data["campaign"] or None)
    values["serves"] = _goal(client, form.cleaned_data["goal"], found)
    if local is None:
        values["publish_at"] = None
    elif found is None or f"{local:%Y-%m-%dT%H:%M}" != found.local_time:
        values["publish_at"], shifted = posts.instant(local, client.calendar.document["zone"])
    return values, shifted


def _goal(client: Client, slug: str, found: Post | None) -> Goal | None:
    """Raises Refused for one that no longer counts, unless the post serves it already."""
    if found and found.serves and found.serves.slug == slug:
        return found.serves
    return serving.goal_of(client, slug, "serves")


def _editor(request, principal, client: Client, form: PostForm, found: Post | None, status=None, **more):
    refusal = getattr(form, "refusal", None)
    if status is None:
        status = posting.status(refusal) if refusal else 400 if form.is_bound else 200
    if isinstance(refusal, Conflict) and found is not None:
        found = _whole(client, found.id)
    chosen = post_parts.chosen(client, form, found)
    told = {
        "client": client,
        "zone": client.calendar.document["zone"],
        "form": form,
        "post": found,
        "pictures": chosen,
        "channels": post_parts.previews(form, chosen),
        "limits": json.dumps(limits.table()),
        "writes": "campaigns:write" in principal.rights,
    }
    if found is not None:
        told |= post_parts.standing(found, client, principal)
    return render(request, "plan/post.html", told | more, status=status)
