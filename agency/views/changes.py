"""What a log entry says, in the reader's words: the deed, and each field before and after."""

import re
from collections.abc import Iterator
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from agency.fields import moment
from agency.models import LogEntry
from clients.models import Event

from . import labels

MOST_LETTERS, MOST_LINES = 200, 40
DAY = re.compile(r"\d{4}-\d\d-\d\d")
DEEDS = {
    "agency.founded": _("Agency founded"),
    "agency.logo_changed": _("Logo changed"),
    "approval_link.made": _("Approval link made"),
    "approval_link.revoked": _("Approval link revoked"),
    "assumption.made": _("Assumption made"),
    "cadence.agreed": _("Rhythm agreed"),
    "campaign.added": _("Campaign added"),
    "campaign.changed": _("Campaign changed"),
    "channel.added": _("Channel added"),
    "channel.broken": _("Channel refused to sign in"),
    "channel.changed": _("Channel changed"),
    "channel.renewed": _("Credentials renewed"),
    "channel.webhook_rotated": _("Webhook address replaced"),
    "client.added": _("Client added"),
    "client.archived": _("Client archived"),
    "client.changed": _("Client changed"),
    "client.logo_changed": _("Logo changed"),
    "clock.breached": _("Promise broken"),
    "contract.agreed": _("Contract agreed"),
    "conversation.archive": _("Conversation archived"),
    "conversation.assigned": _("Conversation assigned"),
    "conversation.block": _("Author blocked"),
    "conversation.merge": _("Conversations merged"),
    "conversation.no_reply_needed": _("Marked: no answer needed"),
    "conversation.not_spam": _("Marked: no spam"),
    "conversation.reopen": _("Conversation reopened"),
    "conversation.resolve": _("Conversation resolved"),
    "conversation.resume": _("Waiting ended"),
    "conversation.snooze": _("Conversation snoozed"),
    "conversation.spam": _("Marked as spam"),
    "conversation.wait": _("Waiting began"),
    "hours.changed": _("Opening hours changed"),
    "import.added": _("Import started"),
    "media.added": _("Picture added"),
    "media.described": _("Picture described"),
    "media.removed": _("Picture removed"),
    "agency.changed": _("Agency changed"),
    "contact.added": _("Contact added"),
    "contact.changed": _("Contact changed"),
    "contact.removed": _("Contact removed"),
    "factor.reset": _("Lost sign-in app removed"),
    "invitation.accepted": _("Invitation accepted"),
    "invitation.resent": _("Invitation sent again"),
    "invitation.revoked": _("Invitation taken back"),
    "invitation.sent": _("Invitation sent"),
    "member.added": _("Member added"),
    "member.changed": _("Member changed"),
    "member.removed": _("Member removed"),
    "month.locked": _("Month settled"),
    "month.unlocked": _("Settled month opened again"),
    "outcome.declared": _("Outcome declared"),
    "outcome.voided": _("Outcome withdrawn"),
    "policies.applied": _("Promises applied to running clocks"),
    "policy.added": _("Promise added"),
    "policy.archived": _("Promise archived"),
    "policy.changed": _("Promise changed"),
    "post.added": _("Post written"),
    "post.approve": _("Post approved"),
    "post.cancel": _("Post cancelled"),
    "post.change": _("Change to post asked for"),
    "post.changed": _("Post changed"),
    "post.hold": _("Post held"),
    "post.reject": _("Post rejected"),
    "post.release": _("Post released"),
    "post.schedule": _("Post scheduled"),
    "post.sent": _("Post published"),
    "post.failed": _("Post failed"),
    "post.missed": _("Post missed its time"),
    "post.settled": _("Post settled"),
    "post.submit": _("Post submitted"),
    "publishing_rule.changed": _("Publishing rule changed"),
    "question.answered": _("Question answered"),
    "question.asked": _("Question asked"),
    "question.withdrawn": _("Question withdrawn"),
    "prospect.handled": _("Prospect seen to"),
    "readiness.checked": _("Readiness checked"),
    "report.commented": _("Report commented"),
    "report.drafted": _("Report drafted"),
    "report.linked": _("Link to a report made"),
    "report.released": _("Report released"),
    "report.unlinked": _("Links to a report closed"),
    "reply.retried": _("Answer tried again"),
    "reply.written": _("Answer written"),
    "webhook.added": _("Webhook added"),
    "webhook.changed": _("Webhook changed"),
    "webhook.disabled": _("Webhook disabled"),
    "webhook.enabled": _("Webhook enabled"),
    "webhook.removed": _("Webhook removed"),
    "webhook.resent": _("Webhooks sent again"),
    "webhook.secret_rotated": _("Secret of a webhook rotated"),
    "saved_reply.added": _("Saved reply added"),
    "saved_reply.changed": _("Saved reply changed"),
    "saved_reply.removed": _("Saved reply removed"),
    "slot.added": _("Slot added"),
    "slot.changed": _("Slot changed"),
    "slot.removed": _("Slot removed"),
    "template.added": _("Template added"),
    "template.changed": _("Template changed"),
    "template.removed": _("Template removed"),
    "token.added": _("Key added"),
    "token.revoked": _("Key revoked"),
    "strategy.declined": _("Strategy declined"),
    "strategy.offered": _("Strategy offered"),
    "strategy.signed": _("Strategy signed"),
    "strategy.written": _("Strategy written"),
    "time.changed": _("Time changed"),
    "time.removed": _("Time removed"),
    "value_mix.aimed": _("Mix of posts agreed"),
}
FIELDS = {
    "account": _("Account"),
    "approval": _("Approval"),
    "assignee": _("Assigned to"),
    "campaign": _("Campaign"),
    "campaigns": _("Campaigns"),
    "categories": _("Kinds of holidays"),
    "channel": _("Channel"),
    "channels": _("Channels"),
    "clients": _("Clients"),
    "closed": _("Closed days"),
    "comment": _("Comment"),
    "conversations": _("Conversations"),
    "by": _("By"),
    "cycle": _("Round"),
    "late_ingest": _("Arrived late"),
    "counts_clicks": _("Count clicks"),
    "country": _("Country"),
    "disabled": _("Switched off"),
    "due_at": _("Due"),
    "escalate_hours": _("Hours before telling"),
    "every_client": _("Every client"),
    "expires_at": _("Ends"),
    "first_seconds": _("First answer"),
    "four_eyes": _("Four eyes"),
    "goal": _("Goal"),
    "grace_seconds": _("Grace"),
    "homepage": _("Homepage"),
    "kind": _("Kind"),
    "kinds": _("Kinds"),
    "language": _("Language"),
    "least": _("At least a week"),
    "link": _("Link"),
    "logo": _("Logo"),
    "month": _("Month"),
    "most": _("At most"),
    "name": _("Name"),
    "network": _("Network"),
    "next_seconds": _("Further answers"),
    "open": _("Extra open days"),
    "overdue": _("When late"),
    "position": _("Place in the order"),
    "post": _("Post"),
    "publish_at": _("Goes out"),
    "question": _("Question"),
    "reason": _("Reason"),
    "remind_hours": _("Hours before reminding"),
    "renewed": _("Renewed"),
    "resolution_seconds": _("Solution"),
    "role": _("Role"),
    "routine_kinds": _("Routine kinds"),
    "scopes": _("Rights"),
    "sentiments": _("Sentiments"),
    "severity": _("Severity"),
    "short_links": _("Short links"),
    "shortcut": _("Shortcut"),
    "slug": _("Short name"),
    "stage": _("Stage"),
    "stars_max": _("Stars at most"),
    "stars_min": _("Stars at least"),
    "state": _("State"),
    "status": _("State"),
    "subdivision": _("Region"),
    "tags": _("Tags"),
    "targets": _("Targets"),
    "text": _("Text"),
    "title": _("Title"),
    "tolerance": _("Minutes late"),
    "until": _("Until"),
    "url": _("Address"),
    "warn_percent": _("Warning at percent"),
    "week": _("Week"),
    "zone": _("Time zone"),
}
CLOCKS = {"first": _("First answer"), "next": _("Further answers"), "resolution": _("Solution")}
STAGES = {"internal": _("The agency"), "client": _("Client")}
VALUES = (
    labels.ROLES, labels.POST_KINDS, labels.KINDS, labels.SENTIMENTS, labels.STATUSES, CLOCKS, STAGES, labels.APPROVALS,
    labels.OVERDUES, labels.SCOPES,
)  # fmt: skip
SUBJECTS = {
    "channel": _("Channel"), "campaign": _("Campaign"), "conversation": _("Conversation"), "policy": _("Promise"),
    "post": _("Post"), "publication": _("Publication"), "import": _("Import"), "reply": _("Answer"),
    "media": _("Picture"), "slot": _("Slot"), "template": _("Template"), "question": _("Question"),
    "approval_link": _("Approval link"), "clock": _("Clock"), "saved_reply": _("Saved reply"),
}  # fmt: skip


