"""A real WordPress for tests, from Debian's packages: its own database and PHP's web server, in a folder of its own."""

import getpass
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import requests

from clients.networks.types import Account

PACKAGES = "wordpress php-cli php-mysql php-curl php-xml php-mbstring php-gd mariadb-server"
SOURCE = Path("/usr/share/wordpress")
PROGRAMS = ("php", "mariadbd", "mariadb-install-db")
EXTENSIONS = {"mysqli", "curl", "xml", "mbstring", "gd"}
PATIENCE = 60  # seconds
CONFIG = """<?php
define('DB_NAME', 'wordpress'); define('DB_USER', 'root'); define('DB_PASSWORD', '');
define('DB_HOST', '127.0.0.1:%(database)s'); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
define('AUTH_KEY', 'a'); define('SECURE_AUTH_KEY', 'b'); define('LOGGED_IN_KEY', 'c'); define('NONCE_KEY', 'd');
define('AUTH_SALT', 'e'); define('SECURE_AUTH_SALT', 'f'); define('LOGGED_IN_SALT', 'g'); define('NONCE_SALT', 'h');
define('WP_ENVIRONMENT_TYPE', 'local'); define('DISABLE_WP_CRON', true); define('WP_HTTP_BLOCK_EXTERNAL', true);
define('WP_HOME', 'http://127.0.0.1:%(web)s'); define('WP_SITEURL', 'http://127.0.0.1:%(web)s');
$table_prefix = 'wp_';
if (!defined('ABSPATH')) { define('ABSPATH', __DIR__ . '/'); }
require_once ABSPATH . 'wp-settings.php';
"""
INSTALL = """<?php
mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
(new mysqli('127.0.0.1', 'root', '', '', (int) $argv[1]))->query('CREATE DATABASE wordpress CHARACTER SET utf8mb4');
$_SERVER['HTTP_HOST'] = '127.0.0.1'; $_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
define('WP_INSTALLING', true);
require __DIR__ . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('Bakery', 'owner', 'owner@bakery.example', true, '', 'not used');
update_option('timezone_string', 'Europe/Berlin');
function person($name, $role) {
    $id = wp_insert_user(['user_login' => $name, 'user_pass' => wp_generate_password(), 'role' => $role,
        'user_email' => "$name@bakery.example", 'display_name' => ucfirst($name)]);
    return WP_Application_Passwords::create_new_application_password($id, ['name' => 'test'])[0];
}
$owner = WP_Application_Passwords::create_new_application_password(1, ['name' => 'test'])[0];
echo "\\n" . json_encode(['owner' => $owner, 'editor' => person('editor', 'editor'),
    'contributor' => person('contributor', 'contributor'), 'customer' => person('customer', 'subscriber')]);
"""
# A test writes many comments from one address within seconds.
PATIENT = "<?php add_filter('wp_is_comment_flood', '__return_false', 99);"


def missing() -> str:
    """What this machine lacks, as a sentence; empty where nothing does."""
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    if absent or not (SOURCE / "wp-load.php").is_file():
        return f"no WordPress here: apt-get install --no-install-recommends {PACKAGES}"
    there = set(subprocess.run(["php", "-m"], capture_output=True, text=True, check=True).stdout.split())
    return f"PHP lacks {', '.join(sorted(EXTENSIONS - there))}" if EXTENSIONS - there else ""


