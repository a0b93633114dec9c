from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal

import pytest

from builders.payments import Payment
from user_service.gateways.stripe_gateway import StripeEvent
from user_service.models.stripe_payment import PaymentProblem, TakeBackKind
from user_service.services.payment_service import due_take_backs
from user_service.services.stripe_facts import (
    Failed,
    Succeeded,
    TakenBack,
    understand,
)

PAYMENT = Payment("6b5c2a34-8d9e-4f5a-9c51-52c2f4f4a001", cents=12345)


def _event(body: bytes) -> StripeEvent:
    document = json.loads(body)
    return StripeEvent(document["id"], document["type"], document["data"]["object"])


def test_success_is_what_stripe_received() -> None:
    fact = understand(_event(PAYMENT.succeeded()))

    assert isinstance(fact, Succeeded)
    assert (fact.received, fact.problem) == (Decimal("123.45"), None)
    assert str(fact.user_id) == PAYMENT.user_id
    assert str(fact.topup_id) == PAYMENT.topup_id


def test_success_in_another_currency_is_no_amount_of_ours() -> None:
    fact = understand(_event(PAYMENT.succeeded(currency="jpy")))

    assert isinstance(fact, Succeeded)
    assert (fact.received, fact.problem) == (None, PaymentProblem.WRONG_CURRENCY)


def test_failure_names_its_topup() -> None:
    fact = understand(_event(PAYMENT.failed()))

    assert isinstance(fact, Failed)
    assert str(fact.topup_id) == PAYMENT.topup_id


def test_refund_is_the_sum_of_its_charge_and_dispute_its_own() -> None:
    refund = understand(_event(PAYMENT.refunded(500)))
    dispute = understand(_event(PAYMENT.disputed(700)))

    assert refund == TakenBack(
        PAYMENT.intent, PAYMENT.charge, TakeBackKind.REFUND, Decimal(5)
    )
    assert dispute == TakenBack(
        PAYMENT.intent, f"du_{PAYMENT.charge}", TakeBackKind.DISPUTE, Decimal(7)
    )


def test_refund_in_another_currency_takes_nothing() -> None:
    assert understand(_event(PAYMENT.refunded(500, currency="usd"))) is None


@dataclass
class Row:
    amount: Decimal
    taken: Decimal = Decimal(0)


@pytest.mark.parametrize(
    ("rows", "shares"),
    [
        ([], []),
        ([Row(Decimal(30))], [30]),
        ([Row(Decimal(30), Decimal(30))], [0]),
        ([Row(Decimal(150))], [100]),
        ([Row(Decimal(80)), Row(Decimal(80))], [80, 20]),
        ([Row(Decimal(80), Decimal(20)), Row(Decimal(80), Decimal(80))], [0, 0]),
    ],
)
def test_together_never_more_is_taken_back_than_was_received(
    rows: list[Row], shares: list[int]
) -> None:
    due = due_take_backs(Decimal(100), rows)

    assert [share for _, share in due] == shares
