"""Redis as requests ask it: connections are kept, since to make one takes longer than most answers."""

from functools import lru_cache

import redis
from django.conf import settings


def connected(seconds: float) -> redis.Redis:
    """The client of this process that waits at most so long; who asks it says what is done while Redis is away."""
    return _connected(settings.REDIS_URL, seconds)


@lru_cache
def _connected(url: str, seconds: float) -> redis.Redis:
    return redis.from_url(url, socket_timeout=seconds, socket_connect_timeout=seconds)
