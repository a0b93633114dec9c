"""Serve the stand-in: `python -m smu_standin`, one process, as codes are in memory."""

from __future__ import annotations

import os
import signal
import sys
import threading

from werkzeug.serving import WSGIRequestHandler, make_server

from smu_standin.server import create_app

PORT = 8090


class QuietHandler(WSGIRequestHandler):
    """Probes every few seconds are not worth a line each."""

    def log_request(self, *_args: object) -> None:
        """Say nothing."""


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    host = os.environ.get("BIND_HOST", "127.0.0.1")
    port = int(os.environ.get("PORT", str(PORT)))
    app = create_app(os.environ.get("SMU_API_KEY", ""))
    server = make_server(host, port, app, threaded=True, request_handler=QuietHandler)

    def stop(*_args: object) -> None:
        # shutdown() waits for the loop that this handler interrupts.
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    sys.stderr.write(f"smu-standin listens on {host}:{port}\n")
    server.serve_forever()


if __name__ == "__main__":
    main()