@dataclass(frozen=True)
class Site:
    """A running site; `passwords` are application passwords by the name of their user, who is of that role."""

    url: str
    passwords: dict[str, str]

    def account(self, user: str = "editor") -> Account:
        return Account(self.url, user, secret={"password": self.passwords[user]})

    def api(self, method: str, what: str, user: str = "owner", **params) -> dict | list:
        """The REST API without our connector."""
        answer = requests.request(
            method, f"{self.url}/?{urlencode({'rest_route': f'/wp/v2/{what}'} | params)}",
            auth=(user, self.passwords[user]), timeout=30,
        )  # fmt: skip
        answer.raise_for_status()
        return answer.json()

    def visitor_says(self, post: int, text: str, name: str = "Carla Kundin", parent: int = 0) -> None:
        """What the form below a post sends for a visitor without an account."""
        address = f"{name.split()[0].lower()}@people.example"
        form = {"comment_post_ID": post, "comment_parent": parent, "author": name, "email": address, "comment": text}
        answer = requests.post(f"{self.url}/wp-comments-post.php", data=form, allow_redirects=False, timeout=30)
        assert answer.status_code == 302, answer.text

    def page(self, path: str) -> requests.Response:
        return requests.get(f"{self.url}{path}", timeout=30)


@contextmanager
def running() -> Iterator[Site]:
    folder = Path(tempfile.mkdtemp(prefix="wordpress-"))
    started: list[subprocess.Popen] = []
    try:
        database, web = _free_port(), _free_port()
        _lay_out(folder, database, web)
        started.append(_database(folder, database))
        script = [*_php(folder), str(folder / "site" / "install.php"), str(database)]
        told = subprocess.run(script, capture_output=True, text=True, timeout=PATIENCE, **_nobody())
        assert told.returncode == 0, told.stdout + told.stderr
        started.append(_web(folder, web))
        yield Site(f"http://127.0.0.1:{web}", json.loads(told.stdout.splitlines()[-1]))
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(PATIENCE)
        shutil.rmtree(folder)


def _lay_out(folder: Path, database: int, web: int) -> None:
    """The site copied, its configuration, and all of it given to who will run it."""
    shutil.copytree(SOURCE, folder / "site", ignore_dangling_symlinks=True, ignore=shutil.ignore_patterns("wp-config*"))
    (folder / "site" / "wp-config.php").write_text(CONFIG % {"database": database, "web": web})
    (folder / "site" / "install.php").write_text(INSTALL)
    plugins = folder / "site" / "wp-content" / "mu-plugins"
    plugins.mkdir(parents=True, exist_ok=True)
    (plugins / "patient.php").write_text(PATIENT)
    (folder / "tmp").mkdir()
    folder.chmod(0o755)
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, "nobody", "nogroup")


def _database(folder: Path, port: int) -> subprocess.Popen:
    place = ["--no-defaults", f"--datadir={folder / 'database'}", f"--tmpdir={folder / 'tmp'}"]
    making = ["mariadb-install-db", *place, "--auth-root-authentication-method=normal", "--skip-test-db"]
    if os.geteuid() != 0:
        making.append(f"--user={getpass.getuser()}")
    subprocess.run(making, check=True, capture_output=True, timeout=PATIENCE, **_nobody())
    command = ["mariadbd", *place, "--bind-address=127.0.0.1", f"--port={port}", f"--socket={folder / 'tmp' / 'sock'}"]
    command += [f"--pid-file={folder / 'tmp' / 'pid'}", "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0"]
    return _started(command, folder / "tmp" / "database.log", port)


def _web(folder: Path, port: int) -> subprocess.Popen:
    command = [*_php(folder), "-S", f"127.0.0.1:{port}", "-t", str(folder / "site")]
    return _started(command, folder / "tmp" / "web.log", port)


def _php(folder: Path) -> list[str]:
    return ["php", "-d", f"sys_temp_dir={folder / 'tmp'}", "-d", "sendmail_path=true", "-d", "display_errors=0"]


def _started(command: list[str], log: Path, port: int) -> subprocess.Popen:
    """The process, once it listens on its port."""
    with log.open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True, **_nobody())
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return process
        except OSError:
            time.sleep(0.1)
    process.kill()
    raise AssertionError(f"{command[0]} did not start: {log.read_text()[-2000:]}")


def _nobody() -> dict:
    """Root lends these programs no rights of its own."""
    return {"user": "nobody", "group": "nogroup", "extra_groups": [], "cwd": "/"} if os.geteuid() == 0 else {}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
