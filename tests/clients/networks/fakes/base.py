"""What the stand-ins of the social networks share: real HTTP on localhost, routes as a table, faults on request."""

import json
import re
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qs, unquote, urlsplit

NOW = datetime.now(UTC).replace(microsecond=0)


class Fake(ThreadingHTTPServer):
    """A network as its documentation describes it.

    `routes` maps "METHOD /path/{part}" to a function of the request and the parts, which returns the JSON of a 200, or
    (status, JSON) or (status, JSON, headers). A request of none of them gets 404. All requests are kept in `asked`.
    """

    daemon_threads = True
    prefix = ""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}{self.prefix}"
        self.asked, self.faults = [], []
        self.table = [(*_pattern(route), answer) for route, answer in self.routes().items()]
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def fail(self, status=None, body=None, *, on="", after=False, times=1, headers=None):
        """The next requests that have `on` in "METHOD /path" get this answer, None: a cut line; `after` their effect."""
        self.faults += [(on, after, status, body, headers or {})] * times

    def answer(self, request):
        fault = next((fault for fault in self.faults if fault[0] in f"{request.method} {request.path}"), None)
        if fault:
            self.faults.remove(fault)
            if fault[1]:
                self._routed(request)
            return fault[2:]
        return self._routed(request)

    def _routed(self, request):
        for method, pattern, answer in self.table:
            found = pattern.fullmatch(request.path.removeprefix(self.prefix))
            if found and method == request.method:
                said = answer(request, *map(unquote, found.groups()))
                said = said if isinstance(said, tuple) else (200, said)
                return (*said, {})[:3]
        return 404, {"error": f"no route {request.method} {request.path}"}, {}

    def writes(self):
        return [request for request in self.asked if request.method != "GET"]

    def end(self):
        self.shutdown()
        self.server_close()


def _pattern(route):
    method, _, path = route.partition(" ")
    return method, re.compile("([^/]+)".join(map(re.escape, re.split(r"\{\w+\}", path))))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _serve(self):
        length = int(self.headers.get("Content-Length") or 0)
        raw, parts = self.rfile.read(length), urlsplit(self.path)
        request = SimpleNamespace(
            method=self.command,
            path=parts.path,
            query={name: values if len(values) > 1 else values[0] for name, values in parse_qs(parts.query).items()},
            headers={name.lower(): value for name, value in self.headers.items()},
            raw=raw,
            json=_maybe(raw),
        )
        self.server.asked.append(request)
        status, body, headers = self.server.answer(request)
        self.close_connection = True
        if status is None:
            return
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), "Connection": "close", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = _serve

    def log_message(self, *args):
        pass


def _maybe(raw):
    try:
        return json.loads(raw)
    except ValueError:
        return None


def ago(**span):
    return NOW - timedelta(**span)


def page(items, start, size):
    """A part of a list and where it goes on, '' at the end."""
    end = start + size
    return items[start:end], str(end) if end < len(items) else ""
