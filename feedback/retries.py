"""What becomes of work in a row that failed: again after growing pauses, then set aside with its reason."""

from datetime import timedelta

from django.utils import timezone

from .models import Export, Import, InboundEvent

TRIES = 6


def later(row: InboundEvent | Import | Export, error: Exception) -> None:
    """Count the failure on the row, which the caller saves; after TRIES of them its state is `failed`."""
    row.attempts += 1
    row.error = f"{type(error).__name__}: {error}"[:500]
    row.next_at = timezone.now() + timedelta(seconds=5 * 2**row.attempts)
    if row.attempts >= TRIES:
        row.state = "failed"
