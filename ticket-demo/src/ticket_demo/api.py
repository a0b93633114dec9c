"""A client of the public API. It knows a base URL and nothing of what is behind it.

Refusals are answers, not exceptions; only silence is one (NoAnswer). One object may be
used by many threads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from ticket_demo.answer import Answer
from ticket_demo.transport import Extras, NoAnswer, Transport

__all__ = ["Answer", "Api", "Extras", "NoAnswer"]


class Api(Transport):
    """One method for each verb of the public API, and `call` for everything else."""

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
        return self.post("/auth/register", body, None, extras)

    def sign_in(self, email: str, password: str, **extras: Unpack[Extras]) -> Answer:
        """Exchange e-mail address and password for tokens."""
        body = {"email": email, "password": password}
        return self.post("/auth/login", body, None, extras)

    def refresh(self, refresh_token: str, **extras: Unpack[Extras]) -> Answer:
        """Exchange a refresh token for a new pair."""
        body = {"refresh_token": refresh_token}
        return self.post("/auth/refresh", body, None, extras)

    def sign_out(self, refresh_token: str, **extras: Unpack[Extras]) -> Answer:
        """Give a refresh token up."""
        body = {"refresh_token": refresh_token}
        return self.post("/auth/logout", body, None, extras)

    def me(self, token: str, **extras: Unpack[Extras]) -> Answer:
        """Who the token belongs to."""
        return self.get("/users/me", token, extras)

    def user(self, token: str, user_id: str, **extras: Unpack[Extras]) -> Answer:
        """Look at an account; another's as admin only."""
        return self.get(f"/users/{user_id}", token, extras)

    def flag_user(self, token: str, user_id: str, **extras: Unpack[Extras]) -> Answer:
        """As admin: mark as high risk."""
        return self.post(f"/users/{user_id}/flag", None, token, extras)

    def unflag_user(self, token: str, user_id: str, **extras: Unpack[Extras]) -> Answer:
        """As admin: trust again."""
        return self.post(f"/users/{user_id}/unflag", None, token, extras)

    def change_role(
        self, token: str, user_id: str, role: str, **extras: Unpack[Extras]
    ) -> Answer:
        """As admin: give another role."""
        return self.post(f"/users/{user_id}/role", {"role": role}, token, extras)

    def balance(self, token: str, **extras: Unpack[Extras]) -> Answer:
        """Read the caller's credits."""
        return self.get("/credits/balance", token, extras)

    def credit_entries(
        self,
        token: str,
        query: Mapping[str, Any] | None = None,
        **extras: Unpack[Extras],
    ) -> Answer:
        """What the caller's credits went through, newest first."""
        return self.get("/credits/entries", token, extras, query)

    def topup(self, token: str, amount: str, **extras: Unpack[Extras]) -> Answer:
        """Begin to buy credits."""
        return self.post("/credits/topup", {"amount": amount}, token, extras)

    def topup_state(
        self, token: str, topup_id: str, **extras: Unpack[Extras]
    ) -> Answer:
        """How far a purchase of credits has come."""
        return self.get(f"/credits/topups/{topup_id}", token, extras)

    # --- catalogue -----------------------------------------------------------------

    def events(
        self,
        query: Mapping[str, Any] | None = None,
        **extras: Unpack[Extras],
    ) -> Answer:
        """The catalogue; the query may filter and page."""
        return self.get("/events", None, extras, query)

    def event(self, event_id: str, **extras: Unpack[Extras]) -> Answer:
        """One event."""
        return self.get(f"/events/{event_id}", None, extras)

    def seat_map(
        self, event_id: str, etag: str | None = None, **extras: Unpack[Extras]
    ) -> Answer:
        """All seats of an event; 304 when nothing changed since the ETag."""
        if etag is not None:
            headers = {**extras.get("headers", {}), "If-None-Match": etag}
            extras = {**extras, "headers": headers}
        return self.get(f"/events/{event_id}/seats", None, extras)

    def publish_event(
        self, token: str, event: Mapping[str, Any], **extras: Unpack[Extras]
    ) -> Answer:
        """As organiser: create an event with all its seats, or nothing."""
        return self.post("/admin/events", event, token, extras)

    # --- purchase ------------------------------------------------------------------

    def reserve(
        self, token: str, seat_ids: str | Sequence[str], **extras: Unpack[Extras]
    ) -> Answer:
        """Hold one seat, or several of one event."""
        key = "seat_id" if isinstance(seat_ids, str) else "seat_ids"
        value = seat_ids if isinstance(seat_ids, str) else list(seat_ids)
        return self.post("/reserve", {key: value}, token, extras)

    def release(self, token: str, order_id: str, **extras: Unpack[Extras]) -> Answer:
        """Give the seats of a reservation back."""
        return self.call("DELETE", f"/v1/reserve/{order_id}", token=token, **extras)

    def verify_otp(
        self, token: str, order_id: str, otp_code: str, **extras: Unpack[Extras]
    ) -> Answer:
        """Enter the one-time code of a reservation."""
        body = {"reference_id": order_id, "otp_code": otp_code}
        return self.post("/verify-otp", body, token, extras)

    def pay(self, token: str, order_id: str, **extras: Unpack[Extras]) -> Answer:
        """Pay for a reservation with credits."""
        return self.post("/pay", {"order_id": order_id}, token, extras)

    def orders(
        self,
        token: str,
        query: Mapping[str, Any] | None = None,
        **extras: Unpack[Extras],
    ) -> Answer:
        """The caller's orders, newest first."""
        return self.get("/orders", token, extras, query)

    def order(self, token: str, order_id: str, **extras: Unpack[Extras]) -> Answer:
        """One order."""
        return self.get(f"/orders/{order_id}", token, extras)

    # --- transfer ------------------------------------------------------------------

    def initiate_transfer(
        self, token: str, offer: Mapping[str, Any], **extras: Unpack[Extras]
    ) -> Answer:
        """Offer a ticket or ask for one: seat_id, credits_amount, the other party."""
        return self.post("/transfer/initiate", offer, token, extras)

    def confirm_transfer(
        self,
        token: str,
        transfer_id: str,
        codes: Mapping[str, str],
        **extras: Unpack[Extras],
    ) -> Answer:
        """Enter `seller_otp`, `buyer_otp`, or both."""
        body = {"transfer_id": transfer_id, **codes}
        return self.post("/transfer/confirm", body, token, extras)

    def cancel_transfer(
        self, token: str, transfer_id: str, **extras: Unpack[Extras]
    ) -> Answer:
        """Call a transfer off."""
        return self.post(
            "/transfer/cancel", {"transfer_id": transfer_id}, token, extras
        )

    def dispute_transfer(
        self, token: str, transfer_id: str, reason: str, **extras: Unpack[Extras]
    ) -> Answer:
        """Complain about a completed transfer."""
        body = {"transfer_id": transfer_id, "reason": reason}
        return self.post("/transfer/dispute", body, token, extras)

    def uphold_transfer(
        self, token: str, transfer_id: str, **extras: Unpack[Extras]
    ) -> Answer:
        """As admin: let a disputed transfer stand."""
        return self.post(
            "/transfer/uphold", {"transfer_id": transfer_id}, token, extras
        )

    def reverse_transfer(
        self, token: str, transfer_id: str, **extras: Unpack[Extras]
    ) -> Answer:
        """As admin: undo a disputed transfer."""
        return self.post(
            "/transfer/reverse", {"transfer_id": transfer_id}, token, extras
        )

    def transfers(
        self,
        token: str,
        query: Mapping[str, Any] | None = None,
        **extras: Unpack[Extras],
    ) -> Answer:
        """The caller's transfers, newest first."""
        return self.get("/transfers", token, extras, query)

    def transfer(
        self, token: str, transfer_id: str, **extras: Unpack[Extras]
    ) -> Answer:
        """One transfer."""
        return self.get(f"/transfers/{transfer_id}", token, extras)

    # --- tickets and the gate ------------------------------------------------------

    def tickets(
        self,
        token: str,
        query: Mapping[str, Any] | None = None,
        **extras: Unpack[Extras],
    ) -> Answer:
        """The caller's tickets, newest first; `scope` owned, purchased or sold."""
        return self.get("/tickets", token, extras, query)

    def ticket_code(self, token: str, seat_id: str, **extras: Unpack[Extras]) -> Answer:
        """As owner: a code for the gate, fresh for a minute."""
        return self.get(f"/tickets/{seat_id}/qr", token, extras)

    def verify(
        self, token: str, qr_payload: str, hall_id: str, **extras: Unpack[Extras]
    ) -> Answer:
        """As staff: scan a code at a hall."""
        body = {"qr_payload": qr_payload, "hall_id": hall_id}
        return self.post("/verify", body, token, extras)

    def entry_logs(
        self,
        token: str,
        query: Mapping[str, Any] | None = None,
        **extras: Unpack[Extras],
    ) -> Answer:
        """As staff: scans, newest first; the query may filter and page."""
        return self.get("/entry-logs", token, extras, query)

    def dashboard(self, token: str, event_id: str, **extras: Unpack[Extras]) -> Answer:
        """As organiser: an event in figures."""
        return self.get(f"/admin/events/{event_id}/dashboard", token, extras)

    # --- operations ----------------------------------------------------------------

    def admin_sagas(
        self,
        token: str,
        query: Mapping[str, Any] | None = None,
        **extras: Unpack[Extras],
    ) -> Answer:
        """As admin: sagas, newest first; the query may filter and page."""
        return self.get("/admin/sagas", token, extras, query)

    def admin_saga(self, token: str, saga_id: str, **extras: Unpack[Extras]) -> Answer:
        """As admin: one saga with its steps."""
        return self.get(f"/admin/sagas/{saga_id}", token, extras)

    def retry_saga(self, token: str, saga_id: str, **extras: Unpack[Extras]) -> Answer:
        """As admin: have a stuck saga driven at once."""
        return self.post(f"/admin/sagas/{saga_id}/retry", None, token, extras)

    def invariants(self, token: str, **extras: Unpack[Extras]) -> Answer:
        """As admin: what must hold across all services, and whether it does."""
        return self.get("/admin/invariants", token, extras)
