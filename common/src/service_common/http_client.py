"""JSON over HTTP to another service, with three outcomes: done, refused, unknown.

urllib3 rather than requests: a third of the CPU for a call of this size. Calls that a
service takes gathered (see gathered_calls) share one request when several are made at
the same time; one that comes alone goes to its own route.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError

from service_common.access import SERVICE_TOKEN_HEADER
from service_common.errors import AppError, TooManyRequests, Unknown, refusal_of
from service_common.gather import Gatherer
from service_common.http_json import to_wire
from service_common.metrics import REMOTE_CALL_SECONDS
from service_common.request_context import HEADER, get_request_id

_CONNECT_TIMEOUT_S = 0.5
# 4xx that are no business answer: our credential, and "come back later".
_NOT_A_REFUSAL = frozenset({401, 408, 425})
# A 429 with a code of its own is a business no: so many codes an hour, and no more.
_COME_BACK_LATER = TooManyRequests.default_code


_GATHERED_PATH = "/calls"
# While a new release is rolled out, the service may be the older one.
_NO_SUCH_DOOR = frozenset({404, 405})
# The variable parts of a path: everything that is an id.
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


@dataclass(frozen=True, slots=True)
class _Request:
    """One call, as it was asked for."""

    method: str
    path: str
    body: Mapping[str, Any] | None
    timeout_s: float
    query: Mapping[str, Any] | None
    call: str
    request_id: str

    def gathered(self) -> dict[str, Any]:
        """The same, as one of many."""
        return {
            "call": self.call,
            "names": _ID.findall(self.path),
            "query": self.query or {},
            "body": self.body or {},
            "request_id": self.request_id,
        }


class _InOnePiece(HTTPConnection):
    """Sends a request with one system call, so that it wakes the service once.

    http.client sends the headers and the body each for itself.
    """

    _pieces: list[bytes] | None = None

    def request(self, *args: Any, **kwargs: Any) -> None:
        """As urllib3 has it, but nothing leaves before all of it is there."""
        self._pieces = []
        try:
            super().request(*args, **kwargs)
            whole = b"".join(self._pieces)
        finally:
            self._pieces = None
        self.send(whole)

    def send(self, data: Any) -> None:
        """Keep it back while a request is put together."""
        if self._pieces is None:
            super().send(data)
        else:
            self._pieces.append(data)


class JsonClient:
    """One service's address, its pool of connections, and the rules of inner calls.

    `gathers` names the calls that the service takes gathered.
    """

    def __init__(
        self,
        service: str,
        base_url: str,
        *,
        service_token: str,
        connections: int,
        gathers: Collection[str] = (),
    ) -> None:
        self._gathers = frozenset(gathers)
        self._gatherer = Gatherer[_Request, dict[str, Any]](self._round)
        self._service = service
        self._token = service_token
        # The pool of this one address; a manager of pools would look it up every time.
        self._pool = urllib3.connection_from_url(
            base_url, maxsize=connections, block=False
        )
        self._pool.ConnectionCls = _InOnePiece
        self._prefix = urlsplit(base_url).path.rstrip("/")

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
            asked = _Request(
                method, path, body, timeout_s, query, call, get_request_id()
            )
            if call in self._gathers:
                answer = self._gatherer.call(asked, timeout_s=timeout_s)
            else:
                answer = self._request(asked)
            outcome = "ok"
            return answer
        except AppError as error:
            outcome = "unknown" if isinstance(error, Unknown) else "refused"
            raise
        finally:
            REMOTE_CALL_SECONDS.labels(self._service, call, outcome).observe(
                time.perf_counter() - started
            )

    def _round(self, asked: Sequence[_Request]) -> Sequence[dict[str, Any] | Exception]:
        if len(asked) == 1:
            return [self._request(asked[0])]
        status, data = self._exchange(
            "POST",
            _GATHERED_PATH,
            {"calls": [one.gathered() for one in asked]},
            min(one.timeout_s for one in asked),
            None,
        )
        if status in _NO_SUCH_DOOR:
            return [self._alone(one) for one in asked]
        answers = self._understand(status, _document(data)).get("answers", [])
        if len(answers) != len(asked):
            raise Unknown(f"The {self._service} does not answer.")
        return [self._understand_one(answer) for answer in answers]

    def _alone(self, asked: _Request) -> dict[str, Any] | Exception:
        try:
            return self._request(asked)
        except AppError as error:
            return error

    def _understand_one(self, answer: Mapping[str, Any]) -> dict[str, Any] | Exception:
        try:
            return self._understand(answer["status"], answer["body"])
        except AppError as error:
            return error

    def _request(self, asked: _Request) -> dict[str, Any]:
        status, data = self._exchange(
            asked.method, asked.path, asked.body, asked.timeout_s, asked.query
        )
        return self._understand(status, _document(data))

    def _exchange(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        timeout_s: float,
        query: Mapping[str, Any] | None,
    ) -> tuple[int, bytes]:
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
            response = self._pool.urlopen(
                method,
                self._prefix + path + (f"?{urlencode(query)}" if query else ""),
                body=payload,
                headers=headers,
                timeout=timeout,
                retries=False,
            )
        except HTTPError as error:
            raise Unknown(f"The {self._service} does not answer.") from error
        return response.status, response.data

    def _understand(self, status: int, document: Any) -> dict[str, Any]:
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


def _document(data: bytes) -> Any:
    try:
        return json.loads(data) if data else {}
    except ValueError:
        return None
