"""Whether a post fits on a channel: the one question asked at save, at approval and at send."""

from clients import networks

from . import tracking
from .limits import linked, media_missing, media_problems, problems, said
from .media import lacking, of
from .models import Post, Publication, PublishingRule


def faults(
    post: Post, row: Publication, rule: PublishingRule | None = None, *, complete: bool = False
) -> list[tuple[str, str, str]]:
    """What the network would refuse, as (field, sentence, code); `complete`: also what has to be there to go out.

    The post's link is counted as it goes out. `rule` is the client's, read where it is not given.
    """
    network, attached = row.channel.network, of(post)
    entry = networks.get(network)
    if not entry.takes_posts:
        return [("channels", f"Nothing can be published on {entry.name}.", "not_published")]
    field = f"variants.{row.channel.slug}" if row.variant else "text"
    sent = tracking.expected(post, row, rule)
    text = said(network, linked(row.variant or post.text, post.link, sent), sent, len(attached))
    sizes = [(one.media.mime, one.media.size) for one in attached]
    found = [(field, why, "too_long") for why in problems(network, text)]
    found += [("media", why, "unsuitable") for why in media_problems(network, sizes)]
    if complete:
        found += [("media", why, "required") for why in [*media_missing(network, len(attached)), *lacking(attached)]]
    return found
