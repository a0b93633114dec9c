"""What end-to-end tests do over and over, over the public contract alone."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ticket_demo.api import Answer, Api

PASSWORD = "demo-password-1"
HALL = "HALL-T"


@dataclass(frozen=True, slots=True)
class EventOnSale:
    """An event of one test's own."""

    event_id: str
    seats: Sequence[dict[str, Any]]

    @property
    def seat_ids(self) -> list[str]:
        return [seat["seat_id"] for seat in self.seats]


@dataclass(frozen=True, slots=True)
class Person:
    """An account of one test's own."""

    user_id: str
    phone: str
    token: str


class Shop:
    """The API with the people of the demo data and as many events as one likes."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def sign_in(self, email: str, password: str = PASSWORD) -> str:
        """An access token."""
        answer = self.api.call(
            "POST", "/auth/login", json={"email": email, "password": password}
        )
        assert answer.status == 200, answer.body
        return str(answer.body["access_token"])

    def new_customer(self) -> str:
        """The access token of somebody new, who has no credits."""
        return self.new_person().token

    def new_person(self) -> Person:
        """Somebody new, with a phone of his own."""
        email = f"{uuid.uuid4().hex}@example.com"
        phone = f"+6591{secrets.randbelow(10**6):06d}"
        body = {"email": email, "phone": phone, "password": PASSWORD}
        answer = self.api.call("POST", "/auth/register", json=body)
        assert answer.status == 201, answer.body
        return Person(str(answer.body["user_id"]), phone, self.sign_in(email))

    def new_flagged_person(self) -> Person:
        """Somebody new whom an admin has flagged."""
        person = self.new_person()
        admin = self.sign_in("admin@example.com")
        answer = self.api.call("POST", f"/users/{person.user_id}/flag", token=admin)
        assert answer.status == 200, answer.body
        return person

    def publish(
        self, *, seats: int = 4, price: str = "1.00", token: str | None = None
    ) -> EventOnSale:
        """An event in three months with one row of seats."""
        organiser = token or self.sign_in("organiser@example.com")
        answer = self.api.call(
            "POST", "/admin/events", json=event_body(seats, price), token=organiser
        )
        assert answer.status == 201, answer.body
        assert answer.body["seats_created"] == seats
        event_id = str(answer.body["event_id"])
        return EventOnSale(event_id, self.seats(event_id))

    def seats(self, event_id: str) -> list[dict[str, Any]]:
        """The seat map's seats."""
        answer = self.api.call("GET", f"/events/{event_id}/seats")
        assert answer.status == 200, answer.body
        found: list[dict[str, Any]] = answer.body["seats"]
        return found

    def seat_status(self, event_id: str, seat_id: str) -> str:
        """What the seat map says of one seat."""
        states = {seat["seat_id"]: seat["status"] for seat in self.seats(event_id)}
        return str(states[seat_id])

    def reserve(self, token: str, *seat_ids: str) -> Answer:
        """Ask for a hold."""
        wanted = (
            {"seat_id": seat_ids[0]}
            if len(seat_ids) == 1
            else {"seat_ids": list(seat_ids)}
        )
        return self.api.call("POST", "/reserve", json=wanted, token=token)

    def must_reserve(self, token: str, *seat_ids: str) -> dict[str, Any]:
        """Hold the seats, or fail the test."""
        answer = self.reserve(token, *seat_ids)
        assert answer.status == 200, answer.body
        return dict(answer.body)

    def pay(self, token: str, order_id: str) -> Answer:
        """Ask to pay."""
        return self.api.call("POST", "/pay", json={"order_id": order_id}, token=token)

    def buy(self, token: str, *seat_ids: str) -> dict[str, str]:
        """Reserve and pay, or fail the test; the code of each seat's ticket."""
        order_id = self.must_reserve(token, *seat_ids)["order_id"]
        paid = self.pay(token, order_id)
        assert paid.status == 200, paid.body
        return {one["seat_id"]: one["qr_payload"] for one in paid.body["tickets"]}

    def code(self, token: str, seat_id: str) -> str:
        """A fresh code of one's ticket."""
        answer = self.api.ticket_code(token, seat_id)
        assert answer.status == 200, answer.body
        return str(answer.body["qr_payload"])

    def scan(self, token: str, payload: str, hall_id: str = HALL) -> dict[str, Any]:
        """A decision of the gate, or fail the test."""
        answer = self.api.verify(token, payload, hall_id)
        assert answer.status == 200, answer.body
        return dict(answer.body)

    def scans(self, token: str, event_id: str) -> list[dict[str, Any]]:
        """The log of the gate for one event, newest first."""
        answer = self.api.entry_logs(token, {"event_id": event_id, "page_size": 100})
        assert answer.status == 200, answer.body
        found: list[dict[str, Any]] = answer.body["data"]
        return found

    def new_staff(self, admin: str) -> str:
        """The access token of somebody new at the gate."""
        email = f"{uuid.uuid4().hex}@example.com"
        person = {"email": email, "phone": "+6591234567", "password": PASSWORD}
        made = self.api.call("POST", "/auth/register", json=person)
        assert made.status == 201, made.body
        answer = self.api.change_role(admin, made.body["user_id"], "staff")
        assert answer.status == 200, answer.body
        return self.sign_in(email)

    def order(self, token: str, order_id: str) -> dict[str, Any]:
        """One order."""
        answer = self.api.call("GET", f"/orders/{order_id}", token=token)
        assert answer.status == 200, answer.body
        return dict(answer.body)

    def balance(self, token: str) -> str:
        """What the caller has."""
        answer = self.api.call("GET", "/credits/balance", token=token)
        assert answer.status == 200, answer.body
        return str(answer.body["credit_balance"])

    def broken_invariants(self, admin: str) -> list[dict[str, Any]]:
        """What does not hold."""
        answer = self.api.call("GET", "/admin/invariants", token=admin)
        assert answer.status == 200, answer.body
        return [found for found in answer.body["invariants"] if not found["holds"]]


def event_body(seats: int, price: str = "1.00") -> dict[str, Any]:
    """A valid POST /admin/events."""
    moment = datetime.now(UTC).replace(microsecond=0) + timedelta(days=90)
    return {
        "name": f"Evening {uuid.uuid4().hex[:8]}",
        "type": "CONCERT",
        "venue": {"name": "Hall of Tests", "address": "1 Test Street"},
        "hall_id": HALL,
        "event_date": moment.isoformat().replace("+00:00", "Z"),
        "pricing_tiers": {"CAT1": price},
        "seat_map": [{"category": "CAT1", "rows": ["A"], "seats_per_row": seats}],
    }
