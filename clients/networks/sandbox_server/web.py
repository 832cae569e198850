"""HTTP of the sandbox network: keep-alive, JSON in and out, a clean refusal for whatever cannot be read."""

import json
import re
import socketserver
import sys
import traceback
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote

from clients.networks.sandbox_server.routes import ROUTES, Answer, Call, LostAnswer
from clients.networks.sandbox_server.shapes import Trouble
from clients.networks.sandbox_server.store import Store

LONGEST_BODY = 64 * 1024 * 1024


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    allow_reuse_port = False  # on by default in newer versions: a second server would start on a busy port

    def __init__(self, address: tuple[str, int], store: Store):
        self.store = store
        super().__init__(address, Exchange)

    def server_bind(self) -> None:
        """Without the look-up of the host's full name, which takes seconds where no name server answers."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]

    def handle_error(self, request, client_address) -> None:
        """A client that went away in the middle is no news."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class Exchange(BaseHTTPRequestHandler):
    """One connection; its requests are answered one after another."""

    protocol_version = "HTTP/1.1"
    server_version = "Sandbox"
    timeout = 60
    wbufsize = -1  # with the default, head and body leave as two packets and wait for each other
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_DELETE = do_GET

    def _serve(self) -> None:
        try:
            status, data = self._answer()
            self._send(status, data)
        except Trouble as trouble:
            self._refuse(trouble)
        except LostAnswer:
            self.close_connection = True
        except OSError:
            raise
        except Exception:
            traceback.print_exc()
            self._refuse(Trouble(500, "bug", "the sandbox network failed"))

    def _answer(self) -> Answer:
        body = self._body()
        path, _, query = self.path.partition("?")
        area, account, what = _place(path)
        route = ROUTES.get((self.command, area, what))
        if route is None:
            raise _no_route(area, what)
        call = Call(self.server.store, account, _query(query), self._token(), _json(body))
        answer = route(call)
        self.server.store.waiting.set()
        return answer

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not re.fullmatch("[0-9]{1,12}", length):
            self.close_connection = True
            raise Trouble(411, "no_length", "Content-Length is expected")
        if int(length) > LONGEST_BODY:
            self.close_connection = True
            raise Trouble(413, "too_long", f"at most {LONGEST_BODY} bytes")
        return self.rfile.read(int(length))

    def _token(self) -> str:
        kind, _, token = self.headers.get("Authorization", "").partition(" ")
        return token.strip() if kind.lower() == "bearer" else ""

    def _send(self, status: int, data: dict, headers: dict | None = None) -> None:
        body = json.dumps(data).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def _refuse(self, trouble: Trouble) -> None:
        self._send(trouble.status, {"code": trouble.code, "error": trouble.message}, dict(trouble.headers))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the standard library refuses itself (an unreadable request, an unknown method), as JSON."""
        self.close_connection = True
        self._refuse(Trouble(code, "bad_request", message or HTTPStatus(code).phrase))

    def log_message(self, format: str, *args) -> None:
        """Says nothing: headers and addresses may hold what belongs in no log."""


def _place(path: str) -> tuple[str, str, str]:
    """Area, account and what is wanted; the two addresses without an account are areas of their own."""
    parts = [unquote(part) for part in path.strip("/").split("/")]
    if len(parts) < 3:
        return " ".join(parts), "", ""
    if len(parts) > 3 or not re.fullmatch(r"[\w.@~-]{1,64}", parts[1], re.ASCII):
        raise Trouble(404, "no_such_address", "there is nothing at this address")
    return parts[0], parts[1], parts[2]


def _no_route(area: str, what: str) -> Trouble:
    if any((area, what) == route[1:] for route in ROUTES):
        return Trouble(405, "bad_method", "this address does not know this method")
    return Trouble(404, "no_such_address", "there is nothing at this address")


def _query(query: str) -> dict[str, str]:
    return dict(parse_qsl(query, keep_blank_values=True))


def _json(body: bytes) -> object:
    try:
        return json.loads(body) if body else None
    except (ValueError, RecursionError):
        raise Trouble(400, "bad_json", "the body is not readable as JSON") from None
