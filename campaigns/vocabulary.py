"""The words of publishing: what a post is for, who approves it, and how far it got on a channel."""

from django.db import models


class PostKind(models.TextChoices):
    TIP = "tip"
    JOB = "job"
    EVENT = "event"
    PRODUCT = "product"
    BEHIND_THE_SCENES = "behind_the_scenes"
    REACTION = "reaction"


class Approval(models.TextChoices):
    """Who has to approve, from the least to the most."""

    NONE = "none"
    OPTIONAL = "optional"
    INTERNAL = "internal"
    CLIENT = "internal_and_client"


class Overdue(models.TextChoices):
    """What becomes of a post whose client has not answered when its slot comes."""

    SKIP = "skip"
    PUBLISH = "publish"
    EVERGREEN = "evergreen"


class Stage(models.TextChoices):
    INTERNAL = "internal"
    CLIENT = "client"


class Verdict(models.TextChoices):
    APPROVE = "approve"
    CHANGE = "change"
    REJECT = "reject"


class State(models.TextChoices):
    """Of one post on one channel."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    CLIENT_REVIEW = "client_review"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    MISSED = "missed"
    CANCELLED = "cancelled"
    HELD = "held"


class Source(models.TextChoices):
    """Who told numbers; of several at the same instant the first here counts."""

    API = "api"
    MANUAL = "manual"
    IMPORT = "import"


STAGES = {
    Approval.NONE: (),
    Approval.OPTIONAL: (),
    Approval.INTERNAL: (Stage.INTERNAL,),
    Approval.CLIENT: (Stage.INTERNAL, Stage.CLIENT),
}
# Somebody has to decide.
WAITING = (State.IN_REVIEW, State.CLIENT_REVIEW)
# Nobody knows what the network holds, or it holds the post: neither may be changed any more.
OUT = (State.SENDING, State.UNCONFIRMED, State.SENT)


class Activity(models.TextChoices):
    PLAN = "plan"
    CREATE = "create"
    APPROVE = "approve"
    ANSWER = "answer"
    REPORT = "report"
    TALK = "talk"
    OTHER = "other"


class Layer(models.TextChoices):
    """How it is known what came of it; the three are never added up."""

    MEASURED = "measured"
    DECLARED = "declared"
    ASSUMED = "assumed"


class OutcomeKind(models.TextChoices):
    CALL = "call"
    INQUIRY = "inquiry"
    BOOKING = "booking"
    ORDER = "order"
    GUEST = "guest"
    APPLICATION = "application"
    SIGN_UP = "sign_up"
