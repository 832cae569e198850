"""How a client wants to be asked and published for, how often its channels speak, and about what."""

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods

from agency.conventions import tags
from campaigns import approval, feeds, mix, rhythm
from campaigns.models import PublishingRule
from campaigns.vocabulary import Approval, Overdue, PostKind
from clients import access
from clients.models import Client
from clients.refusal import Refused

from . import edits, labels
from .attempts import Trouble, refused
from .client import CHANGES, file, show

NUMBERS = {"tolerance": (1, 7 * 24 * 60), "remind_hours": (0, 14 * 24), "escalate_hours": (0, 14 * 24)}
FLAGS = ("four_eyes", "counts_clicks", "short_links")
RULE = {
    "approval": _l("Who approves a post"),
    "four_eyes": _l("Four eyes: somebody else than the author approves"),
    "routine_kinds": _l("Routine: the client need not see these kinds"),
    "remind_hours": _l("Remind, hours before"),
    "escalate_hours": _l("Tell whoever steers, hours before"),
    "overdue": _l("If the client has not answered in time"),
    "tolerance": _l("Minutes a post may go out late"),
    "short_links": _l("Send links as own short links, whose clicks are counted"),
    "counts_clicks": _l("Count clicks as engagement"),
}
RULE_WORDS = {"approval": labels.APPROVALS, "overdue": labels.OVERDUES, "routine_kinds": labels.POST_KINDS}
RHYTHM, MOST_A_WEEK = "campaigns:write", 200


@require_http_methods(["GET", "HEAD", "POST"])
@file
def publishing(request: HttpRequest, principal: access.Principal, client: Client) -> HttpResponse:
    """Three forms on one page; `what` says which one was sent."""
    trouble, what, sent = Trouble(), request.POST.get("what", ""), request.method == "POST"
    if sent:
        principal.need(CHANGES if what == "rule" else RHYTHM)
        tags.alone(principal.agency.id, "clients", [client.slug])
    client = Client.objects.select_related("publishing_rule", "calendar").get(pk=client.pk)
    now, zone = timezone.now(), ZoneInfo(client.calendar.document["zone"])
    today = {client.id: (now.astimezone(zone).date(), zone)}
    rhythms = rhythm.rhythms([client], now, today)
    counts, targets = rhythm.mixes([client], now, today)[client.id]
    rule = _edit(request, what == "rule", RULE, _stored_rule(client), _typed_rule, words=RULE_WORDS)
    cadence = _edit(request, what == "cadence", *_stored_cadence(rhythms), _typed_cadence, words=_told_cadence(rhythms))
    shares = _edit(request, what == "mix", labels.POST_KINDS, _stored_mix(targets), _typed_mix)
    acts = {"rule": (rule, _rule), "cadence": (cadence, _cadence), "mix": (shares, _mix)}
    if sent and what not in acts:
        trouble = refused([("", "must be one of the forms")])
    elif sent:
        edit, act = acts[what]
        trouble = edit.save(lambda: act(principal, client, edit.values))
        if not trouble:
            messages.success(request, _("Saved."))
            return redirect("client-publishing", client.slug)
    told = {
        "zone": zone.key,
        "trouble": trouble,
        "rule": rule,
        "cadence": cadence,
        "rhythms": _rhythms(rhythms, cadence.values, trouble),
        "shares": shares,
        "mix": _mixes(counts, targets, shares.values),
        "approvals": [(one, labels.APPROVALS[one]) for one in Approval.values],
        "overdues": [(one, labels.OVERDUES[one]) for one in Overdue.values],
        "kinds": labels.POST_KINDS.items(),
        "no_rhythm": RHYTHM not in principal.rights,
        "mix_days": mix.DAYS,
        "feed": feeds.of(client),
    }
    return show(request, client, "publishing", told, status=trouble.status)


def _edit(request: HttpRequest, sent: bool, names: Mapping, stored: dict, typed: Callable, **more) -> edits.Edit:
    given = request.POST
    return edits.Edit(names, stored, typed(given), given, **more) if sent else edits.Edit(names, stored, **more)


def _rule(principal: access.Principal, client: Client, given: dict) -> None:
    errors: list[tuple[str, str]] = []
    changes: dict[str, object] = {name: given[name] for name in FLAGS}
    for name, (low, high) in NUMBERS.items():
        changes[name] = _whole(given[name], name, low, high, errors)
    for name, allowed in (("approval", Approval.values), ("overdue", Overdue.values)):
        changes[name] = given[name]
        if changes[name] not in allowed:
            errors.append((name, "must be one of those shown"))
    changes["routine_kinds"] = [kind for kind in PostKind.values if kind in given["routine_kinds"]]
    if errors:
        raise Refused(errors=errors)
    approval.change_rule(client=client, actor=principal.user, **changes)


