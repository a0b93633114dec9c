"""JSON over HTTP to another service, with three outcomes: done, refused, unknown.

urllib3 rather than requests: a third of the CPU for a call of this size.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

from service_common.access import SERVICE_TOKEN_HEADER
from service_common.errors import AppError, TooManyRequests, Unknown, refusal_of
from service_common.http_json import to_wire
from service_common.metrics import REMOTE_CALL_SECONDS
from service_common.request_context import HEADER, get_request_id

_CONNECT_TIMEOUT_S = 0.5
# 4xx that are no business answer: our credential, and "come back later".
_NOT_A_REFUSAL = frozenset({401, 408, 425})
# A 429 with a code of its own is a business no: so many codes an hour, and no more.
_COME_BACK_LATER = TooManyRequests.default_code


class JsonClient:
    """One service's address, its pool of connections, and the rules of inner calls."""

    def __init__(
        self, service: str, base_url: str, *, service_token: str, connections: int
    ) -> None:
        self._service = service
        self._base_url = base_url.rstrip("/")
        self._token = service_token
        self._pool = urllib3.PoolManager(
            maxsize=connections, block=False, retries=False, num_pools=2
        )

    def get(
        self,
        path: str,
        *,
        timeout_s: float,
        call: str,
        query: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """GET; the body of a 2xx, else an AppError."""
        return self._send("GET", path, None, timeout_s, call, query)

    def post(
        self, path: str, body: Mapping[str, Any], *, timeout_s: float, call: str
    ) -> dict[str, Any]:
        """POST; the body of a 2xx, else an AppError."""
        return self._send("POST", path, body, timeout_s, call, None)

    def put(
        self, path: str, body: Mapping[str, Any], *, timeout_s: float, call: str
    ) -> dict[str, Any]:
        """PUT; the body of a 2xx, else an AppError."""
        return self._send("PUT", path, body, timeout_s, call, None)

    def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        timeout_s: float,
        call: str,
        query: Mapping[str, Any] | None,
    ) -> dict[str, Any]:
        started = time.perf_counter()
        outcome = "unknown"
        try:
            answer = self._request(method, path, body, timeout_s, query)
            outcome = "ok"
            return answer
        except AppError as error:
            outcome = "unknown" if isinstance(error, Unknown) else "refused"
            raise
        finally:
            REMOTE_CALL_SECONDS.labels(self._service, call, outcome).observe(
                time.perf_counter() - started
            )

    def _request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        timeout_s: float,
        query: Mapping[str, Any] | None,
    ) -> dict[str, Any]:
        headers = {SERVICE_TOKEN_HEADER: self._token, HEADER: get_request_id()}
        payload = None
        if body is not None:
            payload = json.dumps(body, default=to_wire).encode()
            headers["Content-Type"] = "application/json"
        if timeout_s <= 0:
            raise Unknown(f"No time is left to ask the {self._service}.")
        timeout = urllib3.Timeout(
            connect=min(_CONNECT_TIMEOUT_S, timeout_s), read=timeout_s
        )
        try:
            response = self._pool.request(
                method,
                self._base_url + path,
                fields=dict(query) if query else None,
                body=payload,
                headers=headers,
                timeout=timeout,
            )
        except HTTPError as error:
            raise Unknown(f"The {self._service} does not answer.") from error
        return self._understand(response.status, response.data)

    def _understand(self, status: int, data: bytes) -> dict[str, Any]:
        try:
            document = json.loads(data) if data else {}
        except ValueError:
            document = None
        if 200 <= status < 300 and isinstance(document, dict):  # noqa: PLR2004
            return document
        envelope = document.get("error") if isinstance(document, dict) else None
        if (
            isinstance(envelope, dict)
            and 400 <= status < 500  # noqa: PLR2004
            and status not in _NOT_A_REFUSAL
            and envelope.get("code") != _COME_BACK_LATER
            and "code" in envelope
        ):
            details = envelope.get("details")
            raise refusal_of(
                status,
                str(envelope["code"]),
                str(envelope.get("message", "")),
                details if isinstance(details, dict) else {},
            )
        raise Unknown(
            f"The {self._service} does not answer.", details={"status": status}
        )
