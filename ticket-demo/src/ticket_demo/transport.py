"""Sends anything to a gateway, and answers whatever comes back."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, TypedDict, Unpack
from urllib.parse import urlsplit

import requests

from ticket_demo.answer import Answer

# Above what the gateway allows a service, so that its answer comes first.
TIMEOUT_S = 20.0
_JSON = "application/json"


class NoAnswer(Exception):
    """Nobody answered: refused, reset, or not in time."""


class Extras(TypedDict, total=False):
    """What may go along with any call."""

    idempotency_key: str
    request_id: str
    headers: Mapping[str, str]
    timeout_s: float


class Transport:
    """One gateway; connections are kept for each thread."""

    def __init__(self, base_url: str, *, timeout_s: float = TIMEOUT_S) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise ValueError(f"not the address of a gateway: {base_url!r}")
        self.base_url = base_url.rstrip("/")
        self._timeout_s = timeout_s
        self._threads = threading.local()

    def call(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        data: bytes | None = None,
        params: Mapping[str, Any] | None = None,
        token: str | None = None,
        **extras: Unpack[Extras],
    ) -> Answer:
        """Send anything: `json` as JSON, or `data` as it is, declared as JSON."""
        try:
            response = self._session().request(
                method,
                self.base_url + path,
                json=json,
                data=data,
                params=params,
                headers=_headers(token, extras, has_raw_body=data is not None),
                timeout=extras.get("timeout_s", self._timeout_s),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise NoAnswer(f"{method} {path}: {error}") from error
        return _answer(f"{method} {path}", response)

    # --- inside --------------------------------------------------------------------

    def get(
        self,
        path: str,
        token: str | None,
        extras: Extras,
        query: Mapping[str, Any] | None = None,
    ) -> Answer:
        """GET under /v1."""
        return self.call("GET", f"/v1{path}", token=token, params=query, **extras)

    def post(self, path: str, body: Any, token: str | None, extras: Extras) -> Answer:
        """POST under /v1."""
        return self.call("POST", f"/v1{path}", json=body, token=token, **extras)

    def _session(self) -> requests.Session:
        """One per thread: connections are kept, and shared with nobody."""
        session: requests.Session | None = getattr(self._threads, "session", None)
        if session is None:
            session = requests.Session()
            # A proxy or a .netrc of the machine would answer, or sign in, for us.
            session.trust_env = False
            self._threads.session = session
        return session


def _headers(
    token: str | None, extras: Extras, *, has_raw_body: bool
) -> dict[str, str]:
    headers = {"Accept": _JSON}
    if has_raw_body:
        headers["Content-Type"] = _JSON
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    if "idempotency_key" in extras:
        headers["Idempotency-Key"] = extras["idempotency_key"]
    if "request_id" in extras:
        headers["X-Request-ID"] = extras["request_id"]
    return headers | dict(extras.get("headers", {}))


def _answer(request: str, response: requests.Response) -> Answer:
    body: Any = None
    if response.content:
        try:
            body = response.json()
        except ValueError:
            body = response.text
    return Answer(
        response.status_code, body, response.headers, response.content, request
    )
