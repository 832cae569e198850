"""What we decide about a client's pictures: taken in, described, thrown away. Each change is logged."""

import hashlib
import secrets

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from agency.models import User
from clients import audit
from clients.models import Client
from clients.refusal import Conflict

from . import media, pictures, posts
from .models import Media, Post, Publication
from .vocabulary import OUT


@transaction.atomic
def add(*, client: Client, actor: User | None, name: str, source: bytes, alt: str = "") -> tuple[Media, bool]:
    """The picture, and whether it is new; one that the client has already stays as it is. Raises Refused.

    The files are written before the row: what a failure leaves behind is a file that nothing names.
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
