"""Stripe's webhooks as Stripe signs them."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import uuid
from typing import Any


def succeeded_event(
    payment_intent_id: str, user_id: str, amount: int
) -> dict[str, Any]:
    """A payment of so many cents that has arrived."""
    return {
        "id": f"evt_{uuid.uuid4().hex}",
        "object": "event",
        "type": "payment_intent.succeeded",
        "created": int(time.time()),
        "data": {
            "object": {
                "id": payment_intent_id,
                "object": "payment_intent",
                "amount_received": amount,
                "currency": "sgd",
                "metadata": {"user_id": user_id},
            }
        },
    }


def encode(event: dict[str, Any]) -> bytes:
    """The body as it is sent."""
    return json.dumps(event).encode()


def signature(body: bytes, secret: str, moment: float | None = None) -> str:
    """The header Stripe-Signature over exactly these bytes."""
    at = int(time.time() if moment is None else moment)
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={digest.hexdigest()}"