def deed(action: str) -> str:
    return str(DEEDS.get(action, action.replace(".", ": ").replace("_", " ")))


def subject(event: Event) -> str:
    """What the event is about: the name it carries, else its kind and number."""
    told = {**(event.before or {}), **(event.after or {})}
    if isinstance(told.get("name"), str) and told["name"]:
        return told["name"][:80]
    words = SUBJECTS.get(event.subject)
    return f"{words} {event.subject_id}" if words and event.subject_id else str(words or "")


def lines(entry: Event | LogEntry, zone) -> list[tuple[str, str, str]]:
    """(field, before, after) of what differs, for people; instants in the zone."""
    before, after = _flat(entry.before or {}), _flat(entry.after or {})
    found = [
        (_name(key), _told(key, before.get(key), zone), _told(key, after.get(key), zone))
        for key in {**before, **after}
        if before.get(key) != after.get(key)
    ]
    return found[:MOST_LINES]


def _told(key: str, value, zone) -> str:
    return (_day(value, "YEAR_MONTH_FORMAT") if key == "month" else "") or words(value, zone)


def _flat(values: dict) -> dict:
    """The days of a week each on their own line, all else as it is."""
    return dict(_parts(values)) if isinstance(values, dict) else {"": values}


def _parts(values: dict) -> Iterator[tuple[str, object]]:
    for key, value in values.items():
        if key == "week" and isinstance(value, dict):
            yield from ((f"week.{day}", pairs) for day, pairs in value.items())
        else:
            yield key, value


