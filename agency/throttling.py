"""How often somebody may ask: never more than a limit within any minute, counted in Redis, in one step.

A minute is counted in parts; a part is forgotten when all of it is more than a minute ago, so the promise is kept
exactly and who has used the limit up waits a few seconds longer than need be. Without Redis each process counts alone:
the web stays up, and at most as many times the limit passes as there are processes.
"""

import math
import threading
import time
from dataclasses import dataclass
from functools import lru_cache

import redis

from . import store

PART = 6  # seconds
PARTS = 11  # those that a minute can touch
REDIS_SECONDS = 0.25
SILENCE = 5  # seconds in which a Redis that was away is not asked
MOST_NAMES = 10_000

COUNT = """
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local limit, part, parts = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local this = math.floor(now / part)
local counts, used, oldest = redis.call('HGETALL', KEYS[1]), 0, this
for i = 1, #counts, 2 do
    local at = tonumber(counts[i])
    if at <= this - parts then
        redis.call('HDEL', KEYS[1], counts[i])
    else
        used = used + tonumber(counts[i + 1])
        oldest = math.min(oldest, at)
    end
end
local admitted = 0
if used < limit then
    admitted = 1
    redis.call('HINCRBY', KEYS[1], this, 1)
    redis.call('EXPIRE', KEYS[1], part * (parts + 1))
end
return {admitted, used + admitted, math.ceil((oldest + parts) * part - now)}
"""


@dataclass(frozen=True)
class Allowance:
    """What is left of a limit; after `reset` seconds some of what is used comes back."""

    limit: int
    left: int
    reset: int
    admitted: bool

    def headers(self) -> dict[str, str]:
        told = {"RateLimit-Limit": self.limit, "RateLimit-Remaining": self.left, "RateLimit-Reset": self.reset}
        return {name: str(value) for name, value in told.items()}


class Counts:
    """The same counting for one process."""

    def __init__(self):
        self.counts: dict[str, dict[int, int]] = {}
        self.lock = threading.Lock()

    def count(self, name: str, limit: int, now: float) -> Allowance:
        this = int(now // PART)
        with self.lock:
            if len(self.counts) > MOST_NAMES:
                self.counts = {key: parts for key, parts in self.counts.items() if max(parts) > this - PARTS}
            parts = {at: n for at, n in self.counts.get(name, {}).items() if at > this - PARTS}
            used = sum(parts.values())
            if admitted := used < limit:
                parts[this] = parts.get(this, 0) + 1
            self.counts[name] = parts or {this: 0}
        reset = math.ceil((min(parts, default=this) + PARTS) * PART - now)
        return Allowance(limit, limit - used - admitted, reset, admitted)


_alone = Counts()
_away_until = 0.0


def count(name: str, limit: int) -> Allowance:
    """Count one request of this asker."""
    global _away_until
    if time.monotonic() >= _away_until:
        try:
            ask = _script(store.connected(REDIS_SECONDS))
            admitted, used, reset = ask(keys=[f"asked:{name}"], args=[limit, PART, PARTS])
            return Allowance(limit, max(0, limit - used), reset, bool(admitted))
        except redis.RedisError:
            _away_until = time.monotonic() + SILENCE
    return _alone.count(name, limit, time.time())


@lru_cache
def _script(counts: redis.Redis):
    return counts.register_script(COUNT)
