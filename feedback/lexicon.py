"""What a single word means to triage: the vocabulary as look-ups by word, stem, compound and phrase."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from feedback import vocabulary as v

PLAIN, FEELING, EXPECTED, NEGATOR, INTENSIFIER, CONTRAST, THANKS = range(7)
URGENT, DURATION, COUNT, STOP, NEUTRAL, ENOUGH = range(7, 13)
LANGUAGES = ("de", "en", "fr", "it", "es", "nl")
LONGEST_WORD = 40
CACHED_WORDS = 16_384

URGENT_WEIGHT = {
    "lawyer": -1.5,
    "health": -1.5,
    "danger": -1.5,
    "fraud": -2.0,
    "police": -1.5,
    "discrimination": -2.0,
    "privacy": -0.7,
    "refund": -0.5,
}
DURATIONS = "woche* tag tage tagen monat* week weeks day days month months"
COUNTS = """zweimal dreimal viermal fünfmal sechsmal zehnmal mehrfach* mehrmals mal
    twice times second third fourth fifth sixth several multiple"""

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "’": "'"})
_BARE = str.maketrans("äöü", "aou")
_ADDRESS = ("@", "http://", "https://", "www.")
_STRETCHED = re.compile(r"(.)\1{2,}")


class Entry(NamedTuple):
    """A line of the vocabulary: role, weight of its feeling (negative to positive), reason code, language."""

    role: int
    weight: float = 0.0
    code: str = ""
    language: str = ""


class Word(NamedTuple):
    """A word as it stands in a text; `phrases` are (following folded words, entry), longest first."""

    text: str
    folded: str
    role: int
    weight: float
    code: str
    language: str
    loud: bool
    phrases: tuple


def fold(word: str) -> str:
    """Case, umlauts, ß and typographic apostrophes removed: "Ärger" and "aerger" are one word."""
    folded = word.casefold()
    return folded if folded.isascii() else folded.translate(_UMLAUTS)


def _own_lines(language: str) -> Iterator[tuple[str, Entry]]:
    groups = (
        (v.NEUTRAL, NEUTRAL, 0.0, ""),
        (v.NEGATORS, NEGATOR, 0.0, ""),
        (v.INTENSIFIERS, INTENSIFIER, 1.5, ""),
        (v.CONTRASTS, CONTRAST, 0.0, ""),
        (v.THANKS, THANKS, 0.8, "positive"),
        (v.STRONG_NEGATIVE, FEELING, -2.0, "negative"),
        (v.STRONG_POSITIVE, FEELING, 2.0, "positive"),
        (v.NEGATIVE, FEELING, -1.0, "negative"),
        (v.POSITIVE, FEELING, 1.0, "positive"),
    )
    for words, role, weight, code in groups:
        for word in words[language].split():
            yield word, Entry(role, weight, code, language)
    for word in v.EXPECTED[language].split():
        yield word, Entry(EXPECTED, 0.8 if word in v.WELCOME else 0.0, "positive", language)


def _shared_lines() -> Iterator[tuple[str, Entry]]:
    for code, (_, words) in v.URGENT.items():
        for word in words.split():
            yield word, Entry(URGENT, URGENT_WEIGHT.get(code, 0.0), code)
    for word in DURATIONS.split():
        yield word, Entry(DURATION)
    for word in COUNTS.split():
        yield word, Entry(COUNT)
    yield "enough", Entry(ENOUGH)
    for signs, weight in ((v.EMOJI_POSITIVE, 1.0), (v.EMOJI_NEGATIVE, -1.0)):
        yield from ((sign, Entry(FEELING, weight, "emoji")) for sign in signs)
    for signs, weight in ((v.EMOTICONS_POSITIVE, 0.8), (v.EMOTICONS_NEGATIVE, -0.8)):
        yield from ((sign, Entry(FEELING, weight, "emoji")) for sign in signs)


def _other_lines() -> Iterator[tuple[str, Entry]]:
    yield from ((word, Entry(NEGATOR)) for word in v.OTHER_NEGATORS)
    yield from ((word, Entry(FEELING, 1.5, "positive")) for word in v.OTHER_POSITIVE)
    yield from ((word, Entry(FEELING, -1.5, "negative")) for word in v.OTHER_NEGATIVE)


def _lines(language: str) -> Iterator[tuple[str, Entry]]:
    """Shared lines, the language's own, the other without false friends; the first line of a word counts."""
    yield from _shared_lines()
    if language in ("de", "en"):
        yield from _own_lines(language)
    else:
        yield from _other_lines()
    for foreign in ("de", "en"):
        if foreign != language:
            yield from (line for line in _own_lines(foreign) if line[0] not in v.FALSE_FRIENDS)


