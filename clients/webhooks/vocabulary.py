"""What others can hear of by webhook, and how an endpoint says what it wants."""

EVERYTHING = "*"
TYPES = {
    "conversation.created": "Somebody began a conversation.",
    "conversation.updated": "A conversation was answered, assigned, resolved, …; `action` says which.",
    "interaction.received": "A customer's message came in.",
    "interaction.updated": "Its author edited or deleted a message.",
    "sla.at_risk": "A promise reached its warning point without an answer.",
    "sla.breached": "A promise was broken.",
    "sla.met": "A promise was kept.",
    "post.created": "A post was written.",
    "post.updated": "What a post says or when and where it goes out was changed.",
    "post.submitted": "A post was handed in for its approval.",
    "post.approved": "Nobody has to approve it any more on these channels.",
    "post.changes_requested": "Somebody who has to approve a post wants it changed.",
    "post.rejected": "Somebody who has to approve a post does not want it.",
    "post.scheduled": "A post waits for its slot.",
    "post.held": "A post was held back.",
    "post.released": "A post that was held back goes on.",
    "post.cancelled": "A post will not go out.",
    "post.published": "A post is out on a channel.",
    "post.failed": "A post could not be published on a channel.",
    "post.missed": "A post missed its slot on a channel.",
    "approval.requested": "A post waits for the approval of a stage.",
    "approval.decided": "Somebody gave a verdict on a post.",
    "import.finished": "An import ended, well or not.",
    "report.released": "A monthly report was released: the client sees it from now on.",
    "webhook.test": "A test that somebody asked for; no endpoint has to subscribe to it.",
}
TEST = "webhook.test"
GROUPS = tuple(dict.fromkeys(f"{name.partition('.')[0]}.*" for name in TYPES if name != TEST))
WANTED = (EVERYTHING, *GROUPS, *(name for name in TYPES if name != TEST))


def ways(type: str) -> list[str]:
    """The words by which an endpoint may want this type."""
    return [type, f"{type.partition('.')[0]}.*", EVERYTHING]
