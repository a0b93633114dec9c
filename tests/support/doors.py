"""Who may do what at which address: the contract's word, written by hand.

`{id}` stands for any part of a path that names one thing. A view that is not here fails
test_security_matrix, and so does a line without a view.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

CUSTOMER, STAFF, ORGANISER, ADMIN = "customer", "staff", "organiser", "admin"
ROLES = (CUSTOMER, STAFF, ORGANISER, ADMIN)

PUBLIC = frozenset(
    {
        "POST /auth/register",
        "POST /auth/login",
        "POST /auth/refresh",
        "POST /auth/logout",
        "POST /auth/mfa/verify",
        "POST /webhooks/stripe",
        "GET /events",
        "GET /events/{id}",
        "GET /events/{id}/seats",
        "GET /openapi.json",
        "GET /docs",
        "GET /docs/{id}",
    }
)

_ANY_ROLE = (
    "GET /users/me",
    "GET /users/{id}",
    "POST /auth/mfa/enroll",
    "POST /auth/mfa/activate",
    "GET /credits/balance",
    "GET /credits/entries",
    "POST /credits/topup",
    "GET /credits/topups/{id}",
    "POST /reserve",
    "DELETE /reserve/{id}",
    "POST /verify-otp",
    "POST /pay",
    "GET /orders",
    "GET /orders/{id}",
    "POST /transfer/initiate",
    "POST /transfer/confirm",
    "POST /transfer/cancel",
    "POST /transfer/dispute",
    "GET /transfers",
    "GET /transfers/{id}",
    "GET /tickets",
    "GET /tickets/{id}/qr",
)
_GATEKEEPERS = (
    "POST /verify",
    "POST /verify/offline-batch",
    "GET /events/{id}/scan-manifest",
    "GET /entry-logs",
)
_ORGANISERS = (
    "POST /admin/events",
    "GET /admin/events/{id}/dashboard",
    "GET /admin/sagas/{id}",
)
_ADMINS = (
    "POST /users/{id}/flag",
    "POST /users/{id}/unflag",
    "POST /users/{id}/role",
    "POST /transfer/reverse",
    "POST /transfer/uphold",
    "GET /admin/sagas",
    "POST /admin/sagas/{id}/retry",
    "GET /admin/invariants",
)

WHO_MAY: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_ANY_ROLE, ROLES),
    **dict.fromkeys(_GATEKEEPERS, (STAFF, ADMIN)),
    **dict.fromkeys(_ORGANISERS, (ORGANISER, ADMIN)),
    **dict.fromkeys(_ADMINS, (ADMIN,)),
}


@dataclass(frozen=True, slots=True)
class Belongings:
    """What one person has, and another would like to."""

    user_id: str
    buyer_id: str
    held_order_id: str
    paid_order_id: str
    seat_id: str
    topup_id: str
    transfer_id: str

    def ids(self) -> tuple[str, ...]:
        """Every id that no list of another person may have in it."""
        return (
            self.user_id,
            self.held_order_id,
            self.paid_order_id,
            self.seat_id,
            self.topup_id,
            self.transfer_id,
        )


@dataclass(frozen=True, slots=True)
class Grab:
    """A request for what belongs to another, and what it is answered."""

    path: str
    body: dict[str, Any] | None = None
    status: int = 403
    code: str = "FORBIDDEN"


def _order(theirs: Belongings, **more: Any) -> dict[str, Any]:
    return {"order_id": theirs.held_order_id, **more}


def _transfer(theirs: Belongings, **more: Any) -> dict[str, Any]:
    return {"transfer_id": theirs.transfer_id, **more}


# By somebody else who is signed in, with a role that may call it at all.
GRABS: Mapping[str, Callable[[Belongings], Grab]] = {
    "GET /users/{id}": lambda b: Grab(f"/users/{b.user_id}"),
    "GET /credits/topups/{id}": lambda b: Grab(
        f"/credits/topups/{b.topup_id}", status=404, code="TOPUP_NOT_FOUND"
    ),
    "POST /reserve": lambda b: Grab(
        "/reserve", {"seat_id": b.seat_id, "user_id": b.user_id}
    ),
    "DELETE /reserve/{id}": lambda b: Grab(f"/reserve/{b.held_order_id}"),
    "POST /verify-otp": lambda b: Grab(
        "/verify-otp", {"reference_id": b.held_order_id, "otp_code": "000000"}
    ),
    "POST /pay": lambda b: Grab("/pay", _order(b)),
    "GET /orders/{id}": lambda b: Grab(f"/orders/{b.paid_order_id}"),
    "GET /tickets/{id}/qr": lambda b: Grab(
        f"/tickets/{b.seat_id}/qr", code="NOT_SEAT_OWNER"
    ),
    "POST /transfer/initiate": lambda b: Grab(
        "/transfer/initiate",
        {
            "seat_id": b.seat_id,
            "seller_id": b.user_id,
            "buyer_id": b.buyer_id,
            "credits_amount": "1.00",
        },
    ),
    "POST /transfer/confirm": lambda b: Grab(
        "/transfer/confirm", _transfer(b, seller_otp="000000", buyer_otp="000000")
    ),
    "POST /transfer/cancel": lambda b: Grab("/transfer/cancel", _transfer(b)),
    "POST /transfer/dispute": lambda b: Grab(
        "/transfer/dispute", _transfer(b, reason="I would like to have it.")
    ),
    "GET /transfers/{id}": lambda b: Grab(f"/transfers/{b.transfer_id}"),
    "POST /verify": lambda b: Grab(
        "/verify", {"qr_payload": "x", "hall_id": "HALL-T", "staff_id": b.user_id}
    ),
    "POST /verify/offline-batch": lambda b: Grab(
        "/verify/offline-batch",
        {
            "hall_id": "HALL-T",
            "scans": [
                {
                    "scan_id": str(uuid.uuid4()),
                    "qr_payload": "x",
                    "scanned_at": datetime.now(UTC).isoformat(),
                }
            ],
            "staff_id": b.user_id,
        },
    ),
}

# What answers with the caller's own, whoever he is.
ONES_OWN = frozenset(
    {
        "GET /users/me",
        "GET /credits/balance",
        "GET /credits/entries",
        "GET /orders",
        "GET /transfers",
        "GET /tickets",
    }
)

# What names nothing that could be another's, and why.
UNOWNED: Mapping[str, str] = {
    "POST /auth/mfa/enroll": "about the caller's own account only",
    "POST /auth/mfa/activate": "about the caller's own account only",
    "POST /credits/topup": "buys for the caller only",
    "GET /events/{id}/scan-manifest": "every gatekeeper guards every gate",
    "GET /entry-logs": "every gatekeeper guards every gate",
    "POST /admin/events": "makes something new",
    "GET /admin/events/{id}/dashboard": "organisers are one organisation",
    "GET /admin/sagas/{id}": "tested with its roles: of others, publications only",
    **dict.fromkeys(_ADMINS, "an admin may"),
}
