"""What the inbox calls things, in the language at work."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from clients.refusal import Conflict, Refused

from .. import labels

STATUSES = labels.STATUSES | {"snoozed": lazy("Snoozed")}
SENTIMENTS, KINDS = labels.SENTIMENTS, labels.KINDS
URGENCIES = {"normal": lazy("Normal"), "high": lazy("Urgent"), "critical": lazy("Critical")}
SLA = {
    "breached": lazy("Overdue"),
    "at_risk": lazy("Due soon"),
    "ok": lazy("In time"),
    "met": lazy("Kept"),
    "none": lazy("Nothing promised"),
}
VIEWS = {"mine": lazy("Mine"), "unassigned": lazy("Unassigned"), "all": lazy("All")}
SORTS = {"due": lazy("Worst deadline first"), "new": lazy("Newest first")}
CLOCKS = {"first": lazy("First answer"), "next": lazy("Next answer"), "resolution": lazy("Resolution")}
OUTCOMES = {
    "open": lazy("running"),
    "met": lazy("kept"),
    "breached": lazy("missed"),
    "cancelled": lazy("dropped"),
    "measured": lazy("measured only"),
}
STEPS = {
    "resolve": lazy("resolved it"),
    "archive": lazy("archived it"),
    "reopen": lazy("reopened it"),
    "wait_customer": lazy("waits for the customer"),
    "wait_client": lazy("waits for the client"),
    "resume": lazy("went on with it"),
    "spam": lazy("marked it as spam"),
    "not_spam": lazy("took back the mark as spam"),
    "block": lazy("blocked the author"),
    "merge": lazy("merged it"),
    "no_reply_needed": lazy("decided that no reply is needed"),
    "policies": lazy("applied today's promises"),
    "moved": lazy("moved it"),
    "sentiment": lazy("corrected the mood"),
    "vip": lazy("changed whether the customer is important"),
    "campaign": lazy("changed the campaign"),
}
REPLIES = {
    "queued": lazy("is being sent"),
    "sending": lazy("is being sent"),
    "unconfirmed": lazy("sent, the network has not confirmed it yet"),
    "failed": lazy("could not be sent"),
    "review": lazy("waits for a colleague's agreement"),
    "returned": lazy("was returned"),
    "released": lazy("released, to be given by hand"),
    "dropped": lazy("was dropped"),
}
REASONS = {
    "question": lazy("Question"),
    "shouting": lazy("shouting"),
    "praise": lazy("praise"),
    "lawyer": lazy("lawyer"),
    "allergy": lazy("allergy"),
    "health": lazy("health"),
    "danger": lazy("danger"),
    "fraud": lazy("fraud"),
    "police": lazy("police"),
    "discrimination": lazy("discrimination"),
    "privacy": lazy("privacy"),
    "urgent": lazy("urgency"),
    "refund": lazy("money back"),
    "waiting": lazy("long wait"),
    "repeated": lazy("asked repeatedly"),
}


def why(reasons: list[dict], most: int = 2) -> str:
    """The reasons of triage in a few words: what they are called, and what was said."""
    told = []
    for reason in reasons[:most]:
        said, code = reason["words"], reason["code"]
        said = said if isinstance(said, str) else ", ".join(said[:3])
        if code == "stars":
            told.append(_("%s of 5 stars") % said)
        elif not any(letter.isalnum() for letter in said):
            told.append(str(REASONS.get(code, f"„{said}“")))
        else:
            told.append(f"{REASONS[code]}: „{said}“" if code in REASONS else f"„{said}“")
    return " · ".join(told)


def no(error: Refused | Conflict) -> str:
    """Why a decision was not taken; the domain says it in English only."""
    if isinstance(error, Conflict):
        return _CONFLICTS.get(error.code, _("This is not possible in the state the conversation is in now."))
    field = error.errors[0][0]
    return _FIELDS.get(field, _("This could not be read; please check it."))


_CONFLICTS = {
    "closed": lazy("Nothing can be answered here: the conversation is spam or was merged."),
    "no_replies": lazy("This network takes no replies."),
    "wrong_status": lazy("This does not apply any more: a colleague was quicker."),
    "answered_meanwhile": lazy("A colleague has answered meanwhile. Read that first, then send yours or drop it."),
    "four_eyes": lazy("Four eyes: somebody else than the writer has to release this answer first."),
    "changed_meanwhile": lazy("The answer was changed meanwhile. Please read it again."),
    "not_your_role": lazy("This kind of criticism is answered by owners and account managers."),
    "not_waiting": lazy("A colleague was quicker: this answer waits no more."),
    "outcome_differs": lazy("With this outcome the case can't be of that kind. Change the outcome first."),
    "in_incident": lazy("This conversation belongs to an incident already."),
    "not_failed": lazy("This reply is on its way already."),
}
_FIELDS = {
    "text": lazy("Please write something, and no more than the network takes."),
    "until": lazy("Please choose a moment that lies ahead."),
    "into": lazy("Please choose another conversation of the same channel that is not merged itself."),
    "outcome": lazy("This is criticism: please say in the case below how it ended, then close it."),
    "reason": lazy("Please give a reason; the client can read it."),
    "remark": lazy("Please say what should be different."),
    "title": lazy("Please say in a few words what it is about."),
    "summary": lazy("Please say what happened, what was done and what you learn from it."),
    "then": lazy("Please choose what follows the answer."),
    "q": lazy("Please search for 2 to 200 characters."),
    "cursor": lazy("This page of the list is gone; here is how to begin again: choose a view."),
}
