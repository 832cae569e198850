"""What we decide about a client's pictures: taken in, described, thrown away. Each change is logged."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from agency import rights
from agency.models import User
from clients import access, audit, notices
from clients.models import Client
from clients.refusal import Conflict
from clients.scope import scope

from . import media, pictures, posts
from .models import Media, Post, Publication
from .vocabulary import OUT

SHOWN = 200
SPARED = timedelta(days=1)  # a file may be older than the row that is just being written


@transaction.atomic
def add(*, client: Client, actor: User | None, name: str, source: bytes, alt: str = "") -> tuple[Media, bool]:
    """The picture, and whether it is new; one that the client has already stays as it is. Raises Refused.

    The files are written before the row: what a failure leaves behind is a file that nothing names, which `tidy` finds.
    """
    picture = pictures.clean(source)
    name = "".join(filter(str.isprintable, name))[:200]
    digest = hashlib.sha256(picture.content).hexdigest()
    if (known := Media.objects.filter(client=client, sha256=digest).first()) is not None:
        return known, False
    made = Media(
        client=client, name=name, alt=alt, mime=picture.mime, sha256=digest, size=len(picture.content),
        width=picture.width, height=picture.height, key=secrets.token_urlsafe(24), author=actor,
    )  # fmt: skip
    default_storage.save(made.path, ContentFile(picture.content))
    default_storage.save(made.thumbnail, ContentFile(picture.thumbnail))
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:  # somebody sent the same picture at the same time
        _throw_away(made)
        return Media.objects.get(client=client, sha256=digest), False
    audit.record(client, actor, "media.added", "media", made.id, after={"name": name, "alt": alt, "sha256": digest})
    return made, True


@transaction.atomic
def receive(*, client: Client, actor: User, name: str, source: bytes, alt: str) -> Media:
    """A picture that somebody of the client sent; whoever writes its posts is told of it. Raises Refused."""
    made, new = add(client=client, actor=actor, name=name, source=source, alt=alt)
    if new:
        notices.tell(
            client, "photo_sent", str(made.id), roles=rights.ANSWERING, sender=actor.name, shows=alt[:SHOWN]
        )
    return made


@transaction.atomic
def describe(*, picture: Media, actor: User | None, alt: str) -> Media:
    """What the picture shows, from now on also in the posts that are not out yet; their approvals are void."""
    held = Media.objects.select_for_update(of=["self"], no_key=True).get(pk=picture.pk)
    if held.alt == alt:
        return held
    before, held.alt = held.alt, alt
    held.save(update_fields=["alt"])
    audit.record(held.client, actor, "media.described", "media", held.id, {"alt": before}, {"alt": alt})
    for post in _still_to_come(held):
        posts.change_post(post=post, actor=actor, media=[one.media_id for one in media.of(post)])
    return held


@transaction.atomic
def remove(*, picture: Media, actor: User | None) -> None:
    """Throw away a picture that no post shows. Raises Conflict."""
    held = Media.objects.select_for_update(of=["self"]).get(pk=picture.pk)
    if number := media.used(held.client, held.id):
        raise Conflict(f"{number} posts show this picture.", "in_use")
    audit.record(held.client, actor, "media.removed", "media", held.id, before={"name": held.name})
    held.delete()
    transaction.on_commit(lambda: _throw_away(held))


def _still_to_come(picture: Media) -> list[Post]:
    showing = Post.objects.filter(client_id=picture.client_id, attachments__media=picture)
    out = Publication.objects.filter(client_id=picture.client_id, state__in=OUT).values("post")
    return list(showing.exclude(id__in=out).select_related("client", "campaign").order_by("id"))


def _throw_away(picture: Media) -> None:
    default_storage.delete(picture.path)
    default_storage.delete(picture.thumbnail)


def tidy(*, now: datetime) -> int:
    """Throw away files that no picture names, as a failed request leaves them behind; returns how many."""
    found = 0
    for client_id in access.live_client_ids():
        with scope([client_id]):
            keys = set(Media.objects.filter(client_id=client_id).values_list("key", flat=True))
        for path in _files(client_id):
            if path.rpartition("/")[2].partition(".")[0] not in keys and _age(path, now) > SPARED:
                default_storage.delete(path)
                found += 1
    return found


def _files(client_id: int) -> list[str]:
    try:
        return [f"{client_id}/{name}" for name in default_storage.listdir(str(client_id))[1]]
    except FileNotFoundError:
        return []


def _age(path: str, now: datetime) -> timedelta:
    try:
        return now - default_storage.get_modified_time(path)
    except FileNotFoundError:  # somebody else threw it away
        return timedelta()
