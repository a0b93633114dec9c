"""An upstream that answers with what reached it, and can misbehave when asked to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

REFUSAL = b'{"error": {"code": "SEAT_UNAVAILABLE"}}'


class EchoService(ThreadingHTTPServer):
    """Counts requests by the `X-Test` header, so that tests do not meet."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Echo)
        self.seen: list[str] = []


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: EchoService

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        self.server.seen.append(self.headers.get("X-Test", ""))
        behaviour = self.headers.get("X-Behave")
        if behaviour == "hang up":
            self.close_connection = True
        elif behaviour == "refuse":
            self._send(409, REFUSAL)
        else:
            headers = {name.lower(): value for name, value in self.headers.items()}
            self._send(200, _as_json(self.command, self.path, headers, len(body)))

    # The names are the standard library's.
    do_GET = do_HEAD = do_POST = do_DELETE = do_PUT = do_OPTIONS = _answer  # noqa: N815

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        pass


def _as_json(method: str, path: str, headers: dict[str, str], length: int) -> bytes:
    answer: dict[str, Any] = {
        "method": method,
        "path": path,
        "headers": headers,
        "body_bytes": length,
    }
    return json.dumps(answer).encode()


@contextmanager
def echo_service(port: int) -> Iterator[EchoService]:
    """Serve until the block ends."""
    server = EchoService(port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
