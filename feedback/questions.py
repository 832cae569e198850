"""Decides whether a message asks something that wants an answer, and by which sign."""

import re

from feedback import vocabulary

_MARK = re.compile(r"\?(?![\w=&%])")
_SENTENCE_END = re.compile(r"[.!:\n]+")
_RHETORICAL = tuple(" ".join(line.split()) for line in vocabulary.RHETORICAL.split("|"))

_GREETING = (
    r"\s{0,4}(?:(?:hallo|hi|hey|hello|moin|servus|guten (?:tag|morgen|abend)"
    r"|good (?:morning|afternoon|evening)|sorry|entschuldigung|bitte|please|und|and|so)\b[ ,]{0,3})?"
)
_WONDERING = re.compile(
    _GREETING + r"(?:(?:(?:ab|bis|seit) )?wann\b|warum\b|wieso\b|weshalb\b|woher\b|wohin\b|wozu\b"
    r"|wo (?!ich|wir|man|die|der|das)\w|wer (?:ist|hat|kann|macht)\b|welche[rsmn]?\b"
    r"|wie ?(?:lange|viele?|oft|hoch|gro(?:ß|ss)|teuer|weit|alt|hei(?:ß|ss)t|kann|komme?n?|ist|sind|sieht"
    r"|geht|funktioniert|bekomme|l(?:ä|ae)uft)\b"
    r"|was (?:kostet|kosten|ist|sind|macht|habt|haben|bedeutet|kann|muss|soll|passiert|gibt)\b"
    r"|how (?:much|many|long|do|does|did|can|could|to|is|are|about|far|often|late|early|big|old|soon|come)\b"
    r"|(?:(?:from|until|since) )?when (?:is|are|do|does|did|can|could|will|would)\b"
    r"|where (?:is|are|do|does|can|could|did)\b|why\b|who (?:is|are|do|does|can|should|has)\b|which \w"
    r"|what (?:time|is|are|do|does|about|kind|happens|if|size|day)\b)",
    re.IGNORECASE,
)
_INVERTED = re.compile(
    _GREETING + r"(?:(?:kann|k(?:ö|oe)nn(?:en|t|te|ten|tet)|darf|d(?:ü|ue)rf(?:en|t)?|muss|m(?:ü|ue)ssen|soll|hat"
    r"|haben|habt|ist|sind|seid|gibt|nehmt|macht|verkauft|bietet|liefert|(?:ö|oe)ffnet)"
    r" (?:ich|man|wir|mir|ihr|sie|es|jemand|da|das|der|die|bei)\b|gibt'?s\b"
    r"|(?:can|could|may|should) (?:i|we|you|u|one|someone|anyone|somebody)\b"
    r"|(?:do|does|did|will|would) (?:you|u|i|we|they|it|the|there)\b"
    r"|(?:is|are|was|were) (?:there|it|you|u|the|this|that|these|they|anyone|anybody|someone)\b"
    r"|(?:have|has) (?:you|anyone|someone|the)\b|(?:u|you) (?:guys )?open\b)",
    re.IGNORECASE,
)
_STATING = re.compile(r"empfehl|recommend| (?:nur|not|nicht) ", re.IGNORECASE)
_INDIRECT_HINTS = ("frag", "wissen", "wüsst", "wuesst", "sagen", "wonder", "know", "tell")
_INDIRECT = re.compile(
    r"\b(?:fragen?,? ob\b|gerne? wissen\b|w(?:ü|ue)sste gern|wissen,? (?:ob|wann|wie|wo)\b"
    r"|sagen,? (?:ob|wann|wie|wo|was)\b|wondering (?:if|whether|when|how|what)\b"
    r"|let me know (?:if|whether|when|how|what)\b|like to know\b|(?:can|could) you (?:please )?tell\b)",
    re.IGNORECASE,
)


def asking(text: str, score: float = 0.0, kind: str = "comment") -> str:
    """The sign or the words by which the message asks, "" when it does not; `score` is the mood of its words.

    A review that opens like a question but has no question mark ("Wie immer top") tells, it does not ask.
    """
    if "?" in text and _MARK.search(text) and not _rhetorical(text):
        return "?"
    if found := _indirect(text):
        return found
    if kind == "review" or "?" in text or score >= 2:
        return ""
    return _opening(text)


def _indirect(text: str) -> str:
    lower = text.casefold()
    if not any(hint in lower for hint in _INDIRECT_HINTS):
        return ""
    found = _INDIRECT.search(text)
    return found[0] if found else ""


def _opening(text: str) -> str:
    for sentence in _SENTENCE_END.split(text):
        if found := _WONDERING.match(sentence) or _INVERTED.match(sentence):
            if found.re is _WONDERING or not _STATING.search(sentence):
                return found[0].strip(" ,\n\t")
    return ""


def _rhetorical(text: str) -> bool:
    """Every question in the text is one of those that want no answer."""
    asked = [before for before in text.split("?")[:-1] if before.strip()]
    return bool(asked) and all(map(_wants_no_answer, asked))


def _wants_no_answer(before: str) -> bool:
    start = max(before.rfind(end) for end in ".!\n")
    sentence = before[start + 1 :].strip(" ,").casefold()
    return any(sentence == one or (" " in one and sentence.endswith(" " + one)) for one in _RHETORICAL)
