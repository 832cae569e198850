"""Whether a post fits on a channel: the one question asked at save, at approval and at send."""

from clients import networks

from .limits import media_missing, media_problems, problems
from .media import lacking, of
from .models import Post, Publication


def faults(post: Post, row: Publication, *, complete: bool = False) -> list[tuple[str, str, str]]:
    """What the network would refuse, as (field, sentence, code); `complete`: also what has to be there to go out."""
    network, attached = row.channel.network, of(post)
    entry = networks.get(network)
    if not (entry.publishes or entry.manual):
        return [("channels", f"Nothing can be published on {entry.name}.", "not_published")]
    field = f"variants.{row.channel.slug}" if row.variant else "text"
    found = [(field, said, "too_long") for said in problems(network, row.variant or post.text)]
    sizes = [(one.media.mime, one.media.size) for one in attached]
    found += [("media", said, "unsuitable") for said in media_problems(network, sizes)]
    if complete:
        found += [("media", said, "required") for said in [*media_missing(network, len(attached)), *lacking(attached)]]
    return found
