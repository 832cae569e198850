"""Decides under which address a post's link goes out, counts who follows it, and checks beforehand that it works.

Every link carries the same four UTM parameters. A short link counts clicks as a measure of its own: `link_clicks`.
"""

import hashlib
import re
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from agency import rights
from clients import access, notices, scope
from clients.models import Client
from clients.networks import probe

from . import approval, rollup, utm
from .models import Click, LinkCheck, Post, Publication, PublishingRule, ShortLink

NO_CAMPAIGN = "post"
LETTERS, CODE_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz", 10
# Whoever only looks at what a link is about: search engines, previews of messengers, scripts.
MACHINES = re.compile(
    r"(?<!cu)bot|crawl|spider|slurp|preview|scan|fetch|monitor|check|validator|facebookexternalhit|whatsapp|embedly"
    r"|headless|curl|wget|python|java/|axios|node|http",
    re.IGNORECASE,
)
AHEAD_OF_TIME = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")
AHEAD, AGAIN, BROKEN_AGAIN = timedelta(hours=24), timedelta(hours=6), timedelta(hours=1)
LEASE, AT_ONCE, PER_CLIENT = timedelta(minutes=10), 20, 5
# Links of posts that go out soon, not yet asked about or changed since.
PLAN = """
INSERT INTO campaigns_linkcheck (client_id, post_id, url, due_at, fence, problem)
SELECT DISTINCT o.client_id, o.id, o.link, %(now)s::timestamptz, 0, ''
FROM campaigns_publication p JOIN campaigns_post o ON o.client_id = p.client_id AND o.id = p.post_id
LEFT JOIN campaigns_linkcheck c ON c.client_id = o.client_id AND c.post_id = o.id
WHERE p.state = 'scheduled' AND p.planned_at <= %(until)s AND o.link <> ''
    AND (c.id IS NULL OR c.url <> o.link OR c.due_at IS NULL)
ON CONFLICT (client_id, post_id) DO UPDATE SET url = excluded.url, due_at = excluded.due_at,
    fence = campaigns_linkcheck.fence + 1, checked_at = NULL, problem = ''
WHERE campaigns_linkcheck.url <> excluded.url OR campaigns_linkcheck.due_at IS NULL
"""
CLAIM = """
WITH ranked AS (
    SELECT id, row_number() OVER (PARTITION BY client_id ORDER BY due_at, id) AS place
    FROM campaigns_linkcheck WHERE due_at <= %(now)s
), due AS (
    SELECT c.id FROM campaigns_linkcheck c JOIN ranked USING (id) WHERE place <= %(per_client)s AND c.due_at <= %(now)s
    ORDER BY place, c.due_at LIMIT %(limit)s FOR UPDATE OF c SKIP LOCKED
)
UPDATE campaigns_linkcheck c SET fence = fence + 1, due_at = %(lease)s FROM due WHERE c.id = due.id RETURNING c.id
"""


def outgoing(post: Post, publication: Publication, rule: PublishingRule | None = None) -> str:
    """The address to send instead of the post's link: tagged, and short where the client wants it; '' without a link.

    The same each time for one publication; its row is made on the first call. In scope, in the caller's transaction.
    """
    if not post.link:
        return ""
    target = tagged(post, publication)
    if not (rule or approval.rule_of(post.client)).short_links:
        return target
    return address(_short(publication, target))


def expected(post: Post, publication: Publication, rule: PublishingRule | None = None) -> str:
    """An address as long as the one that `outgoing` will give, without making it."""
    if post.link and (rule or approval.rule_of(post.client)).short_links:
        return address(f"{_digits(publication.client_id)}-{'0' * CODE_LETTERS}")
    return tagged(post, publication) if post.link else ""


def tagged(post: Post, publication: Publication) -> str:
    """The post's link with the UTM parameters that it lacks."""
    return utm.tagged(
        post.link,
        source=publication.channel.network,
        campaign=post.campaign.slug if post.campaign_id else NO_CAMPAIGN,
        content=f"{post.id}-{publication.channel.slug}",
    )


def address(code: str) -> str:
    return f"{settings.BASE_URL}/l/{code}"


