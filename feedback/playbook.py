"""How criticism is handled: its kinds with their steps, who may answer, when a second pair of eyes must agree."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

OUTCOMES = ("recovered", "settled", "stands", "removed_by_network")
HARMFUL_STARS = 2
ALL, LEADING = ("owner", "manager", "editor"), ("owner", "manager")


@dataclass(frozen=True)
class Handling:
    """What a kind of criticism asks for: steps in their order, roles that may answer, ends that it can have."""

    steps: tuple[str, ...]
    roles: tuple[str, ...] = ALL
    four_eyes: bool = False
    outcomes: tuple[str, ...] = OUTCOMES


KINDS = {
    "factual_error": Handling(("check_facts", "correct_kindly", "give_source", "record_outcome")),
    "justified_complaint": Handling(
        ("thank", "own_it", "say_what_happens", "take_offline", "follow_up", "record_outcome"),
        outcomes=("recovered", "settled", "stands"),
    ),
    "unfair": Handling(("check_facts", "answer_calmly", "show_own_view", "record_outcome")),
    "troll": Handling(
        ("do_not_feed", "answer_once", "consider_hiding", "record_outcome"),
        outcomes=("settled", "stands", "removed_by_network"),
    ),
    "illegal": Handling(
        ("keep_evidence", "tell_client", "report_to_network", "legal_advice", "record_outcome"),
        roles=LEADING,
        four_eyes=True,
        outcomes=("settled", "stands", "removed_by_network"),
    ),
}
KIND_NAMES = tuple(KINDS)
STEPS = tuple(dict.fromkeys(step for one in KINDS.values() for step in one.steps))

# German and English, as the public writes; the first kind that fits is suggested.
SIGNS = {
    "illegal": (
        r"bring\w* (dich|euch|sie) um|umbringen|abstechen|anzünden|ausländer raus|vergas\w+|heil hitler|"
        r"i('| wi)ll kill|burn (it|you|your)|death threat|wir wissen,? wo (du|ihr)"
    ),
    "factual_error": (
        r"stimmt (so )?(gar )?nicht|falsche[nrs]? (angabe|preis|adresse|uhrzeit|öffnungszeit\w*)|steht falsch|"
        r"ist gelogen|gibt es (gar )?nicht|not true|is wrong on|wrong (price|address|time|opening hours)|incorrect"
    ),
    "justified_complaint": (
        r"wart\w+|bestell\w+|liefer\w+|kaputt|beschädigt|defekt|kalt|verdorben|reklam\w+|erstatt\w+|rechnung|termin|"
        r"unfreundlich|entschuldig\w+|enttäusch\w+|wait\w*|order\w*|deliver\w*|broken|damaged|refund\w*|rude|cold"
    ),
    "troll": (
        r"saftladen|müll|schei(ß|ss)\w*|idiot\w*|peinlich|lächerlich|ekelhaft|deppen|trash|clowns?|pathetic|loser\w*"
    ),
}
_SIGNS = {kind: re.compile(rf"\b(?:{words})", re.IGNORECASE) for kind, words in SIGNS.items()}
SHORT = 12  # words; more than that is an argument


def critical(sentiment: str, stars: int | None) -> bool:
    """Whether this is criticism: said so, or two stars and fewer."""
    return sentiment == "negative" or (stars is not None and stars <= HARMFUL_STARS)


def suggest(text: str, stars: int | None, reasons: Collection[str] = ()) -> str:
    """The kind that the words suggest; `reasons` are the codes of triage. A person has the last word."""
    found = {kind for kind, pattern in _SIGNS.items() if pattern.search(text)}
    for kind in ("illegal", "factual_error", "justified_complaint"):
        if kind in found:
            return kind
    if {"waiting", "repeated", "refund", "allergy", "health", "danger"} & set(reasons):
        return "justified_complaint"
    if "troll" in found and len(text.split()) <= SHORT:
        return "troll"
    return "unfair" if stars is not None and not text.strip() else "justified_complaint"


def four_eyes(kind: str | None, stars: int | None, *, most_stars: int = 1, kinds: Collection[str] = ()) -> bool:
    """Whether a second person must agree to the answer; `kind` None is no criticism.

    One star and what is illegal always need it; a client may want it up to `most_stars` and for more `kinds`.
    """
    if stars is not None and stars <= max(1, most_stars):
        return True
    return kind is not None and (KINDS[kind].four_eyes or kind in kinds)


def missing(kind: str, done: Iterable[str]) -> tuple[str, ...]:
    """The steps that are yet to be done, in their order."""
    there = set(done)
    return tuple(step for step in KINDS[kind].steps if step not in there)


def gathered(times: Sequence[datetime], count: int, span: timedelta) -> bool:
    """Whether so many of these instants, in ascending order, lie within one span, both ends included."""
    return any(times[n + count - 1] - times[n] <= span for n in range(len(times) - count + 1))


def crises(
    said: Iterable[tuple[int, str, datetime]], count: int, span: timedelta
) -> list[tuple[str, tuple[int, ...]]]:
    """Where criticism of one channel piles up: (post, ids), '' for the channel as a whole.

    `said` is (id, post or '', instant). What belongs to a crisis of its post does not count for the channel.
    """
    by_post: dict[str, list[tuple[datetime, int]]] = {}
    rest: list[tuple[datetime, int]] = []
    for id, post, at in said:
        (by_post.setdefault(post, []) if post else rest).append((at, id))
    found = []
    for post, rows in sorted(by_post.items()):
        rows.sort()
        if gathered([at for at, _ in rows], count, span):
            found.append((post, tuple(id for _, id in rows)))
        else:
            rest += rows
    rest.sort()
    if gathered([at for at, _ in rest], count, span):
        found.append(("", tuple(id for _, id in rest)))
    return found
