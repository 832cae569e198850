"""Finds clients, conversations and posts by words, among what is new enough to be looked through at once.

Row-level security keeps PostgreSQL from answering LIKE by an index (the operator is not leakproof), so the newest
conversations and posts are read by the index of their order and looked through; `DEEP` bounds what that costs.
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from agency import alphabet
from agency.models import Agency
from campaigns.models import Post
from clients.models import Client

from .models import Conversation

SHORTEST, LONGEST = 2, 100
MOST = 10
DEEP = 5_000


@dataclass(frozen=True)
class Found:
    """At most MOST of each kind; clients by name, the others newest first."""

    clients: list[Client]
    conversations: list[Conversation]
    posts: list[Post]

    def __bool__(self):
        return bool(self.clients or self.conversations or self.posts)


def find(
    agency: Agency, client_ids: Collection[int], words: str, *, conversations: bool = True, posts: bool = True
) -> Found:
    """What of these clients, for which the wall is open, holds all of the words; nothing for less than two letters."""
    parts = words.replace("\0", "").strip()[:LONGEST].split()
    if sum(map(len, parts)) < SHORTEST:
        return Found([], [], [])
    clients = Client.objects.filter(id__in=client_ids).filter(_all(parts, "name", "slug", "homepage"))
    return Found(
        clients=list(clients.order_by(*alphabet.by("name"))[:MOST]),
        conversations=_conversations(agency, client_ids, parts) if conversations else [],
        posts=_posts(client_ids, parts) if posts else [],
    )


def _all(parts: list[str], *fields: str) -> Q:
    """Each part stands in one of the fields."""
    whole = Q()
    for part in parts:
        one = Q()
        for field in fields:
            one |= Q(**{f"{field}__icontains": part})
        whole &= one
    return whole


def _conversations(agency: Agency, client_ids: Collection[int], parts: list[str]) -> list[Conversation]:
    newest = Conversation.objects.filter(agency=agency, client_id__among=client_ids).order_by("-received_at", "-id")
    return list(_among(newest, parts, "author_name", "preview").select_related("client", "channel"))


def _posts(client_ids: Collection[int], parts: list[str]) -> list[Post]:
    newest = Post.objects.filter(client_id__among=client_ids).order_by("-id")
    return list(_among(newest, parts, "title", "text").select_related("client"))


def _among(newest: QuerySet, parts: list[str], *fields: str) -> QuerySet:
    ids = newest.values("id")[:DEEP]
    order = newest.query.order_by
    return newest.model.objects.filter(id__in=ids).filter(_all(parts, *fields)).order_by(*order)[:MOST]
