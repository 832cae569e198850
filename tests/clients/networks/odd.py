"""A network that answers whatever a test wants it to, and keeps what it was sent."""

import socket
import threading


class OddNetwork:
    """Answers every request with the given bytes, then closes; keeps what it was sent."""

    def __init__(self, answer):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.answer, self.asked = answer, []
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                self.asked.append(_request(connection))
                connection.sendall(self.answer)


def _request(connection):
    """Head and body, as far as they come; a TLS greeting (it begins with 22) has neither."""
    got = b""
    while b"\r\n\r\n" not in got and got[:1] != b"\x16" and (part := connection.recv(65_536)):
        got += part
    head, _, body = got.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0] or 0)
    while len(body) < length and (part := connection.recv(65_536)):
        body += part
    return head + b"\r\n\r\n" + body


def answer(status, body=b"{}", *headers):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
