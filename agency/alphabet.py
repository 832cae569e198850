"""How names stand in lists: as in a German dictionary, ä like a, ß like ss, capitals like small letters.

Written out, because a PostgreSQL without ICU knows no such collation.
"""

import unicodedata

from django.db.models import F, Func, TextField, Value
from django.db.models.functions import Lower

LETTERS = (chr(code) for code in range(0xC0, 0x180))
BASES = {letter: unicodedata.normalize("NFKD", letter)[0].lower() for letter in LETTERS}
LIKE = {letter: base for letter, base in BASES.items() if base.isascii() and base.isalpha()} | {
    "Ø": "o", "ø": "o", "Ł": "l", "ł": "l", "Đ": "d", "đ": "d",
}  # fmt: skip
SPELT = {"ß": "ss", "Æ": "ae", "æ": "ae", "Œ": "oe", "œ": "oe"}
_TABLE = str.maketrans(LIKE | SPELT)


def key(name: str) -> str:
    """What a list in memory is sorted by."""
    return name.translate(_TABLE).lower()


def place(path: str) -> Func:
    """The same for a column."""
    letters, bases = Value("".join(LIKE)), Value("".join(LIKE.values()))
    found = Func(F(path), letters, bases, function="translate", output_field=TextField())
    for letter, spelt in SPELT.items():
        found = Func(found, Value(letter), Value(spelt), function="replace", output_field=TextField())
    return Lower(found)


def by(path: str) -> list:
    """The ordering of rows by the names at this path; the same names by their ids."""
    return [place(path), path, "id"]
