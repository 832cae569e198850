"""Invents a customer-service history: one seed, one history, awkward timestamps included."""

import csv
import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

COLUMNS = (
    "external_id",
    "thread_id",
    "direction",
    "kind",
    "author_id",
    "author_name",
    "text",
    "stars",
    "created_at",
)
BERLIN = ZoneInfo("Europe/Berlin")
FIRST_DAY, DAYS = datetime(2025, 1, 6, tzinfo=UTC), 450
HOURLY = (2, 2, 1, 1, 1, 1, 2, 4, 6, 8, 9, 9, 8, 8, 8, 8, 9, 9, 10, 11, 11, 9, 6, 4)
# Seconds around the nights when Berlin's clocks change, and the days before and after a long closing.
AWKWARD = tuple(
    datetime.fromisoformat(one)
    for one in (
        "2025-03-29T23:30:00+00:00",
        "2025-03-30T00:59:59+00:00",
        "2025-03-30T01:00:00+00:00",
        "2025-10-25T22:30:00+00:00",
        "2025-10-26T00:30:00+00:00",
        "2025-10-26T01:30:00+00:00",
        "2025-12-23T16:59:59+00:00",
        "2025-12-31T23:00:00+00:00",
        "2026-03-29T00:30:00+00:00",
    )
)

FIRST_NAMES = (
    "Ada Ben Cem Dörte Emil Finja Gül Hannes Ines Jonas Kira Lars Mia Olga Paul Rike Sven Uta".split()
)
BRAND_WORDS = "Anker Birke Deich Elbe Falke Garten Hafen Insel Koppel Linde Mühle Nebel Ostsee Pappel".split()
BRAND_TRADES = "Bäckerei Optik Räder Floristik Werkstatt Gasthof Buchladen Yoga Tischlerei Hofladen".split()

ASKED = {
    "de": (
        "Moin, wann macht ihr {day} auf?",
        "Ich suche {thing}. Habt ihr das noch da?",
        "Meine Bestellung {number} fehlt noch.",
        "{thing} war nach zwei Tagen kaputt, was nun?",
        "Kann man bei euch {thing} reservieren?",
        "Großes Lob für {thing} 😊",
        "Seit {day} warte ich auf eine Antwort zu {number}.",
        'Auf dem Schild steht "{thing}", an der Kasse nicht.',
    ),
    "en": (
        "Hi, when do you open on {day}?",
        "I am looking for {thing}, is it still in stock?",
        "Order {number} has not arrived yet.",
        "{thing} broke after two days; what now?",
        "Can I reserve {thing}?",
        "Loving {thing}, thank you!",
        "I have been waiting since {day} for news on {number}.",
        'The label says "{thing}",\nthe till says otherwise.',
    ),
}
INSISTED = {
    "de": (
        "Hallo?",
        "Noch jemand da?",
        "Das Foto reiche ich nach.",
        "Es geht um Nummer {number}.",
        "Bitte bis {day}.",
    ),
    "en": (
        "Hello?",
        "Anybody there?",
        "Will send a photo later.",
        "It is about number {number}.",
        "Before {day}, please.",
    ),
}
ANSWERED = {
    "de": (
        "Hallo {name}, wir prüfen das.",
        "Danke für den Hinweis, {name}!",
        "{day} ab 9 Uhr, bis dann!",
        "Tut uns leid. Schick uns bitte die Nummer.",
        "Ist zurückgelegt, Nummer {number}.",
    ),
    "en": (
        "Hello {name}, we are looking into it.",
        "Thanks for telling us, {name}!",
        "{day} from nine, see you!",
        "Sorry about that. Please send us the number.",
        "Put aside for you, number {number}.",
    ),
}
FOLLOWED_UP = {
    "de": ("Nachtrag: Nummer {number}.", "Und falls noch etwas ist, einfach melden."),
    "en": ("One more thing: number {number}.", "If anything else comes up, just write."),
}
OPENED = {
    "de": (
        "Hallo {name}, dein Paket {number} liegt bereit.",
        "{name}, hast du kurz Zeit für eine Rückfrage?",
    ),
    "en": ("Hello {name}, parcel {number} is ready for you.", "{name}, do you have a minute for a question?"),
}
REVIEWED = {
    "de": {
        1: "Nie wieder.",
        2: "Leider lange gewartet.",
        3: "War in Ordnung.",
        4: "Gerne wieder.",
        5: "Einfach großartig!",
    },
    "en": {
        1: "Never again.",
        2: "Sadly a long wait.",
        3: "It was alright.",
        4: "Would come again.",
        5: "Simply wonderful!",
    },
}
THINGS = {
    "de": ("das Roggenbrot", "die blaue Brille", "der Kindersitz", "der Gutschein", "die Matte"),
    "en": ("the rye bread", "the blue glasses", "the child seat", "the voucher", "the mat"),
}
WEEKDAYS = {
    "de": ("Montag", "Dienstag", "Freitag", "Samstag"),
    "en": ("Monday", "Tuesday", "Friday", "Saturday"),
}

