"""When a started Resonanz counts as ready, and what is said when it doesn't become so."""

import time
import urllib.error
import urllib.request

from .engines.errors import EngineError
from .engines.supervision import Supervision

PATIENCE = 180
DEATHS = 3


def wait_until_ready(url: str, supervision: Supervision, patience: float = PATIENCE) -> None:
    """Returns once `url`/readyz answers 200. Raises EngineError after `patience` seconds or three deaths."""
    end = time.monotonic() + patience
    while True:
        supervision.look()
        status, text = ask(f"{url}/readyz")
        if status == 200:
            return
        _give_up_on_deaths(supervision)
        if time.monotonic() > end:
            raise EngineError(f"{url}/readyz does not become ready: {text[:500]}")
        time.sleep(0.1)


def ask(url: str) -> tuple[int, str]:
    """Status and text of an answer; status 0 and the reason when there is none."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=5) as answer:
            return answer.status, answer.read(2000).decode(errors="replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read(2000).decode(errors="replace")
    except OSError as error:
        return 0, str(error)


def _give_up_on_deaths(supervision: Supervision) -> None:
    for watched in supervision.watched:
        if watched.deaths >= DEATHS:
            raise EngineError(watched.process.failure())
