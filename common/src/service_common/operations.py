"""Health and metrics over HTTP for a process that serves something else."""

from __future__ import annotations

import threading

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from service_common.http_app import Check, install_operations


class _QuietHandler(WSGIRequestHandler):
    """Probes every few seconds are not worth a line each."""

    def log_request(self, *_args: object) -> None:
        """Say nothing."""


def serve_operations(host: str, port: int, checks: dict[str, Check]) -> None:
    """Answer `/health/*` and `/metrics` from a thread of this process."""
    app = Flask("operations", static_folder=None)
    install_operations(app, checks)
    server = make_server(host, port, app, threaded=True, request_handler=_QuietHandler)
    threading.Thread(
        target=server.serve_forever, name="operations", daemon=True
    ).start()
