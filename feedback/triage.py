"""Decides from a message alone its language, urgency and mood, whether it asks something, and why."""

import re
import unicodedata
from dataclasses import asdict, dataclass

from feedback import vocabulary
from feedback.lexicon import (
    CONTRAST,
    COUNT,
    DURATION,
    ENOUGH,
    EXPECTED,
    FEELING,
    INTENSIFIER,
    LANGUAGES,
    LEXICONS,
    NEGATOR,
    NEUTRAL,
    STOP,
    THANKS,
    URGENT,
    Word,
    votes,
)
from feedback.patience import repeated, waiting
from feedback.questions import asking

LANGUAGE_CODES = (*LANGUAGES, "und")
SCANNED = 5_000
SHOWN_WORDS = 8
POSITIVE_FROM, NEGATIVE_FROM = 0.75, -0.6
CLAUSE = 60
LEVELS = ("normal", "high", "critical")
URGENT_LEVEL = {code: level for code, (level, _) in vocabulary.URGENT.items()}
URGENT_LEVEL |= {"waiting": "high", "repeated": "high"}

_TOKEN = re.compile(
    r"(?:https?://|www\.)\S+|@\w+"
    r"|[^\W\d_]+(?:['’][^\W\d_]+)*|\d+"
    r"|>?[:;=]['o-]?[()D/P]|<3|\^\^|-\.-"
    r"|[\u2600-\u27bf\u2b50\U0001f300-\U0001faff]|[.,;:!?…()\n]+"
)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a stable code and the words of the message that led to it."""

    code: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assessment:
    """language de|en|fr|it|es|nl|und, urgency normal|high|critical, sentiment negative|neutral|positive."""

    language: str
    urgency: str
    sentiment: str
    question: bool
    reasons: list[Reason]

    def as_json(self) -> dict:
        """The same as plain dictionaries and lists."""
        reasons = [{"code": reason.code, "words": list(reason.words)} for reason in self.reasons]
        return asdict(self) | {"reasons": reasons}


class _Tally:
    """What the words of one message add up to: clauses make a sentence, sentences the score."""

    def __init__(self):
        self.score = self.sentence = self.thanks = 0.0
        self.contrast = 1.0
        self.clause: list[tuple[int, Word]] = []
        self.evidence: dict[str, list[str]] = {}
        self.urgent: dict[str, list[str]] = {}
        self.probes: set[int] = set()
        self.origins: dict[str, int] = {}

    def note(self, word: Word):
        if word.weight:
            self.evidence.setdefault(word.code, []).append(word.text)
            if word.language:
                self.origins[word.language] = self.origins.get(word.language, 0) + 1

    def end_clause(self, contrast: bool = False):
        if self.clause:
            self.sentence += self.contrast * _clause(self.clause, self)
            self.clause = []
        if contrast:
            self.contrast = 1.5

    def end_sentence(self, mark: str = ""):
        """What is nice in a question ("Is the good bread back?") is hardly praise."""
        self.end_clause()
        self.score += self.sentence * 0.4 if "?" in mark and self.sentence > 0 else self.sentence
        self.sentence, self.contrast = 0.0, 1.0


def assess(text: str, stars: int | None = None, kind: str = "comment") -> Assessment:
    """Reads the first 5,000 characters; never raises on a string. Stars outside 1-5 count as none.

    Urgent words come first, then stars, then words of feeling with their negation.
    """
    text = unicodedata.normalize("NFKC", text[:SCANNED])[:SCANNED]
    tokens = _TOKEN.findall(text)
    language = _language(tokens)
    words = list(map(LEXICONS.get(language, LEXICONS["und"]).read, tokens))
    tally = _tally(words)
    _weigh_patience(text, tally)
    asks = asking(text, tally.score, kind)
    reasons: list[Reason] = []
    sentiment = _sentiment(text, stars, words, tally, asks, reasons)
    urgency = _urgency(sentiment, asks, tally, reasons)
    if asks:
        reasons.append(Reason("question", (asks,)))
    return Assessment(language or _origin(tally), urgency, sentiment, bool(asks), reasons)


def _language(tokens: list[str]) -> str:
    """The language most stop words speak for, "" where none does."""
    score = dict.fromkeys(LANGUAGES, 0.0)
    for spoken in filter(None, map(votes, tokens)):
        for language, weight in spoken:
            score[language] += weight
    most = max(LANGUAGES, key=score.__getitem__)
    return most if score[most] else ""


def _origin(tally: _Tally) -> str:
    """Without stop words ("Mega lecker!") the words of feeling tell the language."""
    german, english = tally.origins.get("de", 0), tally.origins.get("en", 0)
    return "und" if german == english else "de" if german > english else "en"


def _tally(words: list[Word]) -> _Tally:
    """Walks the words clause by clause and sentence by sentence."""
    tally, skip = _Tally(), 0
    for at, word in enumerate(words):
        if not (word.role or word.phrases) or at < skip:
            continue
        if word.phrases:
            word, skip = _phrase(words, at, word)
        if word.role == STOP:
            tally.end_clause() if word.text == "," else tally.end_sentence(word.text)
        else:
            _take(at, word, tally)
    tally.end_sentence()
    return tally


def _take(at: int, word: Word, tally: _Tally):
    role = word.role
    if role == CONTRAST:
        tally.end_clause(contrast=True)
    elif role == DURATION or role == COUNT:
        tally.probes.add(role)
    elif role and role != NEUTRAL:
        tally.clause.append((at, word))
        if len(tally.clause) == CLAUSE:
            tally.end_clause()


def _phrase(words: list[Word], at: int, word: Word) -> tuple[Word, int]:
    """The longest phrase that starts here as one word, and where reading goes on."""
    for rest, entry in word.phrases:
        end = at + 1 + len(rest)
        if end <= len(words) and _fits(words[at + 1], rest[0]) and all(map(_fits, words[at + 1 : end], rest)):
            shown = " ".join(one.text for one in words[at:end])
            return Word(shown, word.folded, *entry, False, ()), end
    return word, at + 1


def _fits(word: Word, pattern: str) -> bool:
    return word.folded.startswith(pattern[:-1]) if pattern.endswith("*") else word.folded == pattern


def _clause(clause: list[tuple[int, Word]], tally: _Tally) -> float:
    """The feeling of one clause, with strength and negation."""
    negated = _negated(clause)
    total, strength = 0.0, 1.0
    for at, word in clause:
        if word.role == INTENSIFIER:
            strength = word.weight
        elif word.role == URGENT:
            tally.urgent.setdefault(word.code, []).append(word.text)
            total += word.weight
        elif word.role == THANKS:
            tally.thanks += word.weight * strength
            tally.note(word)
        elif word.role == FEELING or word.role == EXPECTED:
            total += strength * _felt(word, negated.get(at), tally)
            strength = 1.0
    return total


def _negated(clause: list[tuple[int, Word]]) -> dict[int, str]:
    """Position of each negated word -> its negator.

    A negator turns the next word within four, else the expected deed up to six words before it
    ("schmeckt mir nicht"); "can't praise them enough" negates nothing.
    """
    negators = [(at, word.text) for at, word in clause if word.role == NEGATOR]
    if any(word.role == ENOUGH for _, word in clause):
        negators = [one for one in negators if not one[1].casefold().startswith(("can", "could"))]
    if not negators:
        return {}
    targets = [(at, word.role) for at, word in clause if word.role in (FEELING, EXPECTED)]
    found: dict[int, str] = {}
    for at, negator in negators:
        after = [place for place, _ in targets if at < place <= at + 4]
        before = [place for place, role in targets if role == EXPECTED and at - 6 <= place < at]
        if target := after[:1] or before[-1:]:
            found.setdefault(target[0], negator)
    return found


def _felt(word: Word, negator: str | None, tally: _Tally) -> float:
    if negator is None:
        tally.note(word)
        return word.weight
    tally.evidence.setdefault("negated", []).append(f"{negator} … {word.text}")
    if word.role == EXPECTED:
        return -1.2
    return -word.weight if word.weight > 0 else -0.8 * max(word.weight, -1.0)


def _weigh_patience(text: str, tally: _Tally):
    """Waiting for weeks and asking again and again are a complaint without a word of feeling."""
    waited = waiting(text, complaint=tally.score < 0) if DURATION in tally.probes else ""
    again = repeated(text) if COUNT in tally.probes else ""
    for code, words in (("waiting", waited), ("repeated", again)):
        if words:
            tally.urgent[code] = [words]
            tally.score -= 1.0


def _sentiment(text, stars, words, tally, asks, reasons) -> str:
    """Stars of 1-2 and 4-5 decide, otherwise the words; thanks are no praise in a question or a complaint."""
    score = tally.score
    if not asks and score >= 0:
        score += tally.thanks
    score = tally.score = score * _emphasis(text, words, reasons)
    reasons += [Reason(code, _shown(found)) for code, found in tally.evidence.items()]
    if stars in (1, 2, 4, 5):
        reasons.insert(0, Reason("stars", (str(int(stars)),)))
        return "negative" if stars < 3 else "positive"
    return "positive" if score >= POSITIVE_FROM else "negative" if score <= NEGATIVE_FROM else "neutral"


def _emphasis(text: str, words: list[Word], reasons: list[Reason]) -> float:
    """Shouting and "!!!" make a mood stronger, they are none."""
    loud = [word.text for word in words if word.loud]
    factor = 1.0
    if len(loud) >= 2:
        reasons.append(Reason("shouting", _shown(loud)))
        factor *= 1.4
    if "!!" in text:
        reasons.append(Reason("exclamation", ("!!",)))
        factor *= 1.3
    return factor


def _urgency(sentiment: str, asks: str, tally: _Tally, reasons: list[Reason]) -> str:
    """The highest level of an urgent word; praise that only mentions one ("bester Anwalt") is not urgent."""
    if not tally.urgent:
        return "normal"
    found = [(URGENT_LEVEL[code], Reason(code, _shown(words))) for code, words in tally.urgent.items()]
    if sentiment == "positive" and tally.score >= 0 and not asks:
        found = [("normal", Reason("praise", reason.words)) for _, reason in found]
    if sentiment != "negative":
        found = [one for one in found if one[1].code != "refund"]
    reasons[:0] = [reason for _, reason in sorted(found, key=lambda one: -LEVELS.index(one[0]))]
    return max((level for level, _ in found), key=LEVELS.index, default="normal")


def _shown(words: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))[:SHOWN_WORDS]
