"""Decides from the words of a message how long the customer has waited and how often they have tried."""

import re

_NUMBER = (
    r"(?:\d{1,3}|zwei|drei|vier|f(?:ü|ue)nf|sechs|sieben|acht|neun|zehn|zw(?:ö|oe)lf|mehrere[nr]?|einige[nr]?|eine[rmn]?"
    r"|two|three|four|five|six|seven|eight|nine|ten|several|many|(?:over )?a|a few|a couple of)"
)
_UNIT = r"(?:tage?n?|wochen?|monate?n?|days?|weeks?|months?)\b"
_WAITING = re.compile(
    rf"\b(?:seit|wart\w{{1,4}}|wait\w{{0,3}}|been|outstanding)(?: [\w']{{1,12}}){{0,3}} {_NUMBER} {_UNIT}"
    r"(?! (?:kund|mitglied|stamm|member|customer|client))",
    re.IGNORECASE,
)
_AGO = re.compile(
    rf"\b(?:(?:vor|nach|for|after|(?:ü|ue)ber|over|schon|bereits|already|in) {_NUMBER} {_UNIT}"
    rf"|{_NUMBER} {_UNIT} (?:ago|late|overdue|keine|ohne))",
    re.IGNORECASE,
)
_GAP = r"[\s,'’\"-]{1,3}(?:\w{1,20}[\s,'’\"-]{1,3}){0,6}?"
_TIMES = (
    r"(?:(?:zwei|drei|vier|f(?:ü|ue)nf|sechs|zehn|mehr)mal|\d{1,2} ?(?:x|mal)|mehrfach\w{0,2}|mehrmals"
    r"|\w{2,9}ten mal|(?:two|three|four|five|six|ten|many|\d{1,2}) times"
    r"|(?:second|third|fourth|fifth|sixth|\dth) time|twice|several|multiple)"
)
_CONTACT = (
    r"(?:(?:an)?geschrieben|angerufen|(?:an)?rufe?|kontaktiert|(?:ge)?mail(?:s|t|ed|ing)?|e-?mail(?:s|ed|ing)?"
    r"|gemeldet|nachge(?:fragt|hakt)|reklamiert|erinnert|anfragen|schreibe|wrote|written|writing|call(?:s|ed|ing)?"
    r"|messaged?|messages|contact(?:ed|ing)?|asked|asking|complained|rung|phoned|chased)"
)
_REPEATED = re.compile(rf"\b(?:{_TIMES}{_GAP}{_CONTACT}|{_CONTACT}{_GAP}{_TIMES})\b", re.IGNORECASE)


def waiting(text: str, *, complaint: bool) -> str:
    """The words for days to months of waiting, "" without; "2 weeks ago" counts in a complaint only."""
    found = _WAITING.search(text) or (_AGO.search(text) if complaint else None)
    return found[0] if found else ""


def repeated(text: str) -> str:
    """The words for having written or called several times, "" without."""
    found = _REPEATED.search(text)
    return found[0] if found else ""