def _whole(text: object, field: str, low: int, high: int, errors: list) -> int:
    text = str(text).strip()
    if text.isascii() and text.isdigit() and len(text) <= 9 and low <= int(text) <= high:
        return int(text)
    errors.append((field, "must be a whole number"))
    return low


def _stored_rule(client: Client) -> dict:
    rule = getattr(client, "publishing_rule", None) or PublishingRule(client=client)
    return {name: getattr(rule, name) for name in RULE} | {"routine_kinds": sorted(rule.routine_kinds)}


def _typed_rule(given: QueryDict) -> dict:
    flags = {name: given.get(name) == "on" for name in FLAGS}
    return {name: given.get(name, "") for name in RULE} | flags | {
        "routine_kinds": sorted(given.getlist("routine_kinds"))
    }  # fmt: skip


def _stored_cadence(rhythms: list[rhythm.Rhythm]) -> tuple[dict, dict]:
    """The names of the channels by slug, and what was agreed for each: at least, at most."""
    names = {row.channel.slug: row.channel.name for row in rhythms}
    return names, {row.channel.slug: [row.least or "", row.most] for row in rhythms}


def _typed_cadence(given: QueryDict) -> dict:
    """Of the channels whose fields were sent; nothing at least is 0."""
    slugs = [name.removeprefix("least-") for name in given if name.startswith("least-")]
    pairs = {slug: (given[f"least-{slug}"].strip(), given.get(f"most-{slug}", "").strip()) for slug in slugs}
    return {slug: ["" if least == "0" else least, most] for slug, (least, most) in pairs.items()}


def _told_cadence(rhythms: list[rhythm.Rhythm]) -> dict:
    def told(pair: list) -> str:
        return _("%(least)s to %(most)s a week") % {"least": pair[0] or 0, "most": pair[1] or "∞"}

    return {row.channel.slug: told for row in rhythms}


def _cadence(principal: access.Principal, client: Client, given: dict) -> None:
    """What was agreed for each channel; those whose fields are missing stay. Raises Refused."""
    errors: list[tuple[str, str]] = []
    for channel in client.channels.filter(disabled_at=None, slug__in=given).order_by("slug"):
        low, high = given[channel.slug]
        names = [f"least-{channel.slug}", f"most-{channel.slug}"]
        least = _whole(low or "0", names[0], 0, MOST_A_WEEK, errors)
        most = _whole(high, names[1], 1, MOST_A_WEEK, errors) if high else None
        if most is not None and most < least:
            errors.append((names[1], "must not be less than least"))
        if not errors:
            rhythm.agree(client=client, channel=channel, actor=principal.user, least=least, most=most)
    if errors:
        raise Refused(errors=errors)


def _rhythms(found: list[rhythm.Rhythm], given: dict, trouble: Trouble) -> list[dict]:
    """Each with what the form shows of it; a channel that was not sent shows what is agreed."""
    return [
        {
            "row": row,
            "least": given.get(row.channel.slug, [row.least, row.most])[0] or 0,
            "most": given.get(row.channel.slug, [row.least, row.most])[1],
            "wrong": trouble.fields.get(f"least-{row.channel.slug}")
            or trouble.fields.get(f"most-{row.channel.slug}", ""),
        }
        for row in found
    ]


def _stored_mix(targets: dict[str, int]) -> dict:
    return {kind: targets.get(kind, "") for kind in PostKind.values}


def _typed_mix(given: QueryDict) -> dict:
    typed = {kind: given.get(f"share-{kind}", "").strip() for kind in PostKind.values}
    return {kind: "" if share == "0" else share for kind, share in typed.items()}


def _mix(principal: access.Principal, client: Client, given: dict) -> None:
    errors: list[tuple[str, str]] = []
    shares = {kind: _whole(text, "targets", 0, 100, errors) for kind, text in given.items() if text}
    if errors:
        raise Refused(errors=errors)
    targets = {kind: share for kind, share in shares.items() if share}
    rhythm.aim(client=client, actor=principal.user, targets=targets)


def _mixes(counts: dict[str, int], targets: dict[str, int], given: dict) -> dict:
    total, following = sum(counts.values()), mix.following(counts, targets)
    rows = [
        {
            "kind": kind,
            "name": labels.POST_KINDS[kind],
            "count": counts.get(kind, 0),
            "share": mix.share(counts.get(kind, 0), total),
            "target": given[kind],
            "short": kind in mix.short(counts, targets),
        }
        for kind in PostKind.values
    ]
    return {"rows": rows, "total": total, "following": following and labels.POST_KINDS[following]}
