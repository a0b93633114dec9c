"""Customers with credits, as many as lanes."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import requests

from local_stack import Stack
from support.shop import Person, Shop
from support.waiting import eventually
from support.webhooks import encode, signature, succeeded_event

_TIMEOUT_S = 10
_WITHIN_S = 60


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody who buys in one lane only, so that his balance tells what it did."""

    person: Person

    @property
    def token(self) -> str:
        return self.person.token


def new_customer(stack: Stack, shop: Shop, credits_: int) -> Customer:
    """Somebody new whose payment of so many dollars Stripe has told of."""
    person = eventually(shop.new_person, bool, within_s=_WITHIN_S)
    event = succeeded_event(f"pi_{uuid.uuid4().hex}", person.user_id, 100 * credits_)
    body = encode(event)
    secret = stack.context.secrets["STRIPE_WEBHOOK_SECRET"]
    headers = {
        "Content-Type": "application/json",
        "Stripe-Signature": signature(body, secret),
    }
    url = f"{stack.url('gateway')}/webhooks/stripe"
    eventually(
        lambda: requests.post(url, data=body, headers=headers, timeout=_TIMEOUT_S),
        lambda answer: answer.ok,
        within_s=_WITHIN_S,
    )
    return Customer(person)
