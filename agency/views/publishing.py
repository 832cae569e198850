"""How a client wants to be asked and published for, how often its channels speak, and about what."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaigns import approval, feeds, mix, rhythm
from campaigns.vocabulary import Approval, Overdue, PostKind
from clients import access
from clients.models import Client
from clients.refusal import Refused

from . import labels
from .attempts import Trouble, attempt
from .client import CHANGES, file, show

NUMBERS = {"tolerance": (1, 7 * 24 * 60), "remind_hours": (0, 14 * 24), "escalate_hours": (0, 14 * 24)}
FLAGS = ("four_eyes", "counts_clicks", "short_links")
RHYTHM, MOST_A_WEEK = "campaigns:write", 200
FORMS = ("rule", "cadence", "mix")


@require_http_methods(["GET", "HEAD", "POST"])
@file
def publishing(request: HttpRequest, principal: access.Principal, client: Client) -> HttpResponse:
    """Three forms on one page; `what` says which one was sent."""
    trouble, what, given = Trouble(), request.POST.get("what", ""), request.POST
    if request.method == "POST":
        principal.need(CHANGES if what == "rule" else RHYTHM)
        acts = {"rule": _rule, "cadence": _cadence, "mix": _mix}
        trouble = attempt(lambda: acts.get(what, _nothing)(principal, client, given))
        if not trouble:
            messages.success(request, _("Saved."))
            return redirect("client-publishing", client.slug)
    now = timezone.now()
    today = rhythm.local_days([client], now)
    told = {
        "zone": today[client.id][1].key,
        "trouble": trouble,
        "rule": _typed_rule(given) if what == "rule" else _stored_rule(client),
        "rhythms": _rhythms(rhythm.rhythms([client], now, today), given if what == "cadence" else None, trouble),
        "mix": _mixes(*rhythm.mixes([client], now, today)[client.id], given if what == "mix" else None),
        "approvals": [(one, labels.APPROVALS[one]) for one in Approval.values],
        "overdues": [(one, labels.OVERDUES[one]) for one in Overdue.values],
        "kinds": labels.POST_KINDS.items(),
        "no_rhythm": RHYTHM not in principal.rights,
        "mix_days": mix.DAYS,
        "feed": feeds.of(client),
    }
    return show(request, client, "publishing", told, status=trouble.status)


def _nothing(principal, client, given) -> None:
    raise Refused("", "must be one of the forms")


def _rule(principal: access.Principal, client: Client, given: QueryDict) -> None:
    errors: list[tuple[str, str]] = []
    changes: dict[str, object] = {name: given.get(name) == "on" for name in FLAGS}
    for name, (low, high) in NUMBERS.items():
        changes[name] = _whole(given.get(name, ""), name, low, high, errors)
    for name, allowed in (("approval", Approval.values), ("overdue", Overdue.values)):
        changes[name] = given.get(name, "")
        if changes[name] not in allowed:
            errors.append((name, "must be one of those shown"))
    changes["routine_kinds"] = [kind for kind in PostKind.values if kind in given.getlist("routine_kinds")]
    if errors:
        raise Refused(errors=errors)
    approval.change_rule(client=client, actor=principal.user, **changes)


def _whole(text: str, field: str, low: int, high: int, errors: list) -> int:
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) <= 9 and low <= int(text) <= high:
        return int(text)
    errors.append((field, "must be a whole number"))
    return low


def _stored_rule(client: Client) -> dict:
    rule = approval.rule_of(client)
    return {name: getattr(rule, name) for name in approval.RULE}


def _typed_rule(given: QueryDict) -> dict:
    flags = {name: given.get(name) == "on" for name in FLAGS}
    return {name: given.get(name, "") for name in given} | flags | {"routine_kinds": given.getlist("routine_kinds")}


def _cadence(principal: access.Principal, client: Client, given: QueryDict) -> None:
    """What was agreed for each channel; those whose fields are missing stay. Raises Refused."""
    errors: list[tuple[str, str]] = []
    for channel in client.channels.filter(disabled_at=None).order_by("slug"):
        names = [f"least-{channel.slug}", f"most-{channel.slug}"]
        if names[0] not in given:
            continue
        least = _whole(given[names[0]] or "0", names[0], 0, MOST_A_WEEK, errors)
        most = _whole(given[names[1]], names[1], 1, MOST_A_WEEK, errors) if given.get(names[1], "").strip() else None
        if most is not None and most < least:
            errors.append((names[1], "must not be less than least"))
        if not errors:
            rhythm.agree(client=client, channel=channel, actor=principal.user, least=least, most=most)
    if errors:
        raise Refused(errors=errors)


def _rhythms(found: list[rhythm.Rhythm], given: QueryDict | None, trouble: Trouble) -> list[dict]:
    return [
        {
            "row": row,
            "least": row.least if given is None else given.get(f"least-{row.channel.slug}", ""),
            "most": row.most if given is None else given.get(f"most-{row.channel.slug}", ""),
            "wrong": trouble.fields.get(f"least-{row.channel.slug}")
            or trouble.fields.get(f"most-{row.channel.slug}", ""),
        }
        for row in found
    ]


def _mix(principal: access.Principal, client: Client, given: QueryDict) -> None:
    errors: list[tuple[str, str]] = []
    typed = {kind: given.get(f"share-{kind}", "").strip() for kind in PostKind.values}
    shares = {kind: _whole(text, "targets", 0, 100, errors) for kind, text in typed.items() if text}
    if errors:
        raise Refused(errors=errors)
    targets = {kind: share for kind, share in shares.items() if share}
    rhythm.aim(client=client, actor=principal.user, targets=targets)


def _mixes(counts: dict[str, int], targets: dict[str, int], given: QueryDict | None) -> dict:
    total, following = sum(counts.values()), mix.following(counts, targets)
    rows = [
        {
            "kind": kind,
            "name": labels.POST_KINDS[kind],
            "count": counts.get(kind, 0),
            "share": mix.share(counts.get(kind, 0), total),
            "target": targets.get(kind, "") if given is None else given.get(f"share-{kind}", ""),
            "short": kind in mix.short(counts, targets),
        }
        for kind in PostKind.values
    ]
    return {"rows": rows, "total": total, "following": following and labels.POST_KINDS[following]}
