"""The questions of the readiness check, what each answer is worth, and what it says about channels.

An answer is worth 0 to 3 points, a question weighs 0 to 3; the score is the share of the points that could be had.
Questions that weigh nothing only decide which channels fit. Old checks keep the version they were taken with: whoever
changes a question, an option or a weight raises VERSION.
"""

from dataclasses import dataclass

VERSION = 1
BEST = 3
AREAS = ("audience", "useful", "time", "answering", "home", "law", "aim")


@dataclass(frozen=True, slots=True)
class Question:
    """`options` maps the key of each answer to its points."""

    key: str
    area: str
    weight: int
    options: dict[str, int]

    def gap(self, answer: str) -> int:
        """Weighted points that this answer leaves lying."""
        return self.weight * (BEST - self.options[answer])


QUESTIONS = (
    Question("buyers", "audience", 0, {"consumers": 3, "businesses": 3, "both": 3}),
    Question("ages", "audience", 0, {"young": 3, "middle": 3, "old": 3, "mixed": 3}),
    Question("place", "audience", 0, {"shop": 3, "visits": 3, "online": 3, "marketplace": 3}),
    Question("sought", "audience", 3, {"often": 3, "sometimes": 2, "unknown": 1, "rarely": 0}),
    Question("reviews", "audience", 1, {"many": 3, "few": 2, "none": 1, "unknown": 0}),
    Question("recommended", "audience", 1, {"mostly": 3, "partly": 2, "hardly": 0}),
    Question("stories", "useful", 3, {"weekly": 3, "monthly": 2, "yearly": 0}),
    Question("pictures", "useful", 2, {"yes": 3, "some": 2, "no": 0}),
    Question("faces", "useful", 1, {"yes": 3, "some": 2, "no": 0}),
    Question("explains", "useful", 1, {"much": 3, "little": 1}),
    Question("hours", "time", 3, {"more": 3, "three": 3, "one": 2, "none": 0}),
    Question("budget", "time", 2, {"more": 3, "thousand": 3, "few_hundred": 1, "none": 0}),
    Question("patience", "time", 2, {"year": 3, "half_year": 2, "weeks": 0}),
    Question("weekday", "answering", 3, {"with_deputy": 3, "one": 2, "whoever": 1, "nobody": 0}),
    Question("saturday", "answering", 2, {"somebody": 3, "agency": 3, "nobody": 1}),
    Question("criticism", "answering", 3, {"answer": 3, "if_needed": 2, "delete": 0}),
    Question("goodwill", "answering", 1, {"at_once": 3, "after_asking": 2, "unclear": 0}),
    Question("homepage", "home", 3, {"good": 3, "dated": 1, "none": 0}),
    Question("changes", "home", 1, {"ourselves": 3, "somebody": 2, "nobody": 0}),
    Question("listing", "home", 1, {"right": 3, "partly": 1, "unknown": 0}),
    Question("legal", "law", 2, {"yes": 3, "partly": 1, "no": 0}),
    Question("consent", "law", 1, {"yes": 3, "asked": 2, "no": 0}),
    Question("aim", "aim", 2, {"customers": 3, "staff": 3, "loyalty": 3, "reputation": 3, "unclear": 0}),
    Question("measure", "aim", 2, {"number": 3, "feeling": 1, "none": 0}),
)
BY_KEY = {question.key: question for question in QUESTIONS}
