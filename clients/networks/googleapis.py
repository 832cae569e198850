"""What Google's APIs share: tokens of an hour, bought with a refresh token, and failures by reason."""

from clients.networks import http, oauth, reading
from clients.networks.types import Account, Limited, NetworkError, Refused, Renewed, Unauthorized

TOKENS = "https://oauth2.googleapis.com/token"
PAUSE = 3600.0  # seconds; a day's quota comes back at midnight in California
SPENT = {"quotaExceeded", "dailyLimitExceeded", "rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"}
REFUSED = {"commentsDisabled", "processingFailure", "videoNotFound", "channelNotFound", "commentNotFound"}


def read(account: Account, path: str, **params) -> dict:
    return _called("GET", account, path, params={name: value for name, value in params.items() if value != ""})


def write(account: Account, method: str, path: str, payload: dict, **params) -> dict:
    return _called(method, account, path, params=params, body=http.as_json(payload))


def renew(account: Account) -> Renewed:
    return oauth.refresh(TOKENS, account)


def _called(method: str, account: Account, path: str, **more) -> dict:
    token = account.token or renew(account).credentials["token"]
    url = f"{account.url.rstrip('/')}/{path}"
    try:
        return http.call(method, url, auth=http.bearer(token), trusted=account.trusted, **more).json()
    except Unauthorized as error:
        failure = _by_reason(error)
    raise failure


def _by_reason(error: Unauthorized) -> NetworkError:
    """A 403 also says that a quota is spent, or that this very thing cannot be done."""
    reasons = {one.get("reason") for one in _details(error.answer) if isinstance(one, dict)}
    if reasons & SPENT:
        return Limited(PAUSE)
    return Refused(error.reason, error.status, error.answer) if reasons & REFUSED else error


def _details(answer: object) -> list:
    told = [reading.code(answer, "error", name) for name in ("errors", "details")]
    return [one for many in told if isinstance(many, list) for one in many]
