"""Access tokens that a refresh token buys (RFC 6749 §6), for the networks whose own tokens live only for a while."""

from datetime import UTC, datetime, timedelta

from clients.networks import http, reading
from clients.networks.types import Account, Refused, Renewed, Unauthorized

NEEDS = ("refresh_token", "client_id", "client_secret")
OVER = {"invalid_grant", "invalid_client", "unauthorized_client", "invalid_request"}


def refresh(address: str, account: Account) -> Renewed:
    """A new token from the server at `address`, and a new refresh token where it gives one."""
    if missing := [name for name in NEEDS if not account.secret.get(name)]:
        raise Refused(f"{', '.join(missing)}: without it the token cannot be renewed")
    fields = {"grant_type": "refresh_token"} | {name: account.secret[name] for name in NEEDS}
    try:
        answer = http.call("POST", address, body=http.form(fields), trusted=account.trusted).json()
    except Refused as error:
        if reading.code(error.answer, "error") in OVER:
            raise Unauthorized(error.reason, error.status, error.answer) from None
        raise
    with reading.answers():
        given = {"token": reading.text(answer["access_token"])}
        if answer.get("refresh_token"):
            given["refresh_token"] = reading.text(answer["refresh_token"])
        return Renewed(given, datetime.now(UTC) + timedelta(seconds=int(answer["expires_in"])))
