"""Whether a token was signed by whom it says: OpenID Connect, with the issuer's published keys kept for a while.

Sources: RFC 7517 (keys), RFC 7519 (claims) · cloud.google.com/pubsub/docs/authenticate-push-subscriptions
"""

import re
import threading
import time
from dataclasses import dataclass, field

import jwt

from clients.networks import http
from clients.networks.types import NetworkError

LEAST, MOST = 300.0, 86_400.0  # seconds for which keys are kept, whatever their sender says
AGAIN = 60.0  # seconds after which keys are asked for anew where one is not among them, or they did not come
LEEWAY = 60.0  # seconds that two clocks may differ
LONGEST = 8_192  # characters of a token


@dataclass
class Keys:
    """Those that are published at one address; `trusted` as of an Account. Safe to use from several threads."""

    address: str
    trusted: bool = False
    _known: dict[str, jwt.PyJWK] = field(default_factory=dict)
    _until: float = 0.0
    _asked: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, name: str) -> jwt.PyJWK | None:
        """The key of this name. Where no new ones can be had, those there were count on."""
        with self._lock:
            now = time.monotonic()
            if (name not in self._known or now >= self._until) and now - self._asked >= AGAIN:
                self._ask(now)
            return self._known.get(name)

    def _ask(self, now: float) -> None:
        self._asked = now
        try:
            answer = http.call("GET", self.address, trusted=self.trusted)
            self._known = {key.key_id: key for key in jwt.PyJWKSet.from_dict(answer.json()).keys if key.key_id}
            self._until = now + _kept(answer.headers.get("Cache-Control", ""))
        except (NetworkError, jwt.PyJWTError, TypeError, AttributeError, ValueError):
            return


def claims(token: str, keys: Keys, *, issuers: tuple[str, ...], audience: str) -> dict:
    """What a token says that one of these issuers signed for this audience and that is not over; {} for any other."""
    try:
        if not audience or len(token) > LONGEST:
            return {}
        key = keys.get(str(jwt.get_unverified_header(token).get("kid", "")))
        return key and jwt.decode(
            token, key, algorithms=["RS256"], audience=audience, issuer=list(issuers), leeway=LEEWAY,
            options={"require": ["aud", "exp", "iat", "iss"], "strict_aud": True},
        ) or {}  # fmt: skip
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return {}


def _kept(control: str) -> float:
    found = re.search(r"max-age=(\d{1,9})", control)
    return min(max(float(found[1]) if found else 0.0, LEAST), MOST)
