"""Connections to a mailbox: IMAP to read, SMTP to send; with TLS, bounded, failures by class."""

import imaplib
import re
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import SplitResult, urlsplit

from clients.networks import guard, http
from clients.networks.types import Account, NetworkError, NotSent, Refused, Unauthorized, Unknown

STEP_SECONDS = 10
LARGEST = 4 * 1024 * 1024  # bytes that a server may send at once
PORTS = {"imaps": 993, "imap": 143, "smtps": 465, "smtp": 587}


@contextmanager
def box(account: Account) -> Iterator[imaplib.IMAP4]:
    """A mailbox, logged in to. Raises a NetworkError, also for what goes wrong inside: reading changes nothing."""
    place = _place(account.url, ("imaps", "imap"))
    line = None
    try:
        line = _imap(place, account)
        _log_in(line, account)
        yield line
    except guard.Inside:
        raise Refused("the address does not lead to the public internet") from None
    except (imaplib.IMAP4.error, OSError, EOFError) as error:
        raise NotSent(f"{place.hostname}: {_said(error)}") from None
    finally:
        if line is not None:
            with suppress(imaplib.IMAP4.error, OSError):
                line.logout()


def send(account: Account, sender: str, recipient: str, content: bytes) -> None:
    """Hands one mail over, once; Unknown where its end was sent and the answer was lost."""
    place = _place(account.secret.get("smtp") or _beside(account.url), ("smtps", "smtp"))
    line, begun = None, False
    try:
        line = _smtp(place, account)
        line.login(account.account, account.secret.get("password", ""))
        _checked(line.mail(sender))
        _checked(line.rcpt(recipient))
        http.seconds_left()
        begun = True
        _checked(line.data(content))
    except guard.Inside:
        raise Refused("the address does not lead to the public internet") from None
    except smtplib.SMTPResponseException as error:
        raise _refusal(error, begun) from None
    except smtplib.SMTPNotSupportedError:
        raise Refused(f"{place.hostname} offers no TLS or no login") from None
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise (Unknown if begun else NotSent)(f"{place.hostname}: {type(error).__name__}") from None
    finally:
        if line is not None:
            line.close()


def _checked(answer: tuple[int, bytes]) -> None:
    code, said = answer
    if not 200 <= code < 300:
        raise smtplib.SMTPResponseException(code, said)


def _refusal(error: smtplib.SMTPResponseException, begun: bool) -> NetworkError:
    """4xx: not now, and nothing was taken; 5xx: never."""
    said = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
    reason = f"{error.smtp_code} {' '.join(said.split())}"[:300]
    if 500 <= error.smtp_code < 600:
        return Unauthorized(reason) if isinstance(error, smtplib.SMTPAuthenticationError) else Refused(reason)
    return NotSent(reason) if 400 <= error.smtp_code < 500 or not begun else Unknown(reason)


def _imap(place: SplitResult, account: Account) -> imaplib.IMAP4:
    port = place.port or PORTS[place.scheme]
    kind = _SecureIMAP if place.scheme == "imaps" else _PlainIMAP
    line = kind(place.hostname, port, account.trusted)
    if place.scheme == "imap" and ("STARTTLS" in line.capabilities or not account.trusted):
        line.starttls(ssl.create_default_context())
    return line


def _log_in(line: imaplib.IMAP4, account: Account) -> None:
    try:
        line.login(account.account, account.secret.get("password", ""))
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, UnicodeEncodeError):
        raise Unauthorized("the mailbox does not accept this account and password") from None


def _smtp(place: SplitResult, account: Account) -> smtplib.SMTP:
    port = place.port or PORTS[place.scheme]
    kind = _SecureSMTP if place.scheme == "smtps" else _PlainSMTP
    line = kind(account.trusted)
    _checked(line.connect(place.hostname, port))
    line._host = place.hostname
    line.ehlo_or_helo_if_needed()
    if place.scheme == "smtp" and (line.has_extn("starttls") or not account.trusted):
        line.starttls(context=ssl.create_default_context())
    return line


def _place(url: str, schemes: tuple[str, ...]) -> SplitResult:
    try:
        place = urlsplit(url)
        fits = place.scheme in schemes and place.hostname and (place.port is None or place.port > 0)
    except ValueError:
        fits = False
    if not fits:
        raise Refused(f"an address such as {schemes[0]}://mail.bakery.example is needed")
    return place


def _beside(url: str) -> str:
    """Where most providers take what is sent: the same machine, or the one called smtp instead of imap."""
    return f"smtps://{re.sub('^imap[.]', 'smtp.', urlsplit(url).hostname or '')}"


def _said(error: Exception) -> str:
    return f"{type(error).__name__} {error}"[:200] if isinstance(error, imaplib.IMAP4.error) else type(error).__name__


def _line(host: str, port: int, trusted: bool) -> socket.socket:
    seconds = min(http.CONNECT_SECONDS, http.seconds_left())
    line = socket.create_connection((host, port), seconds) if trusted else guard.connect(host, port, seconds)
    line.settimeout(STEP_SECONDS)
    return line


class _PlainIMAP(imaplib.IMAP4):
    def __init__(self, host: str, port: int, trusted: bool):
        self.trusted = trusted
        super().__init__(host, port)

    def _create_socket(self, timeout):
        return _line(self.host, self.port, self.trusted)

    def read(self, size):
        if size > LARGEST:
            raise self.abort(f"{size:,} bytes at once are too many")
        http.seconds_left()
        return super().read(size)

    def readline(self):
        http.seconds_left()
        return super().readline()


class _SecureIMAP(_PlainIMAP):
    def _create_socket(self, timeout):
        return ssl.create_default_context().wrap_socket(super()._create_socket(timeout), server_hostname=self.host)


class _PlainSMTP(smtplib.SMTP):
    def __init__(self, trusted: bool):
        self.trusted = trusted
        super().__init__(local_hostname="[127.0.0.1]", timeout=STEP_SECONDS)

    def _get_socket(self, host, port, timeout):
        return _line(host, port, self.trusted)


class _SecureSMTP(_PlainSMTP):
    def _get_socket(self, host, port, timeout):
        return ssl.create_default_context().wrap_socket(super()._get_socket(host, port, timeout), server_hostname=host)
