"""What Facebook pages and Instagram share: Meta's Graph API, its failures by code, walking comments, signatures.

Sources: developers.facebook.com/docs/graph-api/guides/error-handling · /docs/graph-api/webhooks/getting-started
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta

from clients.networks import http, reading
from clients.networks.types import (
    Account,
    Incoming,
    Limited,
    NetworkError,
    Page,
    Refused,
    Renewed,
    Unauthorized,
    Unknown,
)
from clients.networks.walk import OVERLAP

PAUSE = 600.0  # seconds; the API tells how long only in numbers of its own
POSTS, COMMENTS = 25, 50  # on one page
LAST_POSTS = 100  # whose comments every walk looks through; the first walk looks through all
LIMITED = {4, 17, 32, 341, 613, *range(80_001, 80_015)}
UNAUTHORIZED = {3, 10, 102, 190, *range(200, 300)}
UNKNOWN = {1, 2}
TOO_LATE = {2_018_278, 2_534_022}  # subcodes: the time for an answer to a private message is over


def read(account: Account, path: str, **params) -> dict:
    return _called("GET", account, path, params=params)


def write(account: Account, path: str, fields: dict) -> dict:
    return _called("POST", account, path, body=http.as_json(fields))


def send(account: Account, path: str, body: http.Body) -> dict:
    return _called("POST", account, path, body=body)


def _called(method: str, account: Account, path: str, *, params: dict | None = None, body: http.Body | None = None):
    url = f"{account.url.rstrip('/')}/{path}"
    auth = http.bearer(account.token)
    params = _proof(account) | (params or {})
    try:
        return http.call(method, url, auth=auth, params=params, body=body, trusted=account.trusted).json()
    except (Refused, Unauthorized) as error:
        failure = _by_code(error)
    raise failure


def _proof(account: Account) -> dict[str, str]:
    """Shows that the token is used by its own app; some apps ask for it."""
    secret = account.secret.get("app_secret", "")
    return {"appsecret_proof": _mac(secret, account.token.encode())} if secret and account.token else {}


def _by_code(error: Refused | Unauthorized) -> NetworkError:
    """The statuses say little: a spent limit comes as 400 or 403, an expired token as 400."""
    code = reading.code(error.answer, "error", "code")
    if code in LIMITED:
        return Limited(PAUSE)
    if code in UNKNOWN:
        return Unknown(error.reason)
    if reading.code(error.answer, "error", "error_subcode") in TOO_LATE:
        return Refused(error.reason, error.status, error.answer)
    kind = Unauthorized if code in UNAUTHORIZED else Refused if isinstance(code, int) else type(error)
    return kind(error.reason, error.status, error.answer)


def renew(account: Account) -> Renewed:
    """A token of about 60 days for the one there is; needs the app's id and secret."""
    names = ("app_id", "app_secret")
    if missing := [name for name in names if not account.secret.get(name)]:
        raise Refused(f"{' and '.join(missing)} are needed to renew the token")
    fields = {
        "grant_type": "fb_exchange_token",
        "client_id": account.secret["app_id"],
        "client_secret": account.secret["app_secret"],
        "fb_exchange_token": account.token,
    }
    with reading.answers():
        answer = send(account, "oauth/access_token", http.form(fields))
        seconds = reading.count(answer.get("expires_in"))
        ends = datetime.now(UTC) + timedelta(seconds=seconds) if seconds else None
        return Renewed({"token": reading.text(answer["access_token"])}, ends)


@dataclass(frozen=True, slots=True)
class Comments:
    """Where comments are: `posts` is the edge that lists what they stand under, `fields` and `options` are theirs."""

    posts: str
    fields: str
    options: dict[str, str] = field(default_factory=dict)

    def nested(self) -> str:
        """As a field of their posts."""
        options = "".join(f".{name}({value})" for name, value in self.options.items())
        return f"comments{options}.limit({COMMENTS}){{{self.fields}}}"

    def params(self) -> dict:
        """Of their own edge."""
        return self.options | {"fields": self.fields, "limit": COMMENTS}


@dataclass(frozen=True, slots=True)
class Tour:
    """How far the comments of all posts are read. `floor` and `top` are as in a Walk; `page` is the list of posts'.

    `seen` counts the posts; `deep` holds those with more comments than came along, and where these go on.
    """

    floor: str = ""
    top: str = ""
    page: str = ""
    seen: int = 0
    deep: list[list[str]] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return not (self.page or self.deep)


