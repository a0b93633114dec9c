"""A client of the public API. It knows a base URL and nothing of what is behind it.

Refusals are answers, not exceptions; only silence is one (NoAnswer). One object may be
used by many threads.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Unpack
from urllib.parse import urlsplit

import requests

from ticket_demo.answer import Answer

__all__ = ["TIMEOUT_S", "Answer", "Api", "Extras", "NoAnswer"]

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


class Api:
    """One method for each verb of the public API, and `call` for everything else."""

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

    # --- identity ------------------------------------------------------------------

    def register(
        self,
        email: str,
        phone: str,
        password: str,
        name: str | None = None,
        **extras: Unpack[Extras],
    ) -> Answer:
        """Open an account."""
        body = {"email": email, "phone": phone, "password": password}
        if name is not None:
            body["name"] = name
        return self._post("/auth/register", body, None, extras)

    def sign_in(self, email: str, password: str, **extras: Unpack[Extras]) -> Answer:
        """Exchange e-mail address and password for tokens."""
        body = {"email": email, "password": password}
        return self._post("/auth/login", body, None, extras)

    def refresh(self, refresh_token: str, **extras: Unpack[Extras]) -> Answer:
        """Exchange a refresh token for a new pair."""
        body = {"refresh_token": refresh_token}
        return self._post("/auth/refresh", body, None, extras)

    def sign_out(self, refresh_token: str, **extras: Unpack[Extras]) -> Answer:
        """Give a refresh token up."""
        body = {"refresh_token": refresh_token}
        return self._post("/auth/logout", body, None, extras)

    def me(self, token: str, **extras: Unpack[Extras]) -> Answer:
        """Who the token belongs to."""
        return self._get("/users/me", token, extras)

    def user(self, token: str, user_id: str, **extras: Unpack[Extras]) -> Answer:
        """Look at an account; another's as admin only."""
        return self._get(f"/users/{user_id}", token, extras)

    def flag_user(self, token: str, user_id: str, **extras: Unpack[Extras]) -> Answer:
        """As admin: mark as high risk."""
        return self._post(f"/users/{user_id}/flag", None, token, extras)

    def unflag_user(self, token: str, user_id: str, **extras: Unpack[Extras]) -> Answer:
        """As admin: trust again."""
        return self._post(f"/users/{user_id}/unflag", None, token, extras)

    def change_role(
        self, token: str, user_id: str, role: str, **extras: Unpack[Extras]
    ) -> Answer:
        """As admin: give another role."""
        return self._post(f"/users/{user_id}/role", {"role": role}, token, extras)

    def balance(self, token: str, **extras: Unpack[Extras]) -> Answer:
        """Read the caller's credits."""
        return self._get("/credits/balance", token, extras)

    def credit_entries(
        self,
        token: str,
        query: Mapping[str, Any] | None = None,
        **extras: Unpack[Extras],
    ) -> Answer:
        """What the caller's credits went through, newest first."""
        return self._get("/credits/entries", token, extras, query)

    # --- catalogue -----------------------------------------------------------------

    def events(
        self,
        query: Mapping[str, Any] | None = None,
        **extras: Unpack[Extras],
    ) -> Answer:
        """The catalogue; the query may filter and page."""
        return self._get("/events", None, extras, query)

    def event(self, event_id: str, **extras: Unpack[Extras]) -> Answer:
        """One event."""
        return self._get(f"/events/{event_id}", None, extras)

    def seat_map(
        self, event_id: str, etag: str | None = None, **extras: Unpack[Extras]
    ) -> Answer:
        """All seats of an event; 304 when nothing changed since the ETag."""
        if etag is not None:
            headers = {**extras.get("headers", {}), "If-None-Match": etag}
            extras = {**extras, "headers": headers}
        return self._get(f"/events/{event_id}/seats", None, extras)

    def publish_event(
        self, token: str, event: Mapping[str, Any], **extras: Unpack[Extras]
    ) -> Answer:
        """As organiser: create an event with all its seats, or nothing."""
        return self._post("/admin/events", event, token, extras)

    # --- purchase ------------------------------------------------------------------

    def reserve(
        self, token: str, seat_ids: str | Sequence[str], **extras: Unpack[Extras]
    ) -> Answer:
        """Hold one seat, or several of one event."""
        key = "seat_id" if isinstance(seat_ids, str) else "seat_ids"
        value = seat_ids if isinstance(seat_ids, str) else list(seat_ids)
        return self._post("/reserve", {key: value}, token, extras)

    def release(self, token: str, order_id: str, **extras: Unpack[Extras]) -> Answer:
        """Give the seats of a reservation back."""
        return self.call("DELETE", f"/v1/reserve/{order_id}", token=token, **extras)

    def pay(self, token: str, order_id: str, **extras: Unpack[Extras]) -> Answer:
        """Pay for a reservation with credits."""
        return self._post("/pay", {"order_id": order_id}, token, extras)

    def orders(
        self,
        token: str,
        query: Mapping[str, Any] | None = None,
        **extras: Unpack[Extras],
    ) -> Answer:
        """The caller's orders, newest first."""
        return self._get("/orders", token, extras, query)

    def order(self, token: str, order_id: str, **extras: Unpack[Extras]) -> Answer:
        """One order."""
        return self._get(f"/orders/{order_id}", token, extras)

    # --- tickets and the gate ------------------------------------------------------

    def ticket_code(self, token: str, seat_id: str, **extras: Unpack[Extras]) -> Answer:
        """As owner: a code for the gate, fresh for a minute."""
        return self._get(f"/tickets/{seat_id}/qr", token, extras)

    def verify(
        self, token: str, qr_payload: str, hall_id: str, **extras: Unpack[Extras]
    ) -> Answer:
        """As staff: scan a code at a hall."""
        body = {"qr_payload": qr_payload, "hall_id": hall_id}
        return self._post("/verify", body, token, extras)

    def entry_logs(
        self,
        token: str,
        query: Mapping[str, Any] | None = None,
        **extras: Unpack[Extras],
    ) -> Answer:
        """As staff: scans, newest first; the query may filter and page."""
        return self._get("/entry-logs", token, extras, query)

    def dashboard(self, token: str, event_id: str, **extras: Unpack[Extras]) -> Answer:
        """As organiser: an event in figures."""
        return self._get(f"/admin/events/{event_id}/dashboard", token, extras)

    # --- operations ----------------------------------------------------------------

    def admin_sagas(
        self,
        token: str,
        query: Mapping[str, Any] | None = None,
        **extras: Unpack[Extras],
    ) -> Answer:
        """As admin: sagas, newest first; the query may filter and page."""
        return self._get("/admin/sagas", token, extras, query)

    def admin_saga(self, token: str, saga_id: str, **extras: Unpack[Extras]) -> Answer:
        """As admin: one saga with its steps."""
        return self._get(f"/admin/sagas/{saga_id}", token, extras)

    def retry_saga(self, token: str, saga_id: str, **extras: Unpack[Extras]) -> Answer:
        """As admin: have a stuck saga driven at once."""
        return self._post(f"/admin/sagas/{saga_id}/retry", None, token, extras)

    def invariants(self, token: str, **extras: Unpack[Extras]) -> Answer:
        """As admin: what must hold across all services, and whether it does."""
        return self._get("/admin/invariants", token, extras)

    # --- inside --------------------------------------------------------------------

    def _get(
        self,
        path: str,
        token: str | None,
        extras: Extras,
        query: Mapping[str, Any] | None = None,
    ) -> Answer:
        return self.call("GET", f"/v1{path}", token=token, params=query, **extras)

    def _post(self, path: str, body: Any, token: str | None, extras: Extras) -> Answer:
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