def _name(key: str) -> str:
    if key.startswith("week."):
        return str(labels.WEEKDAYS.get(key[5:], key))
    known = FIELDS.get(key) or labels.POST_KINDS.get(key)
    return str(known or key.replace("_", " ").capitalize())


def words(value, zone) -> str:
    """One value: yes and no, a list, an instant, a text cut short."""
    if value is None or value == "" or value == [] or value == {}:
        return "–"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        return ", ".join(_span(one) or words(one, zone) for one in value)[:MOST_LETTERS]
    if isinstance(value, dict):
        return ", ".join(f"{_name(str(key))}: {words(one, zone)}" for key, one in value.items())[:MOST_LETTERS]
    text = str(value)
    short = text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]}…"
    return _instant(text, zone) or _day(text) or _known(text) or short


def _span(value) -> str:
    """An interval of opening hours."""
    pair = isinstance(value, list) and len(value) == 2 and all(isinstance(one, str) and ":" in one for one in value)
    return "–".join(value) if pair else ""


def _known(text: str) -> str:
    for table in VALUES:
        if text in table:
            return str(table[text])
    return ""


def _day(text, form: str = "SHORT_DATE_FORMAT") -> str:
    """A date such as 2026-10-01, '' for all else."""
    try:
        return date_format(date.fromisoformat(text), form) if DAY.fullmatch(text) else ""
    except (TypeError, ValueError):
        return ""


def _instant(text: str, zone) -> str:
    if len(text) < 19 or text[4] != "-" or text[10] != "T":
        return ""
    try:
        return date_format(moment(text).astimezone(zone), "SHORT_DATETIME_FORMAT")
    except ValueError:
        return ""
