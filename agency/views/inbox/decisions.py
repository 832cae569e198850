"""What people do in the inbox: each form leads to one decision of the domain and back to the page."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from agency.doors import office_page
from agency.fields import moment
from agency.models import User
from campaigns.models import Campaign
from clients import access
from clients.models import Calendar
from clients.refusal import Conflict, Refused
from feedback import desk, stack, tasks
from feedback.course import find
from feedback.models import Conversation, Interaction, Reply
from feedback.nudges import nudge

from .. import typed
from . import thread, words
from .asked import some

PLAIN = {
    "resume": desk.resume,
    "resolve": desk.resolve,
    "archive": desk.archive,
    "reopen": desk.reopen,
    "spam": desk.spam,
    "block": desk.block,
    "not-spam": desk.not_spam,
    "no-reply-needed": desk.no_reply_needed,
}


@require_POST
@office_page
def decide(request: HttpRequest, principal: access.Principal, client: str, id: int, action: str) -> HttpResponse:
    """One decision about one conversation; what does not apply is said on its page, with nothing typed lost."""
    row = writable(principal, client, id)
    known = OTHERS.get(action) or (action in PLAIN and _plain(PLAIN[action]))
    if not known:
        raise Http404
    try:
        known(row, principal, request.POST)
    except (Refused, Conflict) as error:
        return again(request, principal, row, action, error)
    return back(request, row)


@require_POST
@office_page
def correct(request: HttpRequest, principal: access.Principal, client: str, id: int, message: int) -> HttpResponse:
    """A person's word on the mood of a message."""
    row = writable(principal, client, id)
    found = Interaction.objects.filter(client_id=row.client_id, conversation=row, id=message).first()
    if found is None:
        raise access.NotFound(f"There is no interaction '{message}'.")
    changes = {name: request.POST[name] for name in ("sentiment", "urgency") if request.POST.get(name)}
    try:
        desk.correct(interaction=found, user=principal.user, changes=changes)
    except Refused as error:
        return again(request, principal, row, "correct", error)
    messages.success(request, _("Corrected. Your word counts from now on."))
    return back(request, row)


@require_POST
@office_page
def retry(request: HttpRequest, principal: access.Principal, client: str, id: int, reply: int) -> HttpResponse:
    """Send a failed reply once more."""
    row = writable(principal, client, id)
    found = Reply.objects.filter(client_id=row.client_id, conversation=row, id=reply).select_related(
        "conversation__client"
    )
    if not found:
        raise access.NotFound(f"There is no reply '{reply}'.")
    try:
        desk.retry(reply=found[0], user=principal.user)
    except Conflict as error:
        return again(request, principal, row, "retry", error)
    nudge(tasks.deliver_replies)
    return back(request, row)


