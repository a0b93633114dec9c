"""Events of Stripe, made and signed as Stripe does."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import stripe

WEBHOOK_SECRET = "whsec_of-the-tests-and-nobody-else"


def an_id(prefix: str) -> str:
    return f"{prefix}_{uuid.uuid4().hex}"


def an_event(kind: str, subject: dict[str, Any]) -> bytes:
    """The body of a webhook."""
    event = {
        "id": an_id("evt"),
        "object": "event",
        "type": kind,
        "created": int(time.time()),
        "data": {"object": subject},
    }
    return json.dumps(event, indent=2).encode()


def signed(body: bytes, secret: str = WEBHOOK_SECRET, age_s: int = 0) -> dict[str, str]:
    """The headers that come with it."""
    signature = stripe.WebhookSignature.generate_signature_header(
        body.decode(), secret, int(time.time()) - age_s
    )
    return {"Stripe-Signature": signature, "Content-Type": "application/json"}


@dataclass
class Payment:
    """One payment and everything that Stripe may tell of it."""

    user_id: str
    cents: int = 10000
    topup_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    intent: str = field(default_factory=lambda: an_id("pi"))
    charge: str = field(default_factory=lambda: an_id("ch"))

    def succeeded(self, **changes: Any) -> bytes:
        return an_event("payment_intent.succeeded", self._intent("succeeded", changes))

    def failed(self, **changes: Any) -> bytes:
        subject = self._intent("requires_payment_method", changes)
        return an_event("payment_intent.payment_failed", subject)

    def refunded(self, cents: int, **changes: Any) -> bytes:
        """So much of it in all, until now."""
        subject = {
            "id": self.charge,
            "object": "charge",
            "payment_intent": self.intent,
            "amount": self.cents,
            "amount_refunded": cents,
            "currency": "sgd",
            **changes,
        }
        return an_event("charge.refunded", subject)

    def disputed(self, cents: int | None = None, **changes: Any) -> bytes:
        subject = {
            "id": f"du_{self.charge}",
            "object": "dispute",
            "charge": self.charge,
            "payment_intent": self.intent,
            "amount": self.cents if cents is None else cents,
            "currency": "sgd",
            **changes,
        }
        return an_event("charge.dispute.created", subject)

    def _intent(self, status: str, changes: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": self.intent,
            "object": "payment_intent",
            "status": status,
            "amount": self.cents,
            "amount_received": self.cents if status == "succeeded" else 0,
            "currency": "sgd",
            "metadata": {"user_id": self.user_id, "topup_id": self.topup_id},
            **changes,
        }
