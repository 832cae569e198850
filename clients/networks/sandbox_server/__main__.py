"""Starts the sandbox network and ends it cleanly on SIGTERM or Ctrl-C."""

import argparse
import signal
import sqlite3
import sys
from pathlib import Path

from clients.networks.sandbox_server.store import Store
from clients.networks.sandbox_server.web import Server
from clients.networks.sandbox_server.webhooks import Post


def main() -> int:
    options = _options()
    try:
        options.data.parent.mkdir(parents=True, exist_ok=True)
        store = Store(options.data)
    except (OSError, sqlite3.Error) as error:
        return _complain(f"{options.data} cannot be used: {error}")
    try:
        server = Server((options.host, options.port), store)
    except (OSError, OverflowError) as error:
        return _complain(f"{options.host}:{options.port} cannot be used: {error}")
    return _serve(server, store)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sandbox_server", description="The sandbox network.")
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one")
    parser.add_argument("--data", type=Path, required=True, help="the SQLite file that keeps it")
    parser.add_argument("--host", default="127.0.0.1")
    return parser.parse_args()


def _serve(server: Server, store: Store) -> int:
    post = Post(store)
    try:
        for ending in (signal.SIGTERM, signal.SIGINT):  # a shell's background job starts with SIGINT ignored
            signal.signal(ending, signal.default_int_handler)
        print(f"Sandbox network: http://{server.server_name}:{server.server_port}", flush=True)
        post.start()
        server.serve_forever(poll_interval=0.2)
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
        post.stop()
        store.close()
    return 0


def _complain(message: str) -> int:
    print(f"Sandbox network: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
