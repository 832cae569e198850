"""Who is told what about a client: each occurrence once a person, in the app and by mail."""

from collections.abc import Callable, Collection
from datetime import date, datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from agency import rights
from agency.models import User

from . import access, letters
from .models import Client, Notice

AT_ONCE = letters.AT_ONCE
# What is said of an occurrence; `values` of the notice and `client` are filled in.
KINDS: dict[str, Callable[[], str]] = {
    "credentials_expire": lambda: _("%(client)s: the access to the channel %(channel)s expires on %(day)s."),
    "credentials_expired": lambda: _("%(client)s: the channel %(channel)s has to be connected again. %(reason)s"),
    "post_missed": lambda: _("%(client)s: a post for %(channel)s missed its slot of %(at)s. Send it later or not?"),
    "post_failed": lambda: _("%(client)s: a post could not be published on %(channel)s. %(reason)s"),
    "post_unconfirmed": lambda: _("%(client)s: is the post on %(channel)s? The network does not say. %(reason)s"),
    "post_by_hand": lambda: _("%(client)s: please publish the post of %(at)s on %(channel)s by hand now."),
    "approval_asked": lambda: _("%(client)s: a post for %(at)s waits for your approval."),
    "approval_overdue": lambda: _("%(client)s: a post for %(at)s still waits for its approval."),
    "question_asked": lambda: _("%(client)s: the agency asks: %(question)s"),
    "question_overdue": lambda: _("%(client)s: a question has been waiting for an answer since %(at)s: %(question)s"),
    "question_answered": lambda: _("%(client)s: a question was answered: %(question)s"),
    "report_released": lambda: _("%(client)s: your report for the month from %(day)s on is ready."),
    "strategy_offered": lambda: _("%(client)s: your strategy is ready; please look at it and sign it."),
    "strategy_signed": lambda: _("%(client)s: the strategy was signed by %(name)s."),
    "strategy_declined": lambda: _("%(client)s: the client wants the strategy to be different: %(reason)s"),
    "silence_ahead": lambda: _("%(client)s: nothing is planned on %(channel)s from %(day)s on."),
    "silent": lambda: _("%(client)s: nothing has been published on %(channel)s for %(days)s days."),
    "mix_off": lambda: _("%(client)s: the mix of posts is off: too few %(kind)s in the last 28 days."),
    "photo_sent": lambda: _("%(client)s: %(sender)s sent a photo: %(shows)s"),
    "webhook_gone": lambda: _("%(client)s: the webhook %(webhook)s is switched off: its receiver says it is gone."),
    "webhook_failing": lambda: _("%(client)s: the webhook %(webhook)s is switched off: it failed for five days."),
    "export_ready": lambda: _("%(client)s: your export %(file)s is ready; it is kept until %(day)s."),
    "export_failed": lambda: _("%(client)s: your export %(file)s could not be made. Please try it again."),
    "reply_waits": lambda: _("%(client)s: an answer by %(sender)s waits for your agreement."),
    "reply_returned": lambda: _("%(client)s: %(sender)s returned your answer: %(reason)s"),
    "incident_opened": lambda: _("%(client)s: criticism piles up on %(channel)s. An incident was opened."),
    "incident_yours": lambda: _("%(client)s: you lead the incident “%(title)s” from now on."),
    "link_broken": lambda: _("%(client)s: a link in a post does not work: %(link)s"),
}
# How the kinds of posts are called in such a sentence.
POSTS: dict[str, Callable[[], str]] = {
    "tip": lambda: _("tips"),
    "job": lambda: _("jobs"),
    "event": lambda: _("events"),
    "product": lambda: _("product news"),
    "behind_the_scenes": lambda: _("looks behind the scenes"),
    "reaction": lambda: _("reactions"),
}


def tell(
    client: Client,
    kind: str,
    key: str,
    /,
    *,
    people: Collection[User] | None = None,
    roles: Collection[str] = rights.ALERTED,
    mail_at: datetime | None = None,
    **values: str,
) -> None:
    """Tell these people, or all in these roles who serve the client, once of what `key` names; its scope is open.

    The mail goes out at `mail_at`, by default now. The values are plain JSON and hold no secrets; `at` is a local time
    and `day` a date, both in ISO 8601, `kind` a kind of post.
    """
    if kind not in KINDS:
        raise ValueError(f"no notice is called {kind!r}")
    told, now = access.people(client, roles) if people is None else people, timezone.now()
    Notice.objects.bulk_create(
        (
            Notice(client=client, recipient=person, kind=kind, key=key, values=values, mail_at=mail_at or now)
            for person in told
        ),
        ignore_conflicts=True,
    )


def text(notice: Notice) -> str:
    """What the notice says, in the language at work."""
    values = {name: _readable(name, value) for name, value in notice.values.items()}
    return KINDS[notice.kind]() % (values | {"client": notice.client.name})


def _readable(name: str, value: str) -> str:
    if name == "at" and value:
        return date_format(datetime.fromisoformat(value), "SHORT_DATETIME_FORMAT")
    if name == "day" and value:
        return date_format(date.fromisoformat(value), "SHORT_DATE_FORMAT")
    return POSTS[value]() if name == "kind" and value in POSTS else value


def inbox(user: User):
    """A person's notices, newest first."""
    return Notice.objects.filter(recipient=user).order_by("-created_at", "-id")


def mail_due(*, now: datetime) -> int:
    """Mail the notices that are due; returns how many were handed to the mail server."""
    return letters.mail_due(Notice, ("recipient", "client"), _letter, now=now)


def _letter(notice: Notice) -> EmailMessage:
    with translation.override(notice.recipient.language):
        said = " ".join(text(notice).split())
    return EmailMessage(
        said[:200],
        f"{said}\n\n{settings.BASE_URL}\n",
        to=[notice.recipient.email],
        headers={"Message-ID": f"<notice-{notice.id}@resonanz.invalid>", "Auto-Submitted": "auto-generated"},
    )