def tour(account: Account, cursor: str, where: Comments, items: Callable[[dict, str], list[Incoming]]) -> Page:
    """One request of a tour of the comments under the newest posts; `items` reads one, given the id of its post."""
    before = _unpacked(cursor)
    floor = datetime.fromisoformat(before.floor) - OVERLAP if before.floor else None
    try:
        found, after = (_deeper if before.deep else _onward)(account, before, floor, where)
    except Refused:
        if before.over:
            raise
        found, after = [], None  # a page of that name is known no more: begin again
    told = [item for post, comment in found for item in items(comment, post)]
    top = max([before.top, *(item.created_at.isoformat(timespec="microseconds") for item in told)])
    news = [item for item in told if floor is None or item.created_at >= floor]
    if after is None:
        return Page([], _packed(Tour(before.floor)), True)
    if after.over:
        return Page(news, _packed(Tour(max(before.floor, top))), False)
    return Page(news, _packed(replace(after, top=top)), True)


def _unpacked(cursor: str) -> Tour:
    try:
        return Tour(**json.loads(cursor or "{}"))
    except (ValueError, TypeError):
        return Tour()


def _packed(tour: Tour) -> str:
    return json.dumps(asdict(tour))


def _onward(account: Account, tour: Tour, floor: datetime | None, where: Comments) -> tuple[list, Tour]:
    """The next posts with their newest comments."""
    page = {"after": tour.page} if tour.page else {}
    answer = read(account, where.posts, fields=f"id,{where.nested()}", limit=POSTS, **page)
    found, deep = [], []
    for post in answer["data"]:
        id, under = reading.name(post["id"]), post.get("comments", {"data": []})
        found += [(id, comment) for comment in under["data"]]
        if following := _goes_on(under, floor):
            deep.append([id, following])
    seen = tour.seen + len(answer["data"])
    following = _next(answer) if floor is None or seen < LAST_POSTS else ""
    return found, replace(tour, page=following, seen=seen, deep=deep)


def _deeper(account: Account, tour: Tour, floor: datetime | None, where: Comments) -> tuple[list, Tour]:
    """More comments of the first post that has more."""
    (id, page), *rest = tour.deep
    answer = read(account, f"{id}/comments", after=page, **where.params())
    following = _goes_on(answer, floor)
    more = [[id, following]] if following else []
    return [(id, comment) for comment in answer["data"]], replace(tour, deep=more + rest)


def _goes_on(answer: dict, floor: datetime | None) -> str:
    """Where the comments of a post go on, empty where the rest was taken before."""
    oldest = min((when(one) for one in answer["data"]), default=None)
    known = floor is not None and oldest is not None and oldest < floor
    return "" if known else _next(answer)


def _next(answer: dict) -> str:
    paging = answer.get("paging", {})
    return reading.text(paging["cursors"]["after"]) if paging.get("next") else ""


def when(comment: dict) -> datetime:
    """Facebook and Instagram name it differently."""
    return reading.moment(comment.get("created_time") or comment["timestamp"])


def verify(account: Account, headers: Mapping[str, str], raw_body: bytes) -> bool:
    """X-Hub-Signature-256 with the app's secret; one app may serve many pages, so all in it must be of this account.

    There is no time in it: a replay is the same body, which is taken once.
    """
    secret = account.secret.get("app_secret") or ""
    given = reading.header(headers, "x-hub-signature-256")
    signed = hmac.compare_digest(f"sha256={_mac(secret, raw_body)}".encode(), given.encode("utf-8", "replace"))
    return signed and bool(secret) and _only_of(account, raw_body)


def _mac(secret: str, content: bytes) -> str:
    return hmac.new(secret.encode("utf-8", "replace"), content, hashlib.sha256).hexdigest()


def _only_of(account: Account, raw_body: bytes) -> bool:
    try:
        return all(str(entry["id"]) == account.account for entry in json.loads(raw_body)["entry"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def challenge(account: Account, query: Mapping[str, str]) -> str | None:
    """What Meta wants to hear from the address when the webhook is set up; None where it does not know our word."""
    word = account.secret.get("webhook_secret") or ""
    given = query.get("hub.verify_token", "")
    known = hmac.compare_digest(word.encode(), given.encode("utf-8", "replace")) and bool(word)
    return query.get("hub.challenge", "") if known and query.get("hub.mode") == "subscribe" else None


def changes(raw_body: bytes, kind: str) -> list[tuple[dict, dict]]:
    """Each entry of a webhook with each of its changes in this field. Raises ValueError."""
    try:
        return [
            (entry, change["value"]) for entry, change in events(raw_body, "changes") if change.get("field") == kind
        ]
    except (KeyError, AttributeError) as error:
        raise ValueError(f"unreadable webhook: {type(error).__name__}") from None


def events(raw_body: bytes, name: str) -> list[tuple[dict, dict]]:
    """Each entry of a webhook with each of what it lists under this name. Raises ValueError."""
    try:
        return [(entry, one) for entry in json.loads(raw_body)["entry"] for one in entry.get(name, ())]
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"unreadable webhook: {type(error).__name__}") from None


def delivery_id(headers: Mapping[str, str]) -> str:
    return ""
