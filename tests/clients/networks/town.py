"""Runs the sandbox network for tests and plays its public and the receivers of its webhooks."""

import hashlib
import hmac
import http.client
import json
import queue
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from clients.networks import sandbox

ROOT = Path(__file__).resolve().parents[3]
KARL = {"id": "karl", "name": "Karl Köhler"}
SECRET = "whsec-for-tests"


def command(data, port=0):
    module = "clients.networks.sandbox_server"
    return [sys.executable, "-m", module, "--port", str(port), "--data", str(data)]


def start(data):
    """The server's process and its address, once it answers."""
    process = subprocess.Popen(command(data), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    return process, process.stdout.readline().rpartition(" ")[2].strip()


def end(process, how=signal.SIGTERM):
    process.send_signal(how)
    process.stdout.close()
    return process.wait(10)


@contextmanager
def running(data):
    process, url = start(data)
    try:
        yield url
    finally:
        status = end(process)
    assert status == 0


def request(account, method, area, what, data=None, raw=None):
    """Status and JSON of one plain request, so that the network is not only seen through its connector."""
    connection = connect(account.url)
    body = json.dumps(data).encode() if raw is None else raw
    connection.request(method, f"/{area}/{account.account}/{what}", body)
    answer = connection.getresponse()
    result = answer.status, json.loads(answer.read())
    connection.close()
    return result


def connect(url):
    return http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)


def say(account, text="Habt ihr Sonntag offen?", **more):
    return people(account, "say", {"kind": "comment", "author": KARL, "text": text, **more})[1]


def people(account, what, data):
    return request(account, "POST", "people", what, data)


def control(account, what, **data):
    status, answer = request(account, "POST", "control", what, data)
    assert status == 200, answer


def stats(account):
    return request(account, "GET", "control", "stats")[1]


def reply(account, text="Ja, von 8 bis 11.", key="k1"):
    return sandbox.reply(account, "t1", None, text, key)


def signed(body, when=None, secret=SECRET):
    """Headers of a webhook, signed independently of the network and of its connector."""
    stamp = str(int((when or datetime.now(UTC)).timestamp()))
    mac = hmac.new(secret.encode(), f"d1.{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Sandbox-Id": "d1", "Sandbox-Timestamp": stamp, "Sandbox-Signature": f"v1={mac}"}


class Inbox(ThreadingHTTPServer):
    """A webhook's receiver that answers with the given statuses, then 200, and keeps what came."""

    daemon_threads = True

    def __init__(self, *statuses):
        super().__init__(("127.0.0.1", 0), Letterbox)
        self.statuses, self.came = list(statuses), queue.Queue()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/hook"

    def end(self):
        self.shutdown()
        self.server_close()


class Letterbox(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
        self.end_headers()
        self.server.came.put((dict(self.headers), body))

    def log_message(self, *args):
        pass