def _short(publication: Publication, target: str) -> str:
    """The code of the publication's short link; where it leads is set until the post is out."""
    values = {"client_id": publication.client_id, "publication_id": publication.id}
    ShortLink.objects.bulk_create(
        [ShortLink(**values, code=_code(publication.client_id), target=target)], ignore_conflicts=True
    )
    link = ShortLink.objects.get(**values)
    if link.target != target:
        ShortLink.objects.filter(pk=link.pk).update(target=target)
    return link.code


def _code(client_id: int) -> str:
    """The client's number and 51 bits of chance."""
    return f"{_digits(client_id)}-{''.join(secrets.choice(LETTERS) for _ in range(CODE_LETTERS))}"


def _digits(number: int) -> str:
    text = ""
    while number or not text:
        number, digit = divmod(number, 36)
        text = LETTERS[digit] + text
    return text


def enter(code: str) -> ShortLink:
    """The link of this code, with the wall open for its client alone. Raises access.NotFound, whatever is wrong."""
    number, _, secret = code.partition("-")
    if number and secret and len(number) <= 12 and not set(number) - set(LETTERS):
        client_id = int(number, 36)
        if Client.objects.filter(id=client_id, archived_at=None).exists():
            scope.enter([client_id])
            found = ShortLink.objects.filter(client_id=client_id, code=code).select_related("publication").first()
            if found is not None:
                return found
    raise access.NotFound("This link does not work, or no longer.")


def by_a_person(headers: Mapping[str, str]) -> bool:
    """Whether a request (its META) is somebody's click, not a machine's or a browser's look ahead."""
    agent = headers.get("HTTP_USER_AGENT", "")
    ahead = any(word in headers.get(name, "").lower() for name in AHEAD_OF_TIME for word in ("prefetch", "preview"))
    return bool(agent) and not ahead and not MACHINES.search(agent)


@transaction.atomic
def count(link: ShortLink) -> None:
    """One click, now; nothing of who it was is kept."""
    at = timezone.now()
    Click.objects.create(client_id=link.client_id, link=link, at=at)
    rollup.mark([(link.client_id, link.publication.channel_id, link.publication_id, at)])


def check(url: str) -> str:
    """Why a link does not work; '' when it does. Calls its server, so never inside a transaction."""
    return probe.problem(url, trusted=settings.ALLOW_PRIVATE_ADDRESSES)


def check_due(*, now: datetime) -> int:
    """Check the links of posts that go out within a day, again until they do; tell of broken ones once. How many."""
    with scope.scope(access.live_client_ids()):
        with connection.cursor() as cursor:
            cursor.execute(PLAN, {"now": now, "until": now + AHEAD})
            values = {"now": now, "lease": now + LEASE, "limit": AT_ONCE, "per_client": PER_CLIENT}
            cursor.execute(CLAIM, values)
            ids = [id for (id,) in cursor.fetchall()]
        claimed = list(LinkCheck.objects.filter(id__in=ids).select_related("post__author", "client"))
    if claimed:
        with ThreadPoolExecutor(len(claimed)) as pool:
            found = zip(claimed, pool.map(check, [row.url for row in claimed]), strict=True)
            for row, problem in found:
                _record(row, problem)
    return len(claimed)


def _record(row: LinkCheck, problem: str) -> None:
    """Write the outcome unless the link was changed or claimed meanwhile; asked again while its post waits."""
    with scope.scope([row.client_id]):
        now = timezone.now()
        waits = Publication.objects.filter(client_id=row.client_id, post_id=row.post_id, state="scheduled").exists()
        again = now + (BROKEN_AGAIN if problem else AGAIN) if waits else None
        mine = LinkCheck.objects.filter(pk=row.pk, fence=row.fence)
        if mine.update(checked_at=now, problem=problem, due_at=again) and problem:
            _tell(row, problem)


def _tell(row: LinkCheck, problem: str) -> None:
    """To its author, or where they serve the client no more to those who answer for it."""
    author = access.people(row.client, rights.STAFF).filter(id=row.post.author_id)
    key = f"{row.post_id}:{hashlib.sha256(row.url.encode()).hexdigest()[:16]}"
    told = {"people": list(author)} if author else {}
    notices.tell(row.client, "link_broken", key, **told, link=row.url, reason=problem, post=row.post_id)
