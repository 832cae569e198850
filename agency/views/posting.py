"""What the screens about posts share: who may use them, which post is meant, and how states and refusals are told."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from campaigns.models import Post
from campaigns.vocabulary import PostKind, Stage, State, Verdict
from clients import access
from clients.refusal import Conflict, Refused


@dataclass(frozen=True, slots=True)
class Word:
    """How a state is shown: never by `tone` alone."""

    label: str | Promise
    icon: str
    tone: str = ""


STATES = {
    State.DRAFT: Word(_("Draft"), "note"),
    State.IN_REVIEW: Word(_("In review"), "eye", "warn"),
    State.CLIENT_REVIEW: Word(_("With the client"), "clients", "warn"),
    State.APPROVED: Word(_("Approved"), "approve", "good"),
    State.SCHEDULED: Word(_("Scheduled"), "clock", "good"),
    State.SENDING: Word(_("Being sent"), "send", "good"),
    State.SENT: Word(_("Sent"), "send"),
    State.FAILED: Word(_("Failed"), "alert", "bad"),
    State.UNCONFIRMED: Word(_("Unconfirmed"), "question", "bad"),
    State.MISSED: Word(_("Missed"), "alert", "bad"),
    State.CANCELLED: Word(_("Cancelled"), "cross"),
    State.HELD: Word(_("On hold"), "pause", "warn"),
}
KINDS = {
    PostKind.TIP: _("Tip"),
    PostKind.JOB: _("Job"),
    PostKind.EVENT: _("Event"),
    PostKind.PRODUCT: _("Product"),
    PostKind.BEHIND_THE_SCENES: _("Behind the scenes"),
    PostKind.REACTION: _("Reaction"),
}
STAGES = {Stage.INTERNAL: _("Agency"), Stage.CLIENT: _("Client")}
VERDICTS = {
    Verdict.APPROVE: Word(_("approved"), "approve", "good"),
    Verdict.CHANGE: Word(_("asked for a change"), "note", "warn"),
    Verdict.REJECT: Word(_("rejected"), "cross", "bad"),
}
CONFLICTS = {
    "changed_meanwhile": _("The post was changed meanwhile: please look at it again."),
    "already_out": _("The post is already out on a channel: nothing was changed."),
    "decided": _("Somebody has decided on a channel that you took away: cancel the post there instead."),
    "not_allowed_now": _("This is not possible in the post's present state."),
    "not_approved": _("An approval is missing: submit the post first."),
    "four_eyes": _("Somebody else than the author has to approve (four eyes)."),
    "nothing_to_approve": _("This has been decided already."),
    "no_slot": _("There is no free slot for these channels and this kind of post."),
    "not_open": _("This question is settled already."),
}
REFUSALS = {
    ("channels", "required"): _("Choose at least one channel."),
    ("channels", "not_published"): _("Nothing can be published on one of these channels."),
    ("publish_at", "required"): _("To be scheduled the post needs a date and a time."),
    ("text", "too_long"): _("The text is too long for one of the channels; see its counter."),
    ("variants", "too_long"): _("The text is too long for this channel; see its counter."),
    ("media", "unsuitable"): _("A picture does not suit one of the channels: its type, its size or their number."),
    ("media", "required"): _("A picture is missing, or the words that say what one shows."),
    ("comment", "required"): _("Please say what should be different."),
    ("reason", "required"): _("You decide in the client's place: please say how you know what it wants."),
    ("within", "beyond_horizon"): _("This lies too far ahead."),
    ("file", "too_large"): _("The picture is too large."),
    ("file", "unsuitable"): _("This is no JPEG, PNG, WebP or GIF picture."),
    ("file", "broken"): _("The picture is broken."),
}


def the_post(principal: access.Principal, slug: str, id: int) -> Post:
    """Raises NotFound, in the same words for absent and foreign ones."""
    client = access.client(principal, slug)
    found = Post.objects.filter(client=client, id=id).select_related("client", "campaign", "author").first()
    if found is None:
        raise access.NotFound(f"The client '{slug}' has no post {id}.")
    return found


def told(error: Refused | Conflict) -> dict[str, list[str]]:
    """The sentences for people by field; '' is about the whole."""
    if isinstance(error, Conflict):
        return {"": [str(CONFLICTS.get(error.code, _("This is not possible right now.")))]}
    found: dict[str, list[str]] = {}
    for field, _said, code in error.errors:
        root = field.partition(".")[0].partition("[")[0]
        sentence = str(REFUSALS.get((root, code), _("This value does not fit.")))
        known = found.setdefault(field if root == "variants" else root, [])
        if sentence not in known:
            known.append(sentence)
    return found


def sentence(error: Refused | Conflict) -> str:
    return " ".join(dict.fromkeys(text for texts in told(error).values() for text in texts))


def status(error: Refused | Conflict) -> int:
    return 409 if isinstance(error, Conflict) else 400


def back(request, default: str) -> str:
    """Where the form says that it came from, if that is one of our own addresses."""
    asked = request.POST.get("back") or request.GET.get("back", "")
    return asked if url_has_allowed_host_and_scheme(asked, allowed_hosts=None) and asked.startswith("/") else default


def moved(local: datetime) -> str:
    """What to say of a wall time that a clock change leaves out."""
    said = _("The clocks change: %(time)s does not exist on this day, so the post goes out an hour later.")
    return str(said) % {"time": f"{local:%H:%M}"}
