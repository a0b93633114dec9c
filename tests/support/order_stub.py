"""Stands for the order service: a real HTTP server that writes down what it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class OrderStub:
    """Answers with `status` and `code`; keeps path, headers and body of each call."""

    def __init__(self) -> None:
        self.status = 200
        self.code = ""
        self.broken_orders: set[str] = set()
        self.calls: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.url = ""

    def failed_orders(self) -> list[str]:
        """The orders that were failed, in order, repeats included."""
        return [path.split("/")[2] for path, _, _ in self.calls]

    def answer(self, path: str) -> tuple[int, dict[str, Any]]:
        """Status and body for a call."""
        if path.split("/")[2] in self.broken_orders:
            return 500, {}
        if self.status >= 400:
            return self.status, {"error": {"code": self.code, "message": "no"}}
        return self.status, {}


@contextmanager
def running_order_stub() -> Iterator[OrderStub]:
    stub = OrderStub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = json.loads(self.rfile.read(length))
            status, answer = stub.answer(self.path)
            if status < 400:
                headers = {name.lower(): value for name, value in self.headers.items()}
                stub.calls.append((self.path, headers, body))
            payload = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
