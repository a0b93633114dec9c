"""Stripe tells twice, late and all at once, while the user service is killed."""

from __future__ import annotations

import random
import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import requests

from local_stack import Stack
from support.shop import Person, Shop
from support.waiting import eventually
from support.webhooks import encode, signature, succeeded_event

PAYMENTS = 50
DELIVERIES_EACH = 4
KILLS = 2


def _deliver(url: str, body: bytes, secret: str) -> bool:
    """One delivery; like Stripe's, it counts when it was answered with a 2xx."""
    try:
        answer = requests.post(
            url,
            data=body,
            headers={
                "Content-Type": "application/json",
                "Stripe-Signature": signature(body, secret),
            },
            timeout=10,
        )
    except requests.RequestException:
        return False
    return answer.ok


def test_each_of_fifty_payments_is_credited_once_whatever_comes_how_often(
    live: Stack, shop: Shop
) -> None:
    secret = live.context.secrets["STRIPE_WEBHOOK_SECRET"]
    url = f"{live.url('gateway')}/webhooks/stripe"
    people = [shop.new_person() for _ in range(5)]
    payments = [
        (f"pi_{uuid.uuid4().hex}", people[n % 5], 100 + n) for n in range(PAYMENTS)
    ]
    deliveries = [
        encode(succeeded_event(intent, person.user_id, cents))
        for intent, person, cents in payments
        for _ in range(DELIVERIES_EACH)
    ]
    random.Random(7).shuffle(deliveries)  # noqa: S311 - a schedule that repeats

    def deliver_until_taken(body: bytes) -> None:
        eventually(lambda: _deliver(url, body, secret), bool, within_s=60)

    with ThreadPoolExecutor(9) as pool:
        sending = [pool.submit(deliver_until_taken, body) for body in deliveries]
        for part in range(1, KILLS + 1):
            enough = len(deliveries) * part // (KILLS + 1)
            eventually(
                lambda: sum(sent.done() for sent in sending),
                lambda done, enough=enough: done >= enough,  # type: ignore[misc]
                within_s=60,
                every_s=0.01,
            )
            live.kill("user-service")
            live.restart("user-service")
        for sent in sending:
            sent.result()

    assert len(deliveries) == PAYMENTS * DELIVERIES_EACH
    for person in people:
        owed = _sum(payments, person)
        assert Decimal(shop.balance(person.token)) == owed
        entries = shop.api.call(
            "GET", "/credits/entries", params={"page_size": 100}, token=person.token
        )
        assert entries.body["pagination"]["total"] == PAYMENTS // len(people)


def _sum(payments: list[tuple[str, Person, int]], person: Person) -> Decimal:
    cents = sum(amount for _, payer, amount in payments if payer is person)
    return Decimal(cents) / 100
