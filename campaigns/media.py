"""The pictures of posts: which ones a post shows, how they are read to be sent, and who may fetch them without us."""

import time
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.core.files.storage import default_storage

from clients import access, scope
from clients.models import Client
from clients.networks import types
from clients.refusal import Refused

from .models import Attachment, Media, Post

MOST = 20
OPEN_FOR = timedelta(hours=24)
HOUR = 3_600  # seconds


class _Hourly(signing.TimestampSigner):
    """The same address for an hour: what shows it has the same tag meanwhile, and browsers know the picture."""

    def timestamp(self) -> str:
        return signing.b62_encode(int(time.time()) // HOUR * HOUR)


_signer = _Hourly(salt="campaigns.media")


def of(post: Post) -> list[Attachment]:
    """The post's pictures in their order; those of a post that is not saved yet are none."""
    return list(post.attachments.all()) if post.pk else []


def attach(post: Post, ids: Sequence[int]) -> None:
    """Exactly these pictures of the client, in this order, each with what it says now. Raises Refused."""
    found = Media.objects.filter(client_id=post.client_id).in_bulk(ids)
    if unknown := [(f"media[{place}]", f"The client has no picture {id}.", "unknown") for place, id in enumerate(ids)
                   if id not in found]:  # fmt: skip
        raise Refused(errors=unknown)
    if len(set(ids)) < len(ids):
        raise Refused("media", "names a picture twice")
    post.attachments.all().delete()
    Attachment.objects.bulk_create(
        Attachment(client_id=post.client_id, post=post, media=found[id], place=place, alt=found[id].alt)
        for place, id in enumerate(ids)
    )


def lacking(attached: Sequence[Attachment]) -> list[str]:
    """Why a post with these pictures can't go out, whatever the network; each as a sentence."""
    silent = [f"Picture {one.media_id} needs an alternative text." for one in attached if not one.alt.strip()]
    lost = [f"The file of picture {one.media_id} is gone." for one in attached
            if not default_storage.exists(one.media.path)]  # fmt: skip
    return silent + lost


def for_sending(post: Post) -> tuple[types.Media, ...]:
    """The post's pictures as a connector takes them; empty where a file is gone, without which nothing is sent."""
    return tuple(
        types.Media(one.media.name, one.media.mime, _content(one.media), one.alt, public_url(one.media))
        for one in of(post)
    )


def _content(media: Media) -> bytes:
    try:
        with default_storage.open(media.path) as file:
            return file.read()
    except OSError:
        return b""


def address(media: Media) -> str:
    """The path at which the picture can be fetched for a day, without an account, by whoever knows it."""
    return f"/media/{_signer.sign_object([media.client_id, media.id])}/"


def public_url(media: Media) -> str:
    """The same for other machines."""
    return settings.BASE_URL + address(media)


def by_address(key: str) -> Media:
    """The picture of such an address, with the wall open for its client alone. Raises access.NotFound."""
    try:
        client_id, id = _signer.unsign_object(key, max_age=OPEN_FOR)
    except (signing.BadSignature, ValueError, TypeError):
        client_id = id = None
    if client_id in access.live_client_ids():
        scope.enter([client_id])
        if (found := Media.objects.filter(client_id=client_id, id=id).first()) is not None:
            return found
    raise access.NotFound("This address does not work, or no longer.")


def used(client: Client, id: int) -> int:
    """How many posts show the picture."""
    return Attachment.objects.filter(client=client, media_id=id).count()
