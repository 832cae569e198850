"""What criticism is called, and what its playbook asks for."""

from django.utils.translation import gettext_lazy as lazy

KINDS = {
    "factual_error": lazy("Factual error"),
    "justified_complaint": lazy("Justified complaint"),
    "unfair": lazy("Unfair"),
    "troll": lazy("Troll"),
    "illegal": lazy("Illegal"),
}
STEPS = {
    "thank": lazy("Thank them for the criticism"),
    "own_it": lazy("Own the mistake, without excuses"),
    "say_what_happens": lazy("Say what happens next, and by when"),
    "take_offline": lazy("Take it offline: phone or e-mail"),
    "follow_up": lazy("Follow up: is it settled for them?"),
    "record_outcome": lazy("Record how it ended"),
    "check_facts": lazy("Check the facts with the client"),
    "correct_kindly": lazy("Correct it kindly, without a lecture"),
    "give_source": lazy("Give a source that everybody can check"),
    "answer_calmly": lazy("Answer once, calmly and briefly"),
    "show_own_view": lazy("Show your own view for those who read along"),
    "do_not_feed": lazy("Don't feed: no sarcasm, no duel"),
    "answer_once": lazy("Answer at most once, matter-of-factly"),
    "consider_hiding": lazy("Weigh hiding it; that needs a reason"),
    "keep_evidence": lazy("Keep the evidence: picture, link, time"),
    "tell_client": lazy("Tell the client at once"),
    "report_to_network": lazy("Report it to the network"),
    "legal_advice": lazy("Weigh legal advice or a charge"),
}
OUTCOMES = {
    "recovered": lazy("Won back"),
    "settled": lazy("Settled with them"),
    "stands": lazy("Stands"),
    "removed_by_network": lazy("Removed by the network"),
}
ACTIONS = {
    "hide": lazy("Hidden"),
    "delete": lazy("Deleted"),
    "block": lazy("Author blocked"),
    "spam": lazy("Marked as spam"),
    "approve": lazy("Approved for the client"),
    "change": lazy("Change asked for the client"),
    "reject": lazy("Rejected for the client"),
}
ENTRIES = {
    "opened": lazy("opened the incident"),
    "linked": lazy("linked a conversation"),
    "owner": lazy("handed the lead to"),
    "decision": lazy("decided"),
    "closed": lazy("closed the incident"),
}


def steps(told) -> list[tuple[str, object, object]]:
    """Of a case as `cases.told`: (step, its words, who did it and when or None)."""
    return [(step, STEPS[step], told.done.get(step)) for step in told.handling.steps]
