"""Who has a conversation open right now: told by their browsers, forgotten after a minute, lost without harm."""

import json
import time
from dataclasses import dataclass

import redis

from agency import store
from agency.models import User

from .models import Conversation

LIFE = 60  # seconds after the last sign of life
REDIS_SECONDS = 1


@dataclass(frozen=True)
class Seen:
    """A colleague who has it open; `writing`: with an answer begun."""

    name: str
    writing: bool


def seen(*, conversation: Conversation, user: User, writing: bool = False) -> list[Seen]:
    """Say that this user has it open, and hear who else has; nobody where Redis is away."""
    key, now = f"presence:{conversation.id}", time.time()
    told = json.dumps([now, user.name, writing])
    try:
        with store.connected(REDIS_SECONDS).pipeline() as steps:
            steps.hset(key, str(user.id), told).expire(key, LIFE).hgetall(key)
            found = steps.execute()[2]
    except redis.RedisError:
        return []
    others = [json.loads(value) for id, value in sorted(found.items()) if int(id) != user.id]
    return [Seen(name, typing) for at, name, typing in others if at > now - LIFE]
