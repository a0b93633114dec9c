"""Credits are bought through Stripe: paid once, credited once, whatever is forged."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest
import requests

from support.shop import Shop
from support.stripe_standin import DECLINED_CARD, StripeStandin
from support.waiting import eventually
from support.webhooks import encode, signature, succeeded_event
from ticket_demo.api import Answer


def _topup(shop: Shop, token: str, amount: Any) -> Answer:
    return shop.api.call("POST", "/credits/topup", json={"amount": amount}, token=token)


def _status(shop: Shop, token: str, topup_id: str) -> str:
    answer = shop.api.call("GET", f"/credits/topups/{topup_id}", token=token)
    assert answer.status == 200, answer.body
    return str(answer.body["status"])


def _deliver(shop: Shop, body: bytes, signature: str | None) -> requests.Response:
    headers = {"Content-Type": "application/json"}
    if signature is not None:
        headers["Stripe-Signature"] = signature
    return requests.post(
        f"{shop.api.base_url}/webhooks/stripe", data=body, headers=headers, timeout=10
    )


def test_paid_topup_is_credited_by_the_webhook(
    shop: Shop, stripe: StripeStandin
) -> None:
    token = shop.new_customer()
    topup = _topup(shop, token, "25.50")
    before = _status(shop, token, topup.body["topup_id"])

    stripe.pay(topup.body["payment_intent_id"])

    assert topup.status == 201
    assert set(topup.body) == {
        "topup_id",
        "payment_intent_id",
        "client_secret",
        "amount",
        "currency",
        "status",
    }
    assert (topup.body["amount"], topup.body["currency"]) == ("25.50", "SGD")
    assert (topup.body["status"], before) == ("PENDING", "PENDING")
    eventually(
        lambda: _status(shop, token, topup.body["topup_id"]),
        lambda status: status == "SUCCEEDED",
        within_s=15,
    )
    assert shop.balance(token) == "25.50"
    [entry] = shop.api.call("GET", "/credits/entries", token=token).body["data"]
    assert (entry["amount"], entry["balance_after"]) == ("25.50", "25.50")


def test_bought_credits_buy_a_ticket(shop: Shop, stripe: StripeStandin) -> None:
    token = shop.new_customer()
    event = shop.publish(price="12.00")
    topup = _topup(shop, token, "15.00")
    stripe.pay(topup.body["payment_intent_id"])
    eventually(
        lambda: shop.balance(token), lambda balance: balance == "15.00", within_s=15
    )

    order_id = shop.must_reserve(token, event.seat_ids[0])["order_id"]

    assert shop.pay(token, order_id).body["remaining_balance"] == "3.00"


def test_declined_card_fails_the_topup_and_credits_nothing(
    shop: Shop, stripe: StripeStandin
) -> None:
    token = shop.new_customer()
    topup = _topup(shop, token, "25.00")

    stripe.pay(topup.body["payment_intent_id"], DECLINED_CARD)

    eventually(
        lambda: _status(shop, token, topup.body["topup_id"]),
        lambda status: status == "FAILED",
        within_s=15,
    )
    assert shop.balance(token) == "0.00"


@pytest.mark.parametrize(
    "amount",
    ["0.99", "10000.01", "1.555", "-5.00", "1e2", "NaN", "", 5, 5.0, None, [], {}],
)
def test_wrong_amount_is_refused(shop: Shop, alice: str, amount: Any) -> None:
    answer = _topup(shop, alice, amount)

    assert (answer.status, answer.code) == (400, "INVALID_INPUT")


def test_somebody_elses_topup_is_not_found(shop: Shop, alice: str) -> None:
    topup_id = _topup(shop, alice, "5.00").body["topup_id"]

    for found in (topup_id, str(uuid.uuid4()), "no-uuid"):
        answer = shop.api.call(
            "GET", f"/credits/topups/{found}", token=shop.new_customer()
        )
        assert (answer.status, answer.code) == (404, "TOPUP_NOT_FOUND")


def test_repeated_topup_under_one_key_is_one_payment(shop: Shop) -> None:
    token = shop.new_customer()
    key = {"Idempotency-Key": uuid.uuid4().hex}
    answers = [
        shop.api.call(
            "POST",
            "/credits/topup",
            json={"amount": "7.00"},
            token=token,
            headers=key,
        )
        for _ in range(2)
    ]

    assert answers[0].raw == answers[1].raw
    assert answers[1].replayed


def test_forged_webhook_is_refused_and_credits_nothing(
    shop: Shop, webhook_secret: str
) -> None:
    person = shop.new_person()
    body = encode(succeeded_event("pi_forged", person.user_id, 100_000))
    now = time.time()
    good = signature(body, webhook_secret, now)
    forgeries = [
        (body, None),
        (body, ""),
        (body, "t=1,v1=00"),
        (body, signature(body, "whsec_guess", now)),
        (body, signature(body, webhook_secret, now - 301)),
        (body.replace(b"100000", b"999999"), good),
        (body[:-1], good),
    ]

    answers = [_deliver(shop, payload, signed) for payload, signed in forgeries]

    assert {answer.status_code for answer in answers} == {400}
    codes = {answer.json()["error"]["code"] for answer in answers}
    assert codes == {"INVALID_SIGNATURE"}
    assert shop.balance(person.token) == "0.00"


def test_replayed_webhook_credits_once(shop: Shop, webhook_secret: str) -> None:
    person = shop.new_person()
    event = succeeded_event(f"pi_{uuid.uuid4().hex}", person.user_id, 1_234)
    for _ in range(5):
        body = encode({**event, "id": f"evt_{uuid.uuid4().hex}"})
        signed = signature(body, webhook_secret)
        assert _deliver(shop, body, signed).json() == {"received": True}

    assert shop.balance(person.token) == "12.34"


def test_unknown_event_is_acknowledged(shop: Shop, webhook_secret: str) -> None:
    body = encode(
        {"id": "evt_1", "object": "event", "type": "invoice.paid", "data": {}}
    )
    signed = signature(body, webhook_secret)

    answer = _deliver(shop, body, signed)

    assert (answer.status_code, answer.json()) == (200, {"received": True})
