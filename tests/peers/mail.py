"""A real mailbox for tests: Dovecot (from Debian) serves it by IMAP, aiosmtpd takes mails and lays them into it."""

import getpass
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from mailbox import Maildir
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from clients.networks.types import Account

PACKAGE = "dovecot-imapd"
PASSWORD = "kneten-4711"
PATIENCE = 30  # seconds
CONFIG = """
protocols = imap
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:{folder}/mail/%u
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
  mailbox Gesendet {{
    auto = create
    special_use = \\Sent
  }}
  mailbox Archiv {{
    auto = create
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
"""


def missing() -> str:
    """What this machine lacks, as a sentence; empty where nothing does."""
    there = Path("/usr/sbin/dovecot").exists() and Path("/usr/lib/dovecot/imap").exists()
    return "" if there else f"no IMAP server here: apt-get install --no-install-recommends {PACKAGE}"


@dataclass
class Town:
    """Mailboxes of bakery.example by IMAP, and whoever takes what they send by SMTP.

    `answer` replaces what the SMTP server says at the end of a mail; `dropped`: it hangs up there instead.
    """

    imap: str
    folder: Path
    smtp: str = ""
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    answer: str = ""
    dropped: bool = False
    accepts: bool = True

    def account(self, name: str) -> Account:
        return Account(self.imap, f"{name}@bakery.example", secret={"password": PASSWORD, "smtp": self.smtp})

    def arrive(self, account: Account, letter: EmailMessage | bytes, folder: str = "") -> None:
        """A mail lies in the box, as the mail server delivers it."""
        box = Maildir(self.folder / "mail" / account.account)
        if folder:
            box = box.get_folder(folder) if folder in box.list_folders() else box.add_folder(folder)
        box.add(letter if isinstance(letter, bytes) else letter.as_bytes())
        _give_away(self.folder / "mail")

    async def handle_DATA(self, server, session, envelope):
        if self.dropped:
            self.taken.append((envelope.rcpt_tos[0], envelope.content))
            server.transport.abort()
            return "250 lost"
        if self.answer:
            return self.answer
        self.taken.append((envelope.rcpt_tos[0], envelope.content))
        return "250 OK"

    def authenticate(self, server, session, envelope, mechanism, given):
        return AuthResult(success=given.password == PASSWORD.encode(), handled=False)


@contextmanager
def running() -> Iterator[Town]:
    folder = Path(tempfile.mkdtemp(prefix="mail-"))
    folder.chmod(0o755)
    (folder / "mail").mkdir()
    (folder / "run").mkdir()
    user, group = ("nobody", "nogroup") if os.geteuid() == 0 else _myself()
    port = _free_port()
    told = CONFIG.format(folder=folder, user=user, group=group, password=PASSWORD, port=port)
    (folder / "dovecot.conf").write_text(told)
    _give_away(folder / "mail")
    process = subprocess.Popen(["/usr/sbin/dovecot", "-F", "-c", str(folder / "dovecot.conf")], start_new_session=True)
    town = Town(f"imap://127.0.0.1:{port}", folder)
    taking = Controller(town, "127.0.0.1", _free_port(), authenticator=town.authenticate, auth_require_tls=False)
    try:
        _wait(process, port, folder / "log")
        taking.start()
        town.smtp = f"smtp://127.0.0.1:{taking.port}"
        yield town
    finally:
        if taking.loop.is_running():
            taking.stop()
        process.terminate()
        process.wait(PATIENCE)
        shutil.rmtree(folder)


def _myself() -> tuple[str, str]:
    name = getpass.getuser()
    return name, str(pwd.getpwnam(name).pw_gid)


def _give_away(folder: Path) -> None:
    """Root's files are for who reads them there."""
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, "nobody", "nogroup")


def _wait(process: subprocess.Popen, port: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"dovecot did not start: {log.read_text() if log.exists() else ''}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
