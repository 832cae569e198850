"""A client's strategy in its file: what is signed and how it goes, the draft, and what differs between versions."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns import rhythm
from campaigns.models import Strategy
from campaigns.strategy import signing
from campaigns.strategy.document import differences
from clients import access
from clients.models import Client
from clients.readiness import checks
from clients.views import strategy_words
from feedback import goals

from . import edits
from . import strategy_form as forms
from .attempts import Trouble, attempt
from .client import file, show

WRITES = "campaigns:write"
LABELS = {
    "summary": _l("In short"),
    "goals": _l("Goals"),
    "audiences": _l("For whom"),
    "tone": _l("Tone"),
    "channels": _l("Where, and what for"),
    "mix": _l("What posts are about"),
    "budget": _l("Budget a month"),
    "contacts": _l("Whom we call in an emergency"),
    "taboos": _l("What we keep out of"),
    "note": _l("What changed and why, for the client"),
}


@require_safe
@file
def strategy(request: HttpRequest, principal: access.Principal, client: Client) -> HttpResponse:
    """What is in force with its goals and what drifts; the open draft, and all versions."""
    now = timezone.now()
    today = rhythm.local_days([client], now)
    versions = list(signing.versions(client))
    force = next((row for row in versions if row.signed_at and not row.superseded_at), None)
    draft = next((row for row in versions if not row.signed_at), None)
    standing = goals.standings([client.id], today[client.id][0], now) if force else []
    rhythms = rhythm.rhythms([client], now, today) if force else []
    kinds = rhythm.kinds([client], now, today)[client.id] if force else {}
    names = {row.channel.slug: row.channel.name for row in rhythms} or strategy_words.names(client)
    drift = goals.drift(force, rhythms, kinds, standing) if force else []
    told = {
        "zone": today[client.id][1].key,
        "force": force and strategy_words.told(force.document, names),
        "signed": force,
        "goals": strategy_words.goals(standing),
        "drift": [strategy_words.drift(one) for one in drift],
        "draft": draft,
        "changes": strategy_words.changes(differences(force.document, draft.document)) if force and draft else [],
        "offered": draft and strategy_words.told(draft.document, names),
        "versions": versions,
        "may_write": WRITES in principal.rights,
        "checked": bool(versions) or checks.of(client).exists(),
    }
    return show(request, client, "strategy", told)


@require_http_methods(["GET", "HEAD", "POST"])
@file
def edit(request: HttpRequest, principal: access.Principal, client: Client) -> HttpResponse:
    """The draft as a form; a new one begins with what is in force."""
    principal.need(WRITES)
    trouble, draft = Trouble(), signing.unsigned(client)
    edit = edits.begin(
        request, ("strategies", client.slug), LABELS, lambda: forms.fields(*_known(client)),
        lambda given: forms.fields(forms.read(given), given.get("note", "").strip()[:2_000]),
        words={part: partial(strategy_words.told_part, part) for part in LABELS},
        of=draft and (client, "strategy", draft.id),
    )  # fmt: skip
    document = {name: edit.values[name] for name in signing.EMPTY}
    if request.method == "POST":
        written = {"client": client, "actor": principal.user, "document": document, "note": edit.values["note"]}
        trouble = edit.save(lambda: signing.write(**written))
        if not trouble:
            messages.success(request, _("The draft is saved. The client sees it once you offer it."))
            return redirect("client-strategy", client.slug)
    form, note = forms.filled(document, client, trouble), edit.values["note"]
    told = {"form": form, "note": note, "edit": edit, "trouble": trouble}
    return show(request, client, "strategy", told, template="strategy_edit", status=trouble.status)


def _known(client: Client) -> tuple[dict, str]:
    """Document and note of the draft, or what is in force and no note yet."""
    if draft := signing.unsigned(client):
        return draft.document, draft.note
    force = signing.in_force(client)
    return (force.document if force else signing.EMPTY), ""


@require_POST
@file
def offer(request: HttpRequest, principal: access.Principal, client: Client) -> HttpResponse:
    principal.need(WRITES)
    trouble = attempt(lambda: signing.offer(client=client, actor=principal.user))
    if trouble:
        messages.error(request, trouble.fields.get("goals") or trouble.whole)
    else:
        messages.success(request, _("The client is asked to sign."))
    return redirect("client-strategy", client.slug)


@require_safe
@file
def version(request: HttpRequest, principal: access.Principal, client: Client, number: int) -> HttpResponse:
    """One version, and what differs from the one before."""
    rows = {row.number: row for row in Strategy.objects.filter(client=client, number__in=[number, number - 1])}
    if number not in rows:
        raise access.NotFound(f"There is no version '{number}'.")
    before = rows[number - 1].document if number - 1 in rows else signing.EMPTY
    told = {
        "row": rows[number],
        "told": strategy_words.told(rows[number].document, strategy_words.names(client)),
        "changes": strategy_words.changes(differences(before, rows[number].document)),
    }
    return show(request, client, "strategy", told, template="strategy_version")
