"""Stripe: makes payments possible, and knows which events are Stripe's own."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import stripe
import structlog

from service_common.errors import Unavailable, Unknown
from service_common.http_json import load_json

log = structlog.get_logger()

CURRENCY = "sgd"
MINOR_UNITS = 100
# Connecting and reading. No retries: whoever waits for us repeats the call himself.
_TIMEOUT_S = (2.0, 8.0)
_SIGNATURE_TOLERANCE_S = 300
_PAGE_SIZE = 100
# Answers that say for certain that nothing was made.
_REFUSALS = (
    stripe.InvalidRequestError,
    stripe.AuthenticationError,
    stripe.PermissionError,
)


class BadSignature(Exception):
    """Not Stripe's signature, or one of long ago."""


class PaymentRefused(Unavailable):
    """Stripe made no payment, and would not with the same request again."""


@dataclass(frozen=True, slots=True)
class PaymentIntent:
    """A payment that may be made; with the secret its payer can make it."""

    payment_intent_id: str
    client_secret: str


@dataclass(frozen=True, slots=True)
class StripeEvent:
    """Something that happened at Stripe; `subject` is the object as it then was."""

    event_id: str
    type: str
    subject: Mapping[str, Any]


class StripeGateway:
    """One account at Stripe, or its stand-in."""

    def __init__(
        self, *, secret_key: str, webhook_secret: str, api_base: str | None
    ) -> None:
        self._webhook_secret = webhook_secret
        self._client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": api_base.rstrip("/")} if api_base else None,
            max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=_TIMEOUT_S),
        )

    def create_payment_intent(
        self, *, topup_id: uuid.UUID, user_id: uuid.UUID, amount: Decimal
    ) -> PaymentIntent:
        """Make a payment possible, once a top-up.

        The metadata makes its events complete: they tell whom to credit also when we
        die before the answer arrives. PaymentRefused or Unknown otherwise.
        """
        try:
            made = self._client.v1.payment_intents.create(
                params={
                    "amount": int(amount * MINOR_UNITS),
                    "currency": CURRENCY,
                    "metadata": {"user_id": str(user_id), "topup_id": str(topup_id)},
                },
                options={"idempotency_key": str(topup_id)},
            )
        except _REFUSALS as error:
            log.error("stripe_refused", kind=type(error).__name__, code=error.code)
            raise PaymentRefused("Payments are not possible now.") from None
        except stripe.StripeError as error:
            log.warning("stripe_does_not_answer", kind=type(error).__name__)
            raise Unknown("The payment provider does not answer.") from None
        if not made.client_secret:
            raise Unknown("The payment provider does not answer.")
        return PaymentIntent(made.id, made.client_secret)

    def read_event(self, raw: bytes, signature: str | None) -> StripeEvent | None:
        """The event of a webhook, or BadSignature; None when it is no event of ours."""
        try:
            stripe.WebhookSignature.verify_header(
                raw, signature, self._webhook_secret, _SIGNATURE_TOLERANCE_S
            )
        except (stripe.SignatureVerificationError, ValueError, TypeError):
            # Bytes that are no text, and signatures beyond ASCII, are none of Stripe's.
            raise BadSignature from None
        return _event(load_json(raw))

    def list_events(
        self, kind: str, *, since: datetime, until: datetime
    ) -> Iterator[StripeEvent]:
        """The events of a kind in a span of time, page by page; or Unknown."""
        try:
            pages = self._client.v1.events.list(
                params={
                    "type": kind,
                    "created": {
                        "gte": int(since.timestamp()),
                        "lt": math.ceil(until.timestamp()),
                    },
                    "limit": _PAGE_SIZE,
                }
            )
            for listed in pages.auto_paging_iter():
                event = _event(json.loads(str(listed)))
                if event is not None:
                    yield event
        except stripe.StripeError as error:
            raise Unknown(f"Stripe does not answer: {type(error).__name__}.") from None


def _event(document: Any) -> StripeEvent | None:
    """What is signed is Stripe's, but not every body of Stripe's is an event."""
    if not isinstance(document, dict):
        return None
    event_id, kind = document.get("id"), document.get("type")
    data = document.get("data")
    subject = data.get("object") if isinstance(data, dict) else None
    if not (
        isinstance(event_id, str)
        and isinstance(kind, str)
        and isinstance(subject, dict)
    ):
        return None
    return StripeEvent(event_id, kind, subject)
