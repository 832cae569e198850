"""The parts of a post's page: how it looks on each channel, how far its approvals are, what was done to it."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from campaigns import approval
from campaigns.api.shapes import allowed
from campaigns.limits import count, limit, said
from campaigns.models import Decision, Media, Post, Publication, PublishingRule
from campaigns.vocabulary import OUT, WAITING, State, Verdict
from clients import access, networks
from clients.models import Channel, Client, Event

from .post_form import PostForm
from .posting import STAGES, STATES, VERDICTS

COUNTERS = {
    "impressions": _("Impressions"),
    "reach": _("Reach"),
    "views": _("Views"),
    "reactions": _("Reactions"),
    "comments": _("Comments"),
    "shares": _("Shares"),
    "clicks": _("Clicks"),
}
EVENTS = {
    "post.added": _("wrote the post"),
    "post.changed": _("changed the post"),
    "post.submit": _("submitted it for approval"),
    "post.schedule": _("scheduled it"),
    "post.cancel": _("cancelled it"),
    "post.hold": _("put it on hold"),
    "post.release": _("released it"),
    "post.approve": _("approved it"),
    "post.change": _("asked for a change"),
    "post.reject": _("rejected it"),
    "post.settled": _("said what became of it"),
    "post.sent": _("It was sent"),
    "post.failed": _("It failed"),
    "post.missed": _("Its slot was missed"),
}
FIELDS = {
    "kind": _("Kind"),
    "title": _("Title"),
    "text": _("Text"),
    "link": _("Link"),
    "tags": _("Tags"),
    "publish_at": _("Time"),
    "evergreen": _("Evergreen"),
    "campaign": _("Campaign"),
    "media": _("Pictures"),
    "variants": _("Texts of single channels"),
}
# How far a post has come, for the bar; what went another way stands at the step where it left.
STEPS = {
    State.DRAFT: 0, State.IN_REVIEW: 1, State.CLIENT_REVIEW: 2, State.APPROVED: 3, State.SCHEDULED: 3, State.HELD: 3,
    State.CANCELLED: 0, State.MISSED: 3, State.SENDING: 4, State.FAILED: 4, State.UNCONFIRMED: 4, State.SENT: 5,
}  # fmt: skip


def rows(post: Post) -> list[Publication]:
    """In their order; of a post whose publications were read with it."""
    return sorted(post.publications.all(), key=lambda row: row.id)


def takes_posts(channel: Channel) -> bool:
    entry = networks.get(channel.network)
    return entry.takes_posts


def chosen(client: Client, form: PostForm, post: Post | None) -> list[dict]:
    """The pictures of the form in their order, each with what goes out for those who don't see it."""
    there = {one.media_id: one for one in post.attachments.all()} if post else {}
    found = {id: one.media for id, one in there.items()}
    if unread := [id for id in form.chosen if id not in found]:
        found |= Media.objects.filter(client=client).in_bulk(unread)
    return [
        {"media": found[id], "alt": there[id].alt if id in there else found[id].alt}
        for id in form.chosen
        if id in found
    ]


def previews(form: PostForm, pictures: Sequence[dict]) -> list[dict]:
    """Each channel with its own text, how long it is there, and how it will read."""
    picked = set(form["channels"].value() or ())
    text, link = form["text"].value() or "", form["link"].value() or ""
    found = []
    for channel in form.there:
        field = form[f"variant-{channel.slug}"]
        own = field.value() or ""
        shown = said(channel.network, own or text, link, len(pictures))
        rule = limit(channel.network)
        used = count(channel.network, shown)
        found.append(
            {
                "channel": channel,
                "network": networks.get(channel.network),
                "picked": channel.slug in picked,
                "field": field,
                "own": own,
                "shown": shown,
                "used": used,
                "most": rule.length,
                "over": bool(rule.length) and used > rule.length,
                "apart": link if link and link not in shown else "",
            }
        )
    return found


def standing(post: Post, client: Client, principal: access.Principal) -> dict:
    """The approval bar, and what the principal may do now."""
    rule = getattr(client, "publishing_rule", None) or PublishingRule(client=client)
    wanted = approval.stages(post, rule)
    there = rows(post)
    able = {action for row in there for action in allowed(row, principal)}
    waiting = [row for row in there if row.state in WAITING]
    lacking = {approval.missing_of(post, row, rule, row.decisions.all()) for row in waiting} - {None}
    own_eyes = rule.four_eyes and post.author_id == principal.user.id
    return {
        "stages": [(stage, STAGES[stage]) for stage in wanted],
        "bar": [_bar(post, row, rule, wanted, principal) for row in there],
        "able": able,
        "queues": "campaigns:write" in principal.rights and any(row.state == State.DRAFT for row in there),
        "reuses": "campaigns:write" in principal.rights,
        "in_place": "client" in lacking,
        "four_eyes": own_eyes and "internal" in lacking,
        "asked": sorted(STAGES[stage] for stage in lacking),
        "out": any(row.state in OUT for row in there),
        "is_sent": any(row.state == State.SENT for row in there),
    }


def _bar(post: Post, row: Publication, rule: PublishingRule, wanted, principal: access.Principal) -> dict:
    said_so, now = list(row.decisions.all()), approval.hash_of(post, row)
    latest = {one.stage: one for one in said_so}
    lacks = approval.missing_of(post, row, rule, said_so)
    return {
        "row": row,
        "word": STATES[State(row.state)],
        "stages": [_stage(stage, latest.get(stage), now, row, stage == lacks) for stage in wanted],
        "by_hand": networks.get(row.channel.network).manual,
        "settles": "settle" in allowed(row, principal),
    }


def _stage(stage: str, decision: Decision | None, now: str, row: Publication, lacks: bool) -> dict:
    """`state`: done, void (about another version), wish, asked (it is their turn) or open."""
    if decision is None or decision.hash != now:
        state = "asked" if lacks and row.state in WAITING else "void" if decision else "open"
    elif decision.verdict == Verdict.APPROVE:
        state = "open" if lacks else "done"
    else:
        state = "wish"
    return {
        "label": STAGES[stage],
        "state": state,
        "decision": decision,
        "word": decision and VERDICTS[Verdict(decision.verdict)],
        "who": decision and who(decision),
    }


def who(decision: Decision) -> str:
    if decision.link:
        return decision.link.name
    return decision.user.name if decision.user else ""


def event(one: Event) -> dict:
    changed = []
    if one.action == "post.changed" and one.before and one.after:
        changed = [FIELDS.get(name, name) for name in one.after if one.before.get(name) != one.after[name]]
    after = one.after or {}
    channels = after.get("channels")
    where = list(channels) if channels else [after["channel"]] if after.get("channel") else []
    return {
        "at": one.at,
        "who": one.actor.name if one.actor else after.get("by", ""),
        "what": EVENTS.get(one.action, one.action),
        "changed": changed,
        "where": where,
        "reason": after.get("reason", ""),
    }
