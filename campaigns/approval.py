"""The one gate: whether what a publication says now has been approved by everyone its client asks for.

An approval belongs to a hash of text, media, time and channel. Nobody takes it away after a change: it only no longer
matches, and matches again where the change is taken back. A later verdict of the same stage counts instead.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from agency.models import User
from clients import audit, networks
from clients.models import Client
from clients.refusal import Conflict, Refused

from . import outgoing, reverse
from .models import ApprovalLink, Decision, Post, Publication, PublishingRule
from .vocabulary import STAGES, WAITING, Approval, PostKind, Stage, State, Verdict

ORDER = list(Approval)
REVIEWS = {Stage.INTERNAL: State.IN_REVIEW, Stage.CLIENT: State.CLIENT_REVIEW}
RULE = (
    "approval", "four_eyes", "tolerance", "counts_clicks", "short_links", "routine_kinds", "remind_hours",
    "escalate_hours", "overdue",
)  # fmt: skip
NEEDS_COMMENT = (Verdict.CHANGE, Verdict.REJECT)


def rule_of(client: Client) -> PublishingRule:
    """The client's rule, or the defaults where none was made."""
    return PublishingRule.objects.filter(client=client).first() or PublishingRule(client=client)


@transaction.atomic
def change_rule(*, client: Client, actor: User | None, **changes) -> PublishingRule:
    """New values for any of RULE. What is scheduled already meets the rule of then when it is sent. Raises Refused."""
    rule = rule_of(client)
    before = {field: getattr(rule, field) for field in RULE}
    for field in RULE:
        setattr(rule, field, changes.get(field, before[field]))
    if strange := [kind for kind in rule.routine_kinds if kind not in PostKind.values]:
        raise Refused("routine_kinds", f"must be of {', '.join(PostKind.values)}, not '{strange[0]}'")
    if rule.escalate_hours > rule.remind_hours:
        raise Refused("escalate_hours", "must not be more than remind_hours: the reminder comes first")
    rule.save()
    after = {field: getattr(rule, field) for field in RULE}
    if before != after:
        audit.record(client, actor, "publishing_rule.changed", "publishing_rule", rule.id, before, after)
    return rule


def stages(post: Post, rule: PublishingRule) -> tuple[Stage, ...]:
    """Who has to approve, in order; a campaign may ask for more than its client, never for less.

    The client need not see a kind of post that is routine for it, unless the campaign asks for it.
    """
    asked = [Approval(rule.approval)]
    if asked == [Approval.CLIENT] and post.kind in rule.routine_kinds:
        asked = [Approval.INTERNAL]
    if post.campaign_id and post.campaign.approval:
        asked.append(Approval(post.campaign.approval))
    return STAGES[max(asked, key=ORDER.index)]


def hash_of(post: Post, publication: Publication) -> str:
    """SHA-256 in hex of what goes out: text, link, media, time, channel, and tags where the network shows them."""
    said = [
        post.title,
        publication.variant or post.text,
        post.link,
        post.publish_at and post.publish_at.isoformat(),
        publication.channel_id,
        *post.media_hashes(),
    ]
    if post.tags and networks.get(publication.channel.network).tags:
        said.append({"tags": post.tags})
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def missing(post: Post, publication: Publication, rule: PublishingRule) -> Stage | None:
    """The first stage that has not approved exactly this; None lets it pass."""
    return missing_of(post, publication, rule, Decision.objects.filter(publication=publication).order_by("id"))


def missing_of(
    post: Post, publication: Publication, rule: PublishingRule, decisions: Iterable[Decision]
) -> Stage | None:
    """The same for whoever has read the publication's decisions already, the latest last."""
    wanted = hash_of(post, publication)
    latest = {row.stage: row for row in decisions}
    for stage in stages(post, rule):
        found = latest.get(stage)
        if found is None or found.verdict != Verdict.APPROVE or found.hash != wanted:
            return stage
        if stage == Stage.INTERNAL and rule.four_eyes and found.user_id == post.author_id:
            return stage
    return None


def waits(post: Post, row: Publication, stage: Stage, rule: PublishingRule) -> dict:
    """The values of a publication that waits for this stage: looked at again when people have to be reminded."""
    asked_at = (row.asked_at or timezone.now()) if stage == Stage.CLIENT else None
    look_at = post.publish_at and post.publish_at - timedelta(hours=rule.remind_hours)
    return {"state": REVIEWS[stage], "due_at": look_at, "asked_at": asked_at}


def decide(
    post: Post,
    publications: Iterable[Publication],
    *,
    verdict: Verdict,
    rule: PublishingRule,
    actor=None,
    link: ApprovalLink | None = None,
    for_client: bool = False,
    seen: dict[int, str] | None = None,
    comment: str = "",
    reason: str = "",
) -> list[Publication]:
    """Write one verdict on each publication under review, which the caller has locked; the ones decided on.

    `for_client`: the asker is the client's own approver (or holds the link). Whoever else decides at the client's
    stage does so in its place, with a `reason`. `seen` are the hashes the asker was shown. Raises Refused, Conflict.
    """
    if verdict in NEEDS_COMMENT and not comment.strip():
        raise Refused("comment", "is needed: say what should be different", "required")
    waiting = [row for row in publications if row.state in WAITING]
    if not waiting:
        raise Conflict("Nothing of this post is waiting for approval.", "nothing_to_approve")
    for row in waiting:
        stage = missing(post, row, rule) or Stage.INTERNAL
        wanted = hash_of(post, row)
        if for_client and stage != Stage.CLIENT:
            raise Conflict("The agency has not approved this yet.", "internal_first")
        if seen is not None and seen.get(row.id) != wanted:
            raise Conflict("The post was changed meanwhile: please look at it again.", "changed_meanwhile")
        if stage == Stage.CLIENT and not for_client and not reason.strip():
            raise Refused("reason", "is needed: you decide in the client's place", "required")
        if _own_eyes(post, stage, rule, actor) and verdict == Verdict.APPROVE:
            raise Conflict("Somebody else than the author has to approve (four eyes).", "four_eyes")
        made = Decision.objects.create(
            client_id=row.client_id,
            publication=row,
            stage=stage,
            verdict=verdict,
            hash=wanted,
            comment=comment.strip(),
            reason="" if for_client else reason.strip(),
            user=actor,
            link=link,
            **reverse.taken(post.client, row.asked_at if for_client else None, timezone.now()),
        )
        after = {"post": post.id, "channel": row.channel.slug, "stage": stage, "by": link.name if link else ""}
        audit.record(post.client, actor, f"post.{verdict}", "publication", row.id, after=after)
        outgoing.decided(post, made, row, actor)
    return waiting


def _own_eyes(post: Post, stage: Stage, rule: PublishingRule, actor) -> bool:
    return bool(rule.four_eyes and stage == Stage.INTERNAL and actor and actor.id == post.author_id)
