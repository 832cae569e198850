"""What we decide about posts: what they say, where, when, and how far they may go. Each change is logged."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from agency.models import User
from clients import audit, networks
from clients.models import Calendar, Channel, Client
from clients.refusal import Conflict, Refused

from . import approval, fit, outgoing, reports
from . import media as pictures
from .models import ApprovalLink, Campaign, Post, Publication
from .vocabulary import OUT, Stage, State, Verdict

FIELDS = ("kind", "title", "text", "link", "tags", "publish_at", "evergreen", "campaign", "serves")
REVIEWED = (State.IN_REVIEW, State.CLIENT_REVIEW, State.APPROVED, State.SCHEDULED)
SAVED = ("state", "held_from", "planned_at", "due_at", "asked_at", "fence", "tries", "questions", "reason", "url") + (
    "sent_at",
    "sent_hash",
    "updated_at",
)
# Which action a publication in a state allows; `settle` is what a person knows about the network.
ALLOWED = {
    State.DRAFT: ("submit", "schedule", "cancel"),
    State.IN_REVIEW: ("approve", "reject", "cancel", "hold"),
    State.CLIENT_REVIEW: ("approve", "reject", "cancel", "hold"),
    State.APPROVED: ("schedule", "cancel", "hold"),
    State.SCHEDULED: ("cancel", "hold"),
    State.SENDING: (),
    State.SENT: (),
    State.FAILED: ("schedule", "cancel"),
    State.UNCONFIRMED: (),
    State.MISSED: ("schedule", "cancel"),
    State.CANCELLED: ("submit",),
    State.HELD: ("release", "cancel"),
}


@transaction.atomic
def add_post(
    *,
    client: Client,
    channels: Sequence[str],
    actor: User | None,
    variants: dict[str, str] | None = None,
    media: Sequence[int] = (),
    **values,
) -> Post:
    """A new draft for these channels of the client. Raises Refused."""
    post = Post(client=client, author=actor, **values)
    place_in_time(post)
    rows = _publications(post, channels, variants or {})
    _check(post, rows)
    post.save()
    Publication.objects.bulk_create(rows)
    if media:
        pictures.attach(post, media)
        _check(post, rows)
    audit.record(client, actor, "post.added", "post", post.id, after=_facts(post) | {"channels": list(channels)})
    outgoing.told(post, "post.created", actor)
    return post


@transaction.atomic
def change_post(*, post: Post, actor: User | None, version: int | None = None, **changes) -> Post:
    """New values for any of FIELDS, `channels`, `variants` or `media`; what this changes needs its approval again.

    Another kind or campaign may ask others to approve: then all of the post goes where the gate sends it.
    Raises Refused, and Conflict where a part of it that is out would change or it is no longer the `version` given.
    """
    rows = locked(post)
    post.refresh_from_db()
    _is_still(post, version)
    stood = outgoing.states(rows)
    before = _facts(post) | {"variants": {row.channel.slug: row.variant for row in rows}}
    hashes = {row.id: approval.hash_of(post, row) for row in rows}
    rule = approval.rule_of(post.client)
    asked = approval.stages(post, rule)
    for field in FIELDS:
        setattr(post, field, changes.get(field, getattr(post, field)))
    place_in_time(post)
    rows = _rearranged(post, rows, changes.get("channels"), changes.get("variants"))
    if "media" in changes:
        pictures.attach(post, changes["media"])
    _check(post, rows, complete=any(row.state in (*REVIEWED, State.HELD) for row in rows))
    changed = [row for row in rows if hashes.get(row.id) != approval.hash_of(post, row)]
    if out := [row.channel.slug for row in changed if row.state in OUT]:
        raise Conflict(f"The post is already out on {', '.join(out)}: nothing was changed.", "already_out")
    if changed:
        post.author = actor
    after = _facts(post) | {"variants": {row.channel.slug: row.variant for row in rows}}
    if before == after:
        return post
    post.version, post.updated_at = post.version + 1, timezone.now()
    post.save()
    go_on(post, changed if asked == approval.stages(post, rule) else rows)
    audit.record(post.client, actor, "post.changed", "post", post.id, before, after)
    outgoing.told(post, "post.updated", actor)
    outgoing.moved(post, stood, rows)
    return post


@transaction.atomic
def act(post: Post, action: str, *, actor: User | None, version: int | None = None, reason: str = "") -> Post:
    """submit, schedule, cancel, hold or release all of the post that allows it. Raises Conflict, Refused."""
    rows = locked(post)
    post.refresh_from_db()
    _is_still(post, version)
    able = [row for row in rows if action in ALLOWED[row.state]]
    if not able:
        states = ", ".join(sorted({row.state for row in rows}))
        raise Conflict(f"'{action}' is not possible now: the post is {states}.", "not_allowed_now")
    before = outgoing.states(able)
    ACTIONS[action](post, able)
    for row in able:
        row.reason = reason if action in ("cancel", "hold") else ""
    save(able)
    after = {"channels": {row.channel.slug: row.state for row in able}, "reason": reason}
    audit.record(post.client, actor, f"post.{action}", "post", post.id, after=after)
    if action in outgoing.ACTIONS:
        outgoing.told(post, outgoing.ACTIONS[action], actor, reason=reason, channels=list(after["channels"]))
    outgoing.moved(post, before, able)
    return post


@transaction.atomic
def judge(
    post: Post,
    verdict: Verdict,
    *,
    actor: User | None = None,
    link: ApprovalLink | None = None,
    version: int | None = None,
    **words,
) -> Post:
    """One verdict on all of the post that waits for one; what is approved by all goes on. Raises Conflict, Refused."""
    rows = locked(post)
    post.refresh_from_db()
    _is_still(post, version)
    rule = approval.rule_of(post.client)
    if verdict == Verdict.APPROVE:
        _check(post, [row for row in rows if row.state in REVIEWED], complete=True)
    before = outgoing.states(rows)
    decided = approval.decide(post, rows, verdict=verdict, rule=rule, actor=actor, link=link, **words)
    if verdict == Verdict.APPROVE:
        go_on(post, decided)
        outgoing.moved(post, before, decided)
    else:
        for row in decided:
            row.state, row.due_at, row.asked_at, row.reason = State.DRAFT, None, None, words.get("comment", "")
        save(decided)
        outgoing.told(post, outgoing.VERDICTS[verdict], actor, comment=words.get("comment", ""))
    return post


@transaction.atomic
def settle(post: Post, channel: str, *, sent: bool, actor: User | None, url: str = "") -> Post:
    """What a person saw on the network: a manual post that is out, or whether an unconfirmed one is.

    Raises Refused, Conflict.
    """
    row = next((row for row in locked(post) if row.channel.slug == channel), None)
    if row is None:
        raise Refused("channel", f"The post does not go to a channel '{channel}'.", "unknown")
    post.refresh_from_db()
    by_hand = row.state == State.SCHEDULED and networks.get(row.channel.network).manual and sent
    if not by_hand and row.state != State.UNCONFIRMED:
        raise Conflict("Nobody has to say what became of it.", "not_allowed_now")
    if by_hand and (stage := approval.missing(post, row, approval.rule_of(post.client))):
        raise Conflict(f"The {stage} approval is missing.", "not_approved")
    row.fence, row.due_at, row.url = row.fence + 1, None, url
    row.state, row.sent_at = (State.SENT, timezone.now()) if sent else (State.FAILED, None)
    row.reason = "" if sent else "A person did not find it on the network."
    if by_hand:
        row.sent_hash = approval.hash_of(post, row)
    save([row])
    after = {"channel": channel, "sent": sent, "url": url}
    audit.record(post.client, actor, "post.settled", "publication", row.id, after=after)
    outgoing.ended(post, row, row.state, row.reason, url)
    return post


def allowed(row: Publication) -> list[str]:
    """The actions that the publication's state allows."""
    found = list(ALLOWED[row.state])
    if "approve" in found:
        found.append("change")
    if row.state == State.UNCONFIRMED or row.state == State.SCHEDULED and networks.get(row.channel.network).manual:
        found.append("settle")
    return found


