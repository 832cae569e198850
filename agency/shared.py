"""What takes long over many clients is worked out once for all who may see exactly these, in each process."""

from collections.abc import Callable, Collection, Hashable
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language

FEW, RESULTS = 20, 200


def as_of(now: datetime, of: Collection, minutes: int) -> datetime:
    """When a result over these clients is told of: over many the last instant such as 10:05, so that all who look in
    these minutes ask the same."""
    if len(of) <= FEW:
        return now
    return now.replace(minute=now.minute // minutes * minutes, second=0, microsecond=0)


def worked(work: Callable, of: tuple | frozenset, *values: Hashable, while_same: Hashable) -> Any:
    """work(of, *values), which nobody may change; `of` are clients or their ids.

    Over many it is worked out again once `while_same` is another. The clients are part of what is remembered: nobody
    is told of others than they may see.
    """
    return _kept(while_same, work, of, *values) if len(of) > FEW else work(of, *values)


def drawn(work: Callable, of: tuple | frozenset, *values: Hashable, while_same: Hashable) -> Any:
    """The same of a work that speaks: what was said in one language is not told in another."""
    return worked(work, of, *values, while_same=(while_same, get_language()))


@lru_cache(maxsize=RESULTS)
def _kept(while_same: Hashable, work: Callable, of: tuple | frozenset, *values: Hashable) -> Any:
    return work(of, *values)