def _spellings(line: str) -> set[str]:
    """The folded line, and for long words also without the dots of its umlauts ("enttauscht")."""
    found = {fold(line)}
    if len(line) >= 8 and not line.isascii():
        found.add(line.casefold().translate(_BARE))
    return found


class Lexicon:
    """All words one language is read with; `read` is cached and total: an unknown word is a plain one."""

    def __init__(self, language: str):
        self.exact: dict[str, Entry] = {}
        self.stems: dict[str, Entry] = {}
        self.inside: dict[str, Entry] = {}
        self.phrases: dict[str, list] = {}
        for line, entry in _lines(language):
            for spelling in _spellings(line):
                self._add(spelling, entry)
        self.longest = max(map(len, self.stems))
        self.compounds = re.compile("|".join(sorted(self.inside, key=len, reverse=True)))
        self.read: Callable[[str], Word] = lru_cache(CACHED_WORDS)(self._read)

    def _add(self, line: str, entry: Entry):
        if "_" in line:
            first, *rest = line.split("_")
            self.phrases.setdefault(first, []).append((tuple(rest), entry))
        elif line.startswith("*"):
            self.inside.setdefault(line.strip("*"), entry)
        elif line.endswith("*"):
            self.stems.setdefault(line[:-1], entry)
        else:
            self.exact.setdefault(line, entry)

    def _read(self, token: str) -> Word:
        token = token[:LONGEST_WORD]
        folded = fold(token)
        if folded.startswith(_ADDRESS):
            return Word(token, folded, *Entry(PLAIN), False, ())
        entry = self._find(folded) or self._find_stretched(folded) or _unlisted(folded)
        phrases = sorted(self.phrases.get(folded, ()), key=lambda phrase: -len(phrase[0]))
        return Word(token, folded, *entry, len(token) > 3 and token.isupper(), tuple(phrases))

    def _find(self, word: str) -> Entry | None:
        if entry := self.exact.get(word):
            return entry
        for end in range(min(len(word), self.longest), 2, -1):
            if entry := self.stems.get(word[:end]):
                return entry
        found = self.compounds.search(word)
        return self.inside[found[0]] if found else None

    def _find_stretched(self, word: str) -> Entry | None:
        """ "suuuper" as "super", "goooood" as "good"."""
        if not _STRETCHED.search(word) or not word[0].isalpha():
            return None
        return self._find(_STRETCHED.sub(r"\1", word)) or self._find(_STRETCHED.sub(r"\1\1", word))


def _unlisted(folded: str) -> Entry:
    if folded.endswith("n't"):
        return Entry(NEGATOR, language="en")
    return Entry(STOP) if folded and folded[0] in ".,;:!?…()\n" else Entry(PLAIN)


LEXICONS = {language: Lexicon(language) for language in ("de", "en", "und")}


def _stop_words() -> dict[str, tuple[tuple[str, float], ...]]:
    """Folded stop word -> (language, vote); a word shared by languages votes less for each."""
    speakers: dict[str, set[str]] = {}
    for language, words in v.STOP_WORDS.items():
        for word in words.split():
            speakers.setdefault(fold(word), set()).add(language)
    return {word: tuple((one, 1 / len(who)) for one in sorted(who)) for word, who in speakers.items()}


STOP_VOTES = _stop_words()


@lru_cache(CACHED_WORDS)
def votes(token: str) -> tuple[tuple[str, float], ...]:
    """Which languages a token speaks for, as (language, weight)."""
    token = token[:LONGEST_WORD]
    known = STOP_VOTES.get(fold(token), ())
    return known or ((("de", 0.5),) if not token.isascii() and set("äöüßÄÖÜ").intersection(token) else ())
