"""The two ways in which events of Stripe arrive: told by webhook, or asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import structlog

from user_service.gateways.stripe_gateway import (
    BadSignature,
    StripeEvent,
    StripeGateway,
)
from user_service.services.payment_service import PaymentOutcome, PaymentService
from user_service.services.refusals import InvalidSignature
from user_service.services.stripe_facts import EVENT_TYPES, Fact, understand

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Replayed:
    """An event that was asked for, and what it came to."""

    event: StripeEvent
    fact: Fact
    outcome: PaymentOutcome


class StripeEvents:
    """Whichever way an event comes, the same is done with it."""

    def __init__(self, stripe: StripeGateway, payments: PaymentService) -> None:
        self._stripe = stripe
        self._payments = payments

    def receive(self, raw: bytes, signature: str | None) -> None:
        """Do what a webhook tells; returns once that is committed."""
        try:
            event = self._stripe.read_event(raw, signature)
        except BadSignature:
            raise InvalidSignature from None
        fact = understand(event) if event else None
        if event is None or fact is None:
            log.info("stripe_event_ignored", kind=event.type if event else None)
            return
        self._payments.apply(fact)

    def replay(self, since: datetime, until: datetime) -> Iterator[Replayed]:
        """Do what Stripe told in a span of time, whether or not it arrived then."""
        for kind in EVENT_TYPES:
            for event in self._stripe.list_events(kind, since=since, until=until):
                fact = understand(event)
                if fact is not None:
                    yield Replayed(event, fact, self._payments.apply(fact))
