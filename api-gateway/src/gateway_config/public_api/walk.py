"""The scenarios as requests in order: who asks for what, with what he was told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


def told(request: str, path: str) -> str:
    """What an earlier request was answered, as a variable."""
    return f"{{{{{request}.response.body.$.{path}}}}}"


@dataclass(frozen=True, slots=True)
class Step:
    """One request; `name` is what later ones call its answer by.

    `operation` is an operationId of the document, `who` the person whose token goes
    along, `path` and `query` fill the address, `has_key` adds an Idempotency-Key.
    """

    name: str
    operation: str
    remark: str
    who: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    has_key: bool = False


@dataclass(frozen=True, slots=True)
class Inbox:
    """A look into the inbox of the SMU stand-in, which is no part of the API."""

    name: str
    remark: str
    phone: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """A scenario."""

    title: str
    steps: tuple[Step | Inbox, ...]


def _login(person: str) -> Step:
    return Step(
        f"{person}_login",
        "login",
        f"{person.capitalize()} signs in; what follows uses the token.",
        body={"email": f"{{{{{person}_email}}}}", "password": "{{password}}"},
    )


def _scan(name: str, remark: str, code: str, hall: str = "HALL-B") -> Step:
    body = {"qr_payload": told(code, "qr_payload"), "hall_id": hall}
    # Each scan is one of its own, or it would be answered like the one before.
    return Step(name, "verify_ticket", remark, "staff", body, has_key=True)


_EVENT = told("events", "data[0].event_id")
_SEAT = told("reserved", "seat_id")
_FREE = "seats[?(@.status=='AVAILABLE')].seat_id"
_TRANSFER = told("offer", "transfer_id")

PURCHASE = Chapter(
    "Scenario 1: purchase",
    (
        _login("alice"),
        Step("events", "list_events", "What is on.", query="q=Symphony"),
        Step("seats", "list_seats", "Its seats.", path={"event_id": _EVENT}),
        Step(
            "reserved",
            "reserve_seat",
            "The first seat that is free; it is held for five minutes.",
            "alice",
            {"seat_id": told("seats", _FREE)},
            has_key=True,
        ),
        Step(
            "paid",
            "pay_order",
            "Paid with credits. Sent again, it answers the same and charges nothing.",
            "alice",
            {"order_id": told("reserved", "order_id")},
            has_key=True,
        ),
        Step(
            "order",
            "get_order",
            "The order is CONFIRMED.",
            "alice",
            path={"order_id": told("reserved", "order_id")},
        ),
        Step(
            "sold",
            "reserve_seat",
            "The same seat once more: 409 SEAT_ALREADY_SOLD.",
            "alice",
            {"seat_id": _SEAT},
        ),
    ),
)
HIGH_RISK = Chapter(
    "Scenario 1, high risk: a code by SMS before the payment",
    (
        _login("flo"),
        Step("seats_left", "list_seats", "Seats again.", path={"event_id": _EVENT}),
        Step(
            "flo_reserved",
            "reserve_seat",
            "Held, with the status OTP_REQUIRED.",
            "flo",
            {"seat_id": told("seats_left", _FREE)},
        ),
        Step(
            "too_early",
            "pay_order",
            "428 OTP_REQUIRED.",
            "flo",
            {"order_id": told("flo_reserved", "order_id")},
        ),
        Inbox("flo_inbox", "The code that was sent.", "{{flo_phone}}"),
        Step(
            "flo_verified",
            "verify_otp",
            "Now the order may be paid.",
            "flo",
            {
                "reference_id": told("flo_reserved", "order_id"),
                "otp_code": told("flo_inbox", "messages[0].otp_code"),
            },
        ),
        Step(
            "flo_paid",
            "pay_order",
            "Paid.",
            "flo",
            {"order_id": told("flo_reserved", "order_id")},
        ),
    ),
)
TRANSFER = Chapter(
    "Scenario 2: transfer",
    (
        _login("bob"),
        Step(
            "old_code",
            "get_ticket_code",
            "Alice's code for the gate; it dies with the transfer.",
            "alice",
            path={"seat_id": _SEAT},
        ),
        Step(
            "offer",
            "initiate_transfer",
            "Alice sells to Bob; both get a code by SMS.",
            "alice",
            {
                "seat_id": _SEAT,
                "buyer_id": told("bob_login", "user.user_id"),
                "credits_amount": "20.00",
            },
        ),
        Inbox("alice_inbox", "The seller's code.", "{{alice_phone}}"),
        Inbox("bob_inbox", "The buyer's code.", "{{bob_phone}}"),
        Step(
            "half",
            "confirm_transfer",
            "Each enters his own code: with one of them nothing moves.",
            "alice",
            {
                "transfer_id": _TRANSFER,
                "seller_otp": told("alice_inbox", "messages[0].otp_code"),
            },
        ),
        Step(
            "whole",
            "confirm_transfer",
            "With both of them the seat is Bob's and the credits are Alice's.",
            "bob",
            {
                "transfer_id": _TRANSFER,
                "buyer_otp": told("bob_inbox", "messages[0].otp_code"),
            },
        ),
        Step("tickets", "list_tickets", "What Bob has now.", "bob"),
    ),
)
GATE = Chapter(
    "Scenario 3: verification",
    (
        _login("staff"),
        Step(
            "code",
            "get_ticket_code",
            "Bob's code, good for a minute.",
            "bob",
            path={"seat_id": _SEAT},
        ),
        _scan("wrong_hall", "WRONG_HALL: another hall.", "code", "HALL-A"),
        _scan("too_old", "EXPIRED: Alice's code is of an owner before.", "old_code"),
        _scan("let_in", "SUCCESS: Valid Entry.", "code"),
        _scan("again", "DUPLICATE: Already Checked In.", "code"),
        Step(
            "log",
            "list_scans",
            "Every scan is written down.",
            "staff",
            query=f"event_id={_EVENT}",
        ),
    ),
)
OPERATIONS = Chapter(
    "Behind the scenes",
    (
        _login("admin"),
        Step("sagas", "list_sagas", "The sagas of what was done.", "admin"),
        Step("invariants", "check_invariants", "Whether everything holds.", "admin"),
    ),
)
WALK = (PURCHASE, HIGH_RISK, TRANSFER, GATE, OPERATIONS)
VARIABLES = {
    "gateway": "http://127.0.0.1:8000",
    "inbox": "http://127.0.0.1:8090",
    "password": "demo-password-1",
    "alice_email": "alice@example.com",
    "alice_phone": "%2B6591000001",
    "bob_email": "bob@example.com",
    "bob_phone": "%2B6591000002",
    "flo_email": "flo@example.com",
    "flo_phone": "%2B6591000004",
    "staff_email": "staff@example.com",
    "admin_email": "admin@example.com",
}