def _is_still(post: Post, version: int | None) -> None:
    if version is not None and version != post.version:
        raise Conflict(f"The post was changed meanwhile: it is version {post.version} now.", "changed_meanwhile")


def locked(post: Post) -> list[Publication]:
    """The post's publications, locked in one order: whoever changes or sends it holds these."""
    rows = Publication.objects.select_for_update(of=["self"]).filter(client_id=post.client_id, post=post)
    return list(rows.select_related("channel").order_by("id"))


def _submit(post: Post, rows: list[Publication]) -> None:
    _check(post, rows, complete=True)
    for row in rows:
        row.state = State.IN_REVIEW
    _route(post, rows)


def _schedule(post: Post, rows: list[Publication]) -> None:
    """Also after a failure or a missed slot; the gate decides whether it may."""
    if post.publish_at is None:
        raise Refused("publish_at", "is needed to schedule a post", "required")
    _check(post, rows, complete=True)
    rule = approval.rule_of(post.client)
    for row in rows:
        if stage := approval.missing(post, row, rule):
            raise Conflict(f"The {stage} approval is missing: submit the post first.", "not_approved")
        _plan(row, max(post.publish_at, timezone.now()))


def _cancel(post: Post, rows: list[Publication]) -> None:
    for row in rows:
        row.state, row.due_at, row.asked_at = State.CANCELLED, None, None


def _hold(post: Post, rows: list[Publication]) -> None:
    for row in rows:
        row.held_from, row.state, row.due_at, row.asked_at = row.state, State.HELD, None, None


def _release(post: Post, rows: list[Publication]) -> None:
    _route(post, rows)


ACTIONS = {"submit": _submit, "schedule": _schedule, "cancel": _cancel, "hold": _hold, "release": _release}


def go_on(post: Post, rows: list[Publication]) -> None:
    """After a change or an approval: what was under way goes where the gate sends it, drafts stay; rows are locked."""
    rows = [row for row in rows if row.state in REVIEWED]
    _route(post, rows)
    save(rows)


