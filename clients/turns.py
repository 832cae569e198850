"""Work on one client after the other, so that the trouble of one delays no other."""

from collections.abc import Callable, Iterable

import structlog
from django.db import DatabaseError

from .scope import scope

log = structlog.get_logger(__name__)


def each(client_ids: Iterable[int], work: Callable[[int], object]) -> None:
    """The work for each client by its id, in a scope and transaction of its own; a fault of the database is logged."""
    for client_id in client_ids:
        try:
            with scope([client_id]):
                work(client_id)
        except DatabaseError:
            log.exception("client_failed", work=work.__module__, client_id=client_id)
