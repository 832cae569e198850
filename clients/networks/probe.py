"""Whether an address answers: asked briefly, followed through a few redirects, never into our own network."""

from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from clients.networks import guard

CONNECT_SECONDS, READ_SECONDS = 3, 10
MOST_HOPS = 5
REDIRECTS = (301, 302, 303, 307, 308)
# Servers that don't answer HEAD, or answer it otherwise than GET, say so with one of these.
ASK_WHOLE = (400, 403, 404, 405, 406, 500, 501, 503)
# There is something, which wants no machine to read it.
GUARDED = (401, 403, 429, 999)
AGENT = "Mozilla/5.0 (compatible; Resonanz link check)"


def problem(url: str, *, trusted: bool = False) -> str:
    """Why the address does not work, in a few words; '' when it does. Only a `trusted` one may lead inwards."""
    with requests.Session() as session:
        session.trust_env = False
        for scheme in ("http://", "https://"):
            session.mount(scheme, HTTPAdapter() if trusted else guard.Adapter())
        try:
            for _ in range(MOST_HOPS + 1):
                status, there = _asked(session, url)
                if status not in REDIRECTS or not there:
                    return "" if status < 400 or status in GUARDED else f"answers {status}"
                url = urljoin(url, there)
                if urlsplit(url).scheme not in ("http", "https"):
                    return "leads away from the web"
            return "leads on and on"
        except guard.Inside:
            return "does not lead to the public internet"
        except requests.exceptions.SSLError:
            return "has no valid certificate"
        except requests.Timeout:
            return "does not answer in time"
        except (requests.RequestException, HTTPError, OSError, ValueError):
            return "can't be reached"


def _asked(session: requests.Session, url: str) -> tuple[int, str]:
    """The status, and where the address leads on; only the head of the answer is read."""
    status, there = 0, ""
    for method in ("HEAD", "GET"):
        with session.request(
            method, url, headers={"User-Agent": AGENT}, stream=True, allow_redirects=False,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
        ) as response:  # fmt: skip
            status, there = response.status_code, response.headers.get("Location", "")
        if status not in ASK_WHOLE:
            break
    return status, there
