"""When a delivery is tried again, and when an endpoint is given up."""

import random
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# After the first try, the second, …: 75 h 35 min in all, the times that Standard Webhooks suggests.
PAUSES = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 5 * 60, 30 * 60, *(hours * 3600 for hours in (2, 5, 10, 14, 20, 24)))
)
TRIES = len(PAUSES) + 1
JITTER = 0.1
LONGEST_REST = timedelta(hours=24)
GIVEN_UP_AFTER = timedelta(days=5)  # of failures only
STREAK_ENDS = timedelta(hours=36)  # without a try, so that two failures far apart are no streak


def pause(tries: int, spread: float | None = None) -> timedelta | None:
    """How long to wait after so many failed tries, within ±10 %; None: it is given up. `spread` is from -1 to 1."""
    if tries >= TRIES:
        return None
    spread = random.uniform(-1, 1) if spread is None else spread
    return PAUSES[tries - 1] * (1 + JITTER * spread)


def rest(status: int | None, header: str, *, now: datetime) -> timedelta | None:
    """How long the receiver wants to be left alone (429 and 503 with Retry-After, RFC 9110 §10.2.3), at most a day."""
    if status not in (429, 503) or not header:
        return None
    if header.isascii() and header.isdigit() and len(header) < 10:
        return min(timedelta(seconds=int(header)), LONGEST_REST)
    try:
        wanted = parsedate_to_datetime(header).astimezone(UTC) - now
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(wanted, timedelta()), LONGEST_REST)


def streak(failing_since: datetime | None, failed_at: datetime | None, *, now: datetime) -> datetime:
    """Since when there were only failures, with the one of now."""
    if failing_since is None or failed_at is None or now - failed_at > STREAK_ENDS:
        return now
    return failing_since
