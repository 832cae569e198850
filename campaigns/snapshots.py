"""Takes in numbers: each post or channel, instant and source once, in any order, with a word about each."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from clients.networks.types import Numbers

from . import rollup
from .engagement import COUNTERS

_COLUMNS = ", ".join(COUNTERS)
_KEY = "client_id, channel_id, publication_id, observed_at, source"
_TABLE = f"""
json_to_recordset(%(rows)s) AS v (place int, client_id bigint, channel_id bigint, publication_id bigint,
    observed_at timestamptz, source text, {", ".join(f"{name} bigint" for name in COUNTERS)})
"""
# Sorted, so that two of these at once wait for each other instead of blocking each other.
INSERT = f"""
INSERT INTO campaigns_snapshot ({_KEY}, taken_at, {_COLUMNS})
SELECT {_KEY}, %(now)s, {_COLUMNS} FROM {_TABLE} ORDER BY {_KEY}, place
ON CONFLICT DO NOTHING RETURNING id
"""
FOUND = f"""
SELECT v.place, s.id, {", ".join(f"s.{name}" for name in COUNTERS)} FROM {_TABLE} JOIN campaigns_snapshot s
    ON s.client_id = v.client_id AND s.publication_id = v.publication_id AND s.publication_id IS NOT NULL
    AND s.observed_at = v.observed_at AND s.source = v.source
UNION ALL
SELECT v.place, s.id, {", ".join(f"s.{name}" for name in COUNTERS)} FROM {_TABLE} JOIN campaigns_snapshot s
    ON s.client_id = v.client_id AND s.channel_id = v.channel_id AND s.publication_id IS NULL
    AND s.observed_at = v.observed_at AND s.source = v.source
WHERE v.publication_id IS NULL
ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """Counters of a publication, or where it is None of the whole channel, as they stood at an instant."""

    client_id: int
    channel_id: int
    publication_id: int | None
    observed_at: datetime
    source: str
    numbers: Numbers


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a reading: created, duplicate or error; `field` names the counter that differs from ours."""

    status: str
    id: int
    field: str = ""


@transaction.atomic
def take(readings: Sequence[Reading]) -> list[Receipt]:
    """Store the readings of clients in scope; a receipt for each, in their order.

    A known one (same subject, instant and source) changes nothing: equal it is a duplicate, different an error.
    """
    if not readings:
        return []
    rows = json.dumps([_row(place, reading) for place, reading in enumerate(readings)])
    with connection.cursor() as cursor:
        cursor.execute(INSERT, {"rows": rows, "now": timezone.now()})
        new = {id for (id,) in cursor.fetchall()}
        cursor.execute(FOUND, {"rows": rows})
        stored = {place: (id, dict(zip(COUNTERS, values, strict=True))) for place, id, *values in cursor.fetchall()}
    rollup.mark(
        (reading.client_id, reading.channel_id, reading.publication_id, reading.observed_at)
        for place, reading in enumerate(readings)
        if stored[place][0] in new
    )
    return [_receipt(reading, *stored[place], new) for place, reading in enumerate(readings)]


def _row(place: int, reading: Reading) -> dict:
    return asdict(reading.numbers) | {
        "place": place,
        "client_id": reading.client_id,
        "channel_id": reading.channel_id,
        "publication_id": reading.publication_id,
        "observed_at": reading.observed_at.isoformat(),
        "source": reading.source,
    }


def _receipt(reading: Reading, id: int, ours: dict, new: set[int]) -> Receipt:
    """The first of equal readings is the new one: it was inserted first."""
    told = asdict(reading.numbers)
    if differing := next((name for name in COUNTERS if told[name] != ours[name]), ""):
        return Receipt("error", id, differing)
    if id in new:
        new.remove(id)
        return Receipt("created", id)
    return Receipt("duplicate", id)