# How conversations run: c the customer writes, a the agent answers, | after a longer silence.
SHAPES = (
    ("ca", 18),
    ("cca", 10),
    ("ccca", 6),
    ("caa", 8),
    ("caca", 10),
    ("ca|cca", 7),
    ("ccaacca", 5),
    ("caca|cacaa", 4),
    ("aca", 5),
    ("ac", 3),
    ("aacca", 2),
    ("c", 9),
    ("cc", 4),
    ("cac", 5),
    ("a", 1),
    ("ca|c|ca", 3),
)


def brands(n: int = 100, messages: int = 5_000, seed: int = 1) -> dict[str, list[dict]]:
    """`messages` rows over `n` brands (each at least one), by slug; created_at in ISO 8601, stars or None.

    Rows are shuffled: replies come before questions. Raises ValueError for fewer messages than brands.
    """
    if not 0 < n <= messages:
        raise ValueError(f"{messages} messages cannot be spread over {n} brands")
    sizes = _sizes(random.Random(f"sizes {seed}"), n, messages)
    pairs = zip(_slugs(n), sizes, strict=True)
    return {slug: _brand(random.Random(f"{slug} {seed}"), slug, size) for slug, size in pairs}


def write_csv(
    path: Path, rows: Iterable[dict], *, delimiter: str = ",", dates: str = "iso", encoding: str = "utf-8"
) -> Path:
    """Writes the rows with a header; `dates` is iso, offset (ISO 8601 in local time), rfc2822 or ctime."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, delimiter=delimiter)
        writer.writeheader()
        writer.writerows(row | {"created_at": dated(row["created_at"], dates)} for row in rows)
    return path


def dated(created_at: str, style: str) -> str:
    """One instant in the style of an export, ctime as in "Tue Oct 31 22:10:47 +0000 2017"."""
    at = datetime.fromisoformat(created_at)
    styles = {
        "iso": lambda: created_at,
        "offset": lambda: at.astimezone(BERLIN).isoformat(),
        "rfc2822": lambda: format_datetime(at),
        "ctime": lambda: at.strftime("%a %b %d %H:%M:%S +0000 %Y"),
    }
    return styles[style]()


def _slugs(n: int) -> list[str]:
    letters = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
    names = [f"{trade} {word}".lower().translate(letters) for word in BRAND_WORDS for trade in BRAND_TRADES]
    rounds = (divmod(i, len(names)) for i in range(n))
    return [names[at].replace(" ", "-") + (f"-{turn}" if turn else "") for turn, at in rounds]


def _sizes(rng: random.Random, n: int, messages: int) -> list[int]:
    """A few loud brands and many quiet ones, adding up exactly."""
    weights = [min(rng.paretovariate(1.3), 12.0) for _ in range(n)]
    sizes = [1 + int(weight / sum(weights) * (messages - n)) for weight in weights]
    for i in range(messages - sum(sizes)):
        sizes[i % n] += 1
    return sizes


def _brand(rng: random.Random, slug: str, size: int) -> list[dict]:
    rows: list[dict] = []
    while len(rows) < size:
        rows += _thread(rng, f"{slug}-t{len(rows) + 1}")
    rows = rows[:size]
    numbers = rng.sample(range(size * 10), size)
    for row, number in zip(rows, numbers, strict=True):
        row["external_id"] = f"{slug}-{number:06d}"
    rng.shuffle(rows)
    return [{column: row[column] for column in COLUMNS} for row in rows]


def _thread(rng: random.Random, thread_id: str) -> list[dict]:
    language = rng.choices(("de", "en"), (3, 2))[0]
    shape = rng.choices([shape for shape, _ in SHAPES], [weight for _, weight in SHAPES])[0]
    kind = rng.choices(("comment", "mention", "review", "message"), (5, 2, 2, 4))[0]
    customer = rng.choice(FIRST_NAMES)
    stars = rng.choices((1, 2, 3, 4, 5), (3, 2, 2, 4, 6))[0] if kind == "review" else None
    words = {"name": customer, "number": rng.randint(1000, 9999), "language": language, "stars": stars}
    at, rows, before = _start(rng), [], ""
    for sign in shape:
        if sign == "|":
            at += timedelta(seconds=rng.randint(86_400, 9 * 86_400))
            continue
        at += timedelta(seconds=_pause(rng, before, sign))
        rows.append(_row(rng, thread_id, sign, before, kind, words, at))
        before = sign
    return rows


def _row(rng: random.Random, thread_id: str, sign: str, before: str, kind: str, words: dict, at) -> dict:
    first_review = kind == "review" and sign == "c" and before in ("", "a") and words["stars"] is not None
    text = REVIEWED[words["language"]][words["stars"]] if first_review else _text(rng, sign, before, words)
    row = {
        "thread_id": thread_id,
        "direction": "in" if sign == "c" else "out",
        "kind": kind,
        "author_id": f"c-{words['name'].lower()}" if sign == "c" else "team",
        "author_name": words["name"] if sign == "c" else "Team",
        "text": text,
        "stars": words["stars"] if first_review else None,
        "created_at": at.isoformat().replace("+00:00", "Z"),
    }
    if first_review:
        words["stars"] = None
    return row


def _text(rng: random.Random, sign: str, before: str, words: dict) -> str:
    said = {"c": ASKED, "a": OPENED, "cc": INSISTED, "aa": FOLLOWED_UP, "ca": ANSWERED, "ac": ASKED}
    phrases = said[before + sign]
    language = words["language"]
    return rng.choice(phrases[language]).format(
        day=rng.choice(WEEKDAYS[language]), thing=rng.choice(THINGS[language]), **words
    )


def _start(rng: random.Random) -> datetime:
    """Mostly by day and in the evening, also at night, at weekends and around awkward instants."""
    if rng.random() < 0.08:
        return rng.choice(AWKWARD)
    day = FIRST_DAY + timedelta(days=rng.randrange(DAYS))
    hour = rng.choices(range(24), HOURLY)[0]
    return day + timedelta(hours=hour, minutes=rng.randrange(60), seconds=rng.randrange(60))


def _pause(rng: random.Random, before: str, sign: str) -> int:
    """Seconds since the message before: 0 for the first, sometimes between two; an answer up to 20 days."""
    if not before or rng.random() < 0.04:
        return 0
    if before == sign:
        return rng.choice((1, 20, 60, 300, 3_600, 40_000)) + rng.randrange(60)
    if sign == "c":
        return int(rng.lognormvariate(8.0, 1.4))
    return min(int(rng.lognormvariate(8.8, 1.6)), 20 * 86_400)
