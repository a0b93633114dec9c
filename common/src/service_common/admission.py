"""Refuse at the door what cannot be served in time: 503 OVERLOADED.

Nothing was begun then, so the client may send the same request again.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import structlog
from prometheus_client import Counter

from service_common.errors import Unavailable
from service_common.request_context import HEADER, accept_request_id

log = structlog.get_logger()

_REFUSED = Counter("requests_refused", "Requests refused because too many waited")
# Who watches the service has to see it just when it has too much to do.
OPERATIONS = ("/health/live", "/health/ready", "/metrics")
# Not all at once again.
_COME_BACK_AFTER_S = (1, 2, 3)
_LOG_EVERY_S = 1.0
_REQUEST_ID_VARIABLE = "HTTP_" + HEADER.upper().replace("-", "_")

_this_thread = threading.local()

StartResponse = Callable[[str, list[tuple[str, str]]], object]
WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Overloaded(Unavailable):
    """Too many requests wait already; nothing was begun."""

    default_code = "OVERLOADED"
    default_message = "There is more to do than can be done. Please try again."


@contextmanager
def refusing() -> Iterator[None]:
    """Requests that this thread comes to inside the block are refused."""
    _this_thread.refuse = True
    try:
        yield
    finally:
        _this_thread.refuse = False


class Admission:
    """Stands before an application, and says no without waking it.

    A refusal costs a tenth of what the smallest request costs, and writes no log line
    of its own: under overload a line a request would be part of the load.
    """

    def __init__(self, app: WsgiApp) -> None:
        self._app = app
        self._log_lock = threading.Lock()
        self._refused = 0
        self._logged_at = 0.0

    def __call__(
        self, environ: dict[str, Any], start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer a request, or refuse it."""
        if not getattr(_this_thread, "refuse", False):
            return self._app(environ, start_response)
        if environ.get("PATH_INFO") in OPERATIONS:
            return self._app(environ, start_response)
        self._count()
        return _refusal(environ, start_response)

    def _count(self) -> None:
        _REFUSED.inc()
        now = time.monotonic()
        with self._log_lock:
            self._refused += 1
            if now - self._logged_at < _LOG_EVERY_S:
                return
            refused, self._refused, self._logged_at = self._refused, 0, now
        log.warning("overloaded", refused=refused)


def _refusal(environ: dict[str, Any], start_response: StartResponse) -> list[bytes]:
    error = Overloaded(retry_after_s=random.choice(_COME_BACK_AFTER_S))  # noqa: S311 - no secret
    request_id = accept_request_id(environ.get(_REQUEST_ID_VARIABLE))
    body = json.dumps(error.envelope(request_id)).encode()
    status = HTTPStatus(error.http_status)
    start_response(
        f"{status.value} {status.phrase}",
        [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Retry-After", str(error.retry_after_s)),
            (HEADER, request_id),
        ],
    )
    return [body]
