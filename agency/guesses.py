"""How often somebody may guess a password: slower after each wrong guess, at most a hundred a day for an account."""

import hashlib
import time
from collections import Counter

import redis

from . import store

DAY = 86_400
MOST_A_DAY = 100
MOST_WITHOUT_REDIS = 20  # in each process of the web server, of which there are few
FREE = 5
LONGEST_PAUSE = 300
REDIS_SECONDS = 1

_alone: Counter[tuple[str, int]] = Counter()


def guess(account: str) -> int:
    """Count one guess for the account, known or not; 0 when it may be tried, else the seconds to wait."""
    name = _name(account)
    try:
        return _count(store.connected(REDIS_SECONDS), name)
    except redis.RedisError:
        return _count_alone(name)


def right(account: str) -> None:
    """The guess was right: what was counted is forgotten."""
    name = _name(account)
    for key in [key for key in _alone if key[0] == name]:
        del _alone[key]
    try:
        store.connected(REDIS_SECONDS).delete(name, f"{name}:pause")
    except redis.RedisError:
        return


def pause(guesses: int) -> int:
    """Seconds of silence after so many guesses in a row: none at first, then doubling up to five minutes."""
    return 0 if guesses < FREE else min(2 ** (guesses - FREE), LONGEST_PAUSE)


def _count(counts: redis.Redis, name: str) -> int:
    if (left := counts.ttl(f"{name}:pause")) >= 0:
        return max(left, 1)
    with counts.pipeline() as steps:
        steps.incr(name).expire(name, DAY, nx=True).ttl(name)
        guesses, _, ends = steps.execute()
    if guesses > MOST_A_DAY:
        return max(ends, 1)
    if seconds := pause(guesses):
        counts.set(f"{name}:pause", 1, ex=seconds)
    return 0


def _count_alone(name: str) -> int:
    day, second = divmod(int(time.time()), DAY)
    for key in [key for key in _alone if key[1] != day]:
        del _alone[key]
    _alone[name, day] += 1
    return 0 if _alone[name, day] <= MOST_WITHOUT_REDIS else DAY - second


def _name(account: str) -> str:
    return "guesses:" + hashlib.sha256(account.strip().lower().encode("utf-8", "replace")).hexdigest()