@require_POST
@office_page
def many(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    """Resolve or take the chosen conversations; what was done can be taken back."""
    principal.need("inbox:read")
    principal.need("inbox:write")
    chosen = some(principal, request.POST.getlist("conversation"))
    action, user = request.POST.get("action"), principal.user
    if action == "resolve":
        done = stack.resolve(conversations=chosen, user=user)
        told = ngettext("%d conversation resolved.", "%d conversations resolved.", len(done)) % len(done)
        undo = {"action": "reopen", "ids": [one.id for one in done]}
    elif action in ("take", "release"):
        before = {one.id: one.assignee_id for one in chosen}
        done = stack.assign(conversations=chosen, user=user, assignee=user if action == "take" else None)
        told = ngettext("%d conversation assigned.", "%d conversations assigned.", len(done)) % len(done)
        undo = {"action": "assign", "ids": [one.id for one in done], "to": [before[one.id] for one in done]}
    else:
        raise Http404
    if left := len(chosen) - len(done):
        told += " " + ngettext(
            "%d was left: done already, or criticism without an outcome.",
            "%d were left: done already, or criticism without an outcome.",
            left,
        ) % left
    if done:
        request.session["undo"] = undo | {"told": told}
    else:
        messages.info(request, told)
    return redirect(_list(request))


@require_POST
@office_page
def undo(request: HttpRequest, principal: access.Principal) -> HttpResponse:
    """Take back what was last done to many."""
    principal.need("inbox:read")
    principal.need("inbox:write")
    last = request.session.pop("undo", None)
    if last and request.POST.get("action") == "undo":
        rows = some(principal, [str(id) for id in last["ids"]])
        if last["action"] == "reopen":
            stack.reopen(conversations=rows, user=principal.user)
        else:
            _give_back(rows, dict(zip(last["ids"], last["to"], strict=True)), principal)
        messages.success(request, _("Taken back."))
    return redirect(_list(request))


def _give_back(rows: list[Conversation], before: dict[int, int | None], principal: access.Principal) -> None:
    people = User.objects.in_bulk({id for id in before.values() if id})
    for row in rows:
        stack.assign(conversations=[row], user=principal.user, assignee=people.get(before[row.id]))


def writable(principal: access.Principal, client: str, id: int) -> Conversation:
    principal.need("inbox:read")
    principal.need("inbox:write")
    return find(principal, client, id)


def _plain(decision):
    return lambda row, principal, given: decision(conversation=row, user=principal.user)


def _reply(row: Conversation, principal: access.Principal, given) -> None:
    desk.answer(
        conversation=row,
        user=principal.user,
        text=given.get("text", ""),
        then=given.get("then", ""),
        seen=typed.id_of(given.get("seen", "")),
    )
    nudge(tasks.deliver_replies)


def _note(row: Conversation, principal: access.Principal, given) -> None:
    desk.note(conversation=row, user=principal.user, text=given.get("text", ""))


def _assign(row: Conversation, principal: access.Principal, given) -> None:
    email = given.get("assignee", "")
    email = principal.user.email if email == "me" else email
    person = access.member(principal, email, row.client) if email else None
    desk.assign(conversation=row, user=principal.user, assignee=person)


def _snooze(row: Conversation, principal: access.Principal, given) -> None:
    until = given.get("until", "")
    desk.snooze(conversation=row, user=principal.user, until=_instant(row, until) if until else None)


def _instant(row: Conversation, text: str) -> datetime:
    """An instant, or a local time of the client. Raises Refused."""
    try:
        local = datetime.fromisoformat(text) if len(text) == len("2026-03-31T09:00") else None
    except ValueError:
        local = None
    try:
        if local is not None:
            zone = Calendar.objects.values_list("document__zone", flat=True).get(client_id=row.client_id)
            text = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).isoformat()
        return moment(text)
    except (ValueError, OverflowError) as error:
        raise Refused("until", str(error)) from None


def _wait(row: Conversation, principal: access.Principal, given) -> None:
    desk.wait(conversation=row, user=principal.user, on=given.get("on", ""))


def _vip(row: Conversation, principal: access.Principal, given) -> None:
    desk.set_vip(conversation=row, user=principal.user, vip=given.get("vip") == "yes")


def _campaign(row: Conversation, principal: access.Principal, given) -> None:
    slug = given.get("campaign", "")
    found = Campaign.objects.filter(client_id=row.client_id, slug=slug).first() if slug else None
    if slug and found is None:
        raise access.NotFound(f"The client '{row.client.slug}' has no campaign '{slug}'.")
    desk.set_campaign(conversation=row, user=principal.user, campaign=found)


def _merge(row: Conversation, principal: access.Principal, given) -> None:
    into = typed.id_of(given.get("into", ""))
    if into is None:
        raise Refused("into", "must be another conversation of the same channel")
    desk.merge(conversation=row, user=principal.user, into=find(principal, row.client.slug, into))


OTHERS = {
    "reply": _reply,
    "note": _note,
    "assign": _assign,
    "snooze": _snooze,
    "wait": _wait,
    "vip": _vip,
    "campaign": _campaign,
    "merge": _merge,
}


def again(request, principal, row: Conversation, action: str, error: Refused | Conflict) -> HttpResponse:
    status = 409 if isinstance(error, Conflict) else 400
    row = find(principal, row.client.slug, row.id)
    given = {name: request.POST.get(name, "") for name in ("text", "revised")}
    return thread.answer(request, principal, row, status=status, wrong=action, trouble=words.no(error), **given)


def back(request: HttpRequest, row: Conversation) -> HttpResponse:
    address = reverse("conversation", args=[row.client.slug, row.id])
    return redirect(f"{address}?{request.GET.urlencode()}" if request.GET else address)


def _list(request: HttpRequest) -> str:
    return f"{reverse('inbox')}?{request.GET.urlencode()}" if request.GET else reverse("inbox")
