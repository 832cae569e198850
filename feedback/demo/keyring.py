"""Keeps what a first start must show again at the next: logins and one API token, in files only their owner reads."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from agency import rights, tokens
from agency.models import Agency, Membership, Role, Token, User
from clients import access, audit


@dataclass(frozen=True)
class Login:
    email: str
    password: str
    role: str
    agency: str


def new_password() -> str:
    return secrets.token_urlsafe(12)


def logins(folder: Path) -> list[Login]:
    """The logins made on this machine; without those whose account is gone."""
    kept = [Login(*line.split("\t")) for line in _lines(folder / "logins") if line.count("\t") == 3]
    there = set(User.objects.filter(email__in=[login.email for login in kept]).values_list("email", flat=True))
    return [login for login in kept if login.email in there]


def keep(folder: Path, made: list[Login]) -> None:
    """Add these logins to the file."""
    emails = {login.email for login in made}
    others = [login for login in logins(folder) if login.email not in emails]
    lines = ["\t".join((login.email, login.password, login.role, login.agency)) for login in (*others, *made)]
    write_private(folder / "logins", "".join(f"{line}\n" for line in lines))


def token(folder: Path, agency: Agency) -> str:
    """The secret in the folder while it opens everything; else a new one of the agency's owner."""
    secret = next(iter(_lines(folder / "token")), "")
    if not _opens_everything(secret):
        owner = Membership.objects.filter(agency=agency, role=Role.OWNER, user__is_active=True).order_by("id")[0].user
        made, secret = tokens.create(agency=agency, creator=owner, name="start", scopes=rights.SCOPES)
        audit.log(agency, None, "token.added", f"{made.prefix}… {made.name}", after={"scopes": made.scopes})
        write_private(folder / "token", f"{secret}\n")
    return secret


def _opens_everything(secret: str) -> bool:
    found: Token | None = tokens.find(secret) if secret else None
    principal = found and access.of_token(found)
    return principal is not None and principal.every_client and principal.rights == rights.SCOPES


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step; mode 0600 from the first byte."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)
