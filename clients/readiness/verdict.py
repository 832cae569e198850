"""From the answers to the check: go, start small or not now, with the reasons and a short list of channels."""

from collections.abc import Mapping
from dataclasses import dataclass

from .questionnaire import BEST, BY_KEY, QUESTIONS

GO, SMALL, NOT_NOW = "go", "start_small", "not_now"
GO_FROM, SMALL_FROM = 65, 40  # percent
STRENGTHS, GAPS = 4, 5
MOST_CHANNELS = {GO: 4, SMALL: 2, NOT_NOW: 1}  # beside the homepage

# Each of these answers alone means: not now. Whoever can't answer or would delete criticism does harm by being there.
FORBIDS = {"weekday": "nobody", "criticism": "delete"}
# With each of these nobody should do more than start small.
HOLDS_BACK = {"homepage": "none", "hours": "none", "stories": "yearly", "aim": "unclear", "patience": "weeks"}


@dataclass(frozen=True, slots=True)
class Reason:
    """One answer that counts for or against it."""

    question: str
    answer: str
    points: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A network and the answers that speak for it, as (question, answer)."""

    network: str
    because: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`score` in percent; `forbids` and `holds_back` name the questions that capped it, `gaps` come worst first."""

    outcome: str
    score: int
    forbids: tuple[str, ...]
    holds_back: tuple[str, ...]
    strengths: tuple[Reason, ...]
    gaps: tuple[Reason, ...]
    channels: tuple[Suggestion, ...]


# For each network the answers that speak for it, with how strongly; a suggestion needs at least NEEDED.
FITS = {
    "google": {("place", "shop"): 3, ("place", "visits"): 3, ("aim", "reputation"): 2, ("sought", "often"): 1,
               ("buyers", "consumers"): 1, ("buyers", "both"): 1},
    "instagram": {("pictures", "yes"): 2, ("ages", "young"): 2, ("ages", "mixed"): 1, ("ages", "middle"): 1,
                  ("faces", "yes"): 1, ("buyers", "consumers"): 1, ("buyers", "both"): 1, ("stories", "weekly"): 1},
    "facebook": {("ages", "middle"): 2, ("ages", "old"): 2, ("ages", "mixed"): 1, ("place", "shop"): 1,
                 ("place", "visits"): 1, ("buyers", "consumers"): 1, ("buyers", "both"): 1, ("aim", "loyalty"): 1},
    "linkedin": {("buyers", "businesses"): 3, ("buyers", "both"): 1, ("aim", "staff"): 2, ("explains", "much"): 1},
    "xing": {("buyers", "businesses"): 2, ("aim", "staff"): 2},
    "youtube": {("explains", "much"): 2, ("faces", "yes"): 1, ("pictures", "yes"): 1, ("hours", "more"): 1},
    "amazon": {("place", "marketplace"): 5},
    "mastodon": {("explains", "much"): 1, ("faces", "yes"): 1, ("ages", "mixed"): 1, ("stories", "weekly"): 1},
    "bluesky": {("explains", "much"): 1, ("ages", "young"): 1, ("stories", "weekly"): 1},
}  # fmt: skip
NEEDED = 4


def unknown(answers: Mapping[str, object]) -> dict[str, str]:
    """What is wrong with the answers, by question: missing, not a question, not one of its options."""
    faults = {key: "is not a question of this check" for key in answers if key not in BY_KEY}
    for question in QUESTIONS:
        if question.key not in answers:
            faults[question.key] = "is needed"
        elif answers[question.key] not in question.options:
            faults[question.key] = f"must be one of {', '.join(question.options)}"
    return faults


def judge(answers: Mapping[str, str]) -> Verdict:
    """The verdict on complete answers (`unknown` finds nothing)."""
    could = sum(question.weight * BEST for question in QUESTIONS)
    lost = sum(question.gap(answers[question.key]) for question in QUESTIONS)
    score = round(100 * (could - lost) / could)
    forbids = tuple(key for key, answer in FORBIDS.items() if answers[key] == answer)
    holds_back = tuple(key for key, answer in HOLDS_BACK.items() if answers[key] == answer)
    outcome = _outcome(score, forbids, holds_back)
    reasons = _strengths(answers), _gaps(answers)
    return Verdict(outcome, score, forbids, holds_back, *reasons, _channels(answers, outcome))


def _outcome(score: int, forbids: tuple[str, ...], holds_back: tuple[str, ...]) -> str:
    if forbids or score < SMALL_FROM:
        return NOT_NOW
    return SMALL if holds_back or score < GO_FROM else GO


def _strengths(answers: Mapping[str, str]) -> tuple[Reason, ...]:
    full = [question for question in QUESTIONS if question.weight and question.options[answers[question.key]] == BEST]
    full.sort(key=lambda question: -question.weight)
    return tuple(Reason(one.key, answers[one.key], BEST) for one in full[:STRENGTHS])


def _gaps(answers: Mapping[str, str]) -> tuple[Reason, ...]:
    capped = {key for key, answer in (FORBIDS | HOLDS_BACK).items() if answers[key] == answer}
    lacking = [question for question in QUESTIONS if question.weight and question.options[answers[question.key]] < 2]
    lacking.sort(key=lambda question: (question.key not in capped, -question.gap(answers[question.key])))
    most = max(GAPS, len(capped))
    return tuple(Reason(one.key, answers[one.key], one.options[answers[one.key]]) for one in lacking[:most])


def _channels(answers: Mapping[str, str], outcome: str) -> tuple[Suggestion, ...]:
    """The homepage first, because it stays the centre; then what fits best, as many as can be kept up."""
    if outcome == NOT_NOW:  # listening is possible without a word of one's own
        fitting = ["google"] if answers["place"] in ("shop", "visits") else []
    else:
        worth = {network: sum(_speak(answers, fits).values()) for network, fits in FITS.items()}
        fitting = sorted((one for one in FITS if worth[one] >= NEEDED), key=lambda one: -worth[one])
    chosen = [Suggestion(one, tuple(_speak(answers, FITS[one]))) for one in fitting[: MOST_CHANNELS[outcome]]]
    return (Suggestion("wordpress", (("homepage", answers["homepage"]),)), *chosen)


def _speak(answers: Mapping[str, str], fits: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    return {said: weight for said, weight in fits.items() if answers[said[0]] == said[1]}