def _route(post: Post, rows: list[Publication]) -> None:
    """To the review that is missing, else to its slot, else to `approved`."""
    rule, asked = approval.rule_of(post.client), False
    for row in rows:
        if stage := approval.missing(post, row, rule):
            asked = asked or stage == Stage.CLIENT and row.asked_at is None
            _set(row, approval.waits(post, row, stage, rule))
            continue
        row.asked_at = None
        if post.publish_at:
            _plan(row, post.publish_at)
        else:
            row.state, row.due_at = State.APPROVED, None
    if asked:
        reports.asked(post)


def _plan(row: Publication, at: datetime) -> None:
    """Into its slot; on a manual channel a person is told then."""
    row.planned_at = row.due_at = at
    row.state, row.tries, row.questions, row.reason = State.SCHEDULED, 0, 0, ""


def _set(row: Publication, values: dict) -> None:
    for field, value in values.items():
        setattr(row, field, value)


def save(rows: list[Publication]) -> None:
    for row in rows:
        row.updated_at = timezone.now()
    Publication.objects.bulk_update(rows, SAVED)


def _publications(post: Post, slugs: Sequence[str], variants: dict[str, str]) -> list[Publication]:
    channels = {row.slug: row for row in Channel.objects.filter(client=post.client, slug__in=slugs)}
    if not slugs:
        raise Refused("channels", "name at least one channel", "required")
    if unknown := [slug for slug in slugs if slug not in channels]:
        raise Refused("channels", f"The client has no channel '{unknown[0]}'.", "unknown")
    if strange := [slug for slug in variants if slug not in channels]:
        raise Refused(f"variants.{strange[0]}", "The post does not go to this channel.", "unknown")
    return [
        Publication(client=post.client, post=post, channel=channels[slug], variant=variants.get(slug, ""))
        for slug in dict.fromkeys(slugs)
    ]


def _rearranged(post: Post, rows: list[Publication], slugs, variants) -> list[Publication]:
    """The publications after new channels and variants; those taken away must not be out."""
    there = {row.channel.slug: row for row in rows}
    wanted = _publications(post, list(there) if slugs is None else slugs, variants or {})
    slugs = [row.channel.slug for row in wanted]
    for slug in there.keys() - set(slugs):
        if there[slug].state in OUT:
            raise Conflict(f"The post is already out on {slug}: nothing was changed.", "already_out")
        if there[slug].decisions.exists():
            raise Conflict(f"Somebody decided on {slug}: cancel the post there instead.", "decided")
        there[slug].delete()
    new = [row for row in wanted if row.channel.slug not in there]
    Publication.objects.bulk_create(new)
    kept = [there[slug] for slug in slugs if slug in there]
    if variants is not None:
        for row in kept:
            row.variant = variants.get(row.channel.slug, "")
        Publication.objects.bulk_update(kept, ["variant"])
    return [*kept, *new]


def place_in_time(post: Post) -> None:
    """The wall time that was meant, in the client's zone of now."""
    if post.publish_at is None:
        post.local_time = post.zone = ""
        return
    post.publish_at = post.publish_at.astimezone(UTC)
    post.zone = zone_of(post.client)
    post.local_time = f"{post.publish_at.astimezone(ZoneInfo(post.zone)):%Y-%m-%dT%H:%M}"


def _check(post: Post, rows: list[Publication], *, complete: bool = False) -> None:
    """Raises Refused with everything that the networks would refuse; `complete`: also with what is still missing."""
    rule = approval.rule_of(post.client)
    errors = list(dict.fromkeys(fault for row in rows for fault in fit.faults(post, row, rule, complete=complete)))
    if post.campaign_id and post.campaign.client_id != post.client_id:
        errors.append(("campaign", "The client has no such campaign.", "unknown"))
    if post.serves_id and post.serves.client_id != post.client_id:
        errors.append(("goal", "The client has no such goal.", "unknown"))
    if errors:
        raise Refused(errors=errors)


def campaign_of(client: Client, slug: str | None) -> Campaign | None:
    """The client's campaign of this slug. Raises Refused."""
    if slug is None:
        return None
    found = Campaign.objects.filter(client=client, slug=slug).first()
    if found is None:
        raise Refused("campaign", f"The client has no campaign '{slug}'.", "unknown")
    return found


def zone_of(client: Client) -> str:
    """The IANA name of the zone in which the client keeps its hours."""
    return Calendar.objects.values_list("document__zone", flat=True).get(client=client)


def instant(local: datetime, zone: str) -> tuple[datetime, bool]:
    """The instant of a wall time, and whether it had to move: an hour that a clock change leaves out moves forward
    by the change, of a doubled one the first counts."""
    aware = local.replace(tzinfo=ZoneInfo(zone), fold=0)
    found = aware.astimezone(UTC)
    return found, found.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local


def _facts(post: Post) -> dict:
    facts = {field: getattr(post, field) for field in FIELDS if field not in ("campaign", "serves")}
    facts["media"] = [[one.media_id, one.alt] for one in pictures.of(post)]
    return facts | {"campaign": post.campaign and post.campaign.slug, "goal": post.serves and post.serves.slug}
