"""Whether this tick of a periodic sweep is ours: one per time slot, however many beats send it."""

from django.db import connection


def claim(name: str, seconds: float, now: float) -> bool:
    """True for the first caller in each slot of `seconds` (`now` in epoch seconds)."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO agency_tick AS t (name, slot) VALUES (%s, %s)
            ON CONFLICT (name) DO UPDATE SET slot = excluded.slot WHERE t.slot < excluded.slot
            """,
            [name, int(now // seconds)],
        )
        return cursor.rowcount == 1
