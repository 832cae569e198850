"""Takes in posts from a file, as drafts: each line on its own, and each only once."""

from django.db import IntegrityError, transaction

from agency.models import User
from clients.models import Client
from clients.refusal import Refused

from . import posts
from .models import Post


def known(client: Client, refs: list[str]) -> dict[str, int]:
    """Of the lines with these names those that were taken in before, with their posts."""
    return dict(Post.objects.filter(client=client, ref__in=refs).values_list("ref", "id"))


def take(*, client: Client, actor: User | None, ref: str, **values) -> tuple[Post, bool]:
    """The draft of one line, and whether it is new. Raises Refused; what was written of this line is undone."""
    try:
        with transaction.atomic():
            return posts.add_post(client=client, actor=actor, ref=ref, **values), True
    except IntegrityError:
        made = Post.objects.filter(client=client, ref=ref).first()
        if made is None:
            raise Refused("", "The values contradict each other.") from None
        return made, False
