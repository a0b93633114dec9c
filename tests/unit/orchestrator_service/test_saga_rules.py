"""What is said of a saga whose traces in four databases do not agree."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from orchestrator_service.clients.facts import Charge, Claim, OrderFact, TransferFact
from orchestrator_service.services.reconciliation.saga_facts import (
    Fact,
    SagaFact,
    SagaFacts,
)
from orchestrator_service.services.reconciliation.saga_rules import judge_saga

SAGA, ORDER, HOLD, SEAT = "saga-1", "order-1", "hold-1", "seat-1"
BUYER, SELLER = "buyer-1", "seller-1"
PRICE = Decimal("20.00")
CHARGE_BOUGHT = "every_charge_bought_something_or_came_back"
ORDER_IS_PAID = "every_confirmed_order_is_paid_and_handed_over"
WHOLE = "every_ended_saga_is_whole_or_left_nothing"
MOVED_ONCE = "every_transfer_moved_ticket_and_credits_once"
NO_CLAIM_LEFT = "no_claim_outlives_its_saga"

PURCHASE = SagaFact(SAGA, "purchase", ORDER, "DONE", BUYER, PRICE, None, None, None)
CLAIM = Claim(SAGA, "PURCHASE", "CONFIRMED", HOLD, "", 2)
DEDUCT = Charge(SAGA, "deduct", BUYER, PRICE)
BOUGHT = OrderFact(ORDER, BUYER, HOLD, SAGA, "CONFIRMED", PRICE, PRICE, 2)

SWAP = SagaFact(SAGA, "transfer", SAGA, "DONE", None, PRICE, SELLER, BUYER, None)
TICKET_CLAIM = Claim(SAGA, "TRANSFER", "CONFIRMED", "", SEAT, 1)
MOVE = Charge(SAGA, "move", BUYER, PRICE)
RESOLD = OrderFact("order-2", BUYER, None, SAGA, "CONFIRMED", PRICE, PRICE, 1)
TRANSFER = TransferFact(SAGA, SEAT, SELLER, BUYER, "COMPLETED", PRICE, 1, 2)

REVERSAL = SagaFact(SAGA, "reversal", "t-1", "DONE", None, PRICE, SELLER, BUYER, None)
RETURN = Charge(SAGA, "return", SELLER, PRICE)


def _broken(*facts: Fact | None) -> set[str]:
    present = [fact for fact in facts if fact is not None]
    found = list(judge_saga(SagaFacts.gather(SAGA, present)))
    assert all(finding.key == SAGA and SAGA in finding.what for finding in found)
    return {finding.rule.name for finding in found}


@pytest.mark.parametrize(
    "facts",
    [
        (PURCHASE, CLAIM, DEDUCT, BOUGHT),
        (replace(PURCHASE, state="FAILED"), replace(CLAIM, state="REVOKED")),
        (replace(PURCHASE, state="FAILED"), replace(DEDUCT, amount=Decimal(0))),
        (replace(CLAIM, state="REVOKED"),),
        (SWAP, TICKET_CLAIM, MOVE, RESOLD, TRANSFER),
        (
            replace(SWAP, reversal_state="DONE"),
            TICKET_CLAIM,
            MOVE,
            replace(RESOLD, status="REFUNDED"),
            replace(TRANSFER, status="REVERSED"),
        ),
        (
            replace(SWAP, reversal_state="RUNNING"),
            TICKET_CLAIM,
            MOVE,
            RESOLD,
            replace(TRANSFER, status="DISPUTED"),
        ),
        (replace(TRANSFER, status="PENDING_OTP", completed_version=None),),
        (
            replace(SWAP, state="FAILED"),
            replace(TRANSFER, status="FAILED", completed_version=None),
        ),
        (REVERSAL, TICKET_CLAIM, RETURN),
        (replace(REVERSAL, state="FAILED"), replace(TICKET_CLAIM, state="REVOKED")),
    ],
)
def test_healthy_saga_breaks_nothing(facts: tuple[Fact, ...]) -> None:
    assert _broken(*facts) == set()


@pytest.mark.parametrize("state", ["RUNNING", "ABORTING", "STUCK"])
def test_saga_under_way_is_left_alone(state: str) -> None:
    assert _broken(replace(PURCHASE, state=state), CLAIM, DEDUCT) == set()


@pytest.mark.parametrize(
    ("facts", "broken"),
    [
        # charged, and nothing came of it
        ((DEDUCT,), {CHARGE_BOUGHT, WHOLE}),
        ((replace(PURCHASE, state="FAILED"), DEDUCT), {CHARGE_BOUGHT, WHOLE}),
        (
            (PURCHASE, CLAIM, DEDUCT, None),
            {CHARGE_BOUGHT, ORDER_IS_PAID, WHOLE},
        ),
        # handed over or confirmed without the rest
        ((PURCHASE, CLAIM, BOUGHT), {ORDER_IS_PAID, WHOLE}),
        (
            (PURCHASE, replace(CLAIM, state="REVOKED"), DEDUCT, BOUGHT),
            {CHARGE_BOUGHT, ORDER_IS_PAID, WHOLE},
        ),
        ((replace(PURCHASE, state="FAILED"), CLAIM, DEDUCT, BOUGHT), {WHOLE}),
        ((CLAIM, DEDUCT, BOUGHT), {WHOLE}),
        ((PURCHASE,), {WHOLE}),
        # all there, and not the same
        (
            (PURCHASE, CLAIM, replace(DEDUCT, amount=Decimal("19.99")), BOUGHT),
            {ORDER_IS_PAID, WHOLE},
        ),
        (
            (PURCHASE, CLAIM, replace(DEDUCT, payer_id="else"), BOUGHT),
            {ORDER_IS_PAID, WHOLE},
        ),
        (
            (PURCHASE, replace(CLAIM, hold_id="else"), DEDUCT, BOUGHT),
            {ORDER_IS_PAID, WHOLE},
        ),
        (
            (PURCHASE, replace(CLAIM, seat_count=1), DEDUCT, BOUGHT),
            {ORDER_IS_PAID, WHOLE},
        ),
        (
            (PURCHASE, CLAIM, DEDUCT, BOUGHT, replace(BOUGHT, order_id="order-9")),
            {CHARGE_BOUGHT, ORDER_IS_PAID, WHOLE},
        ),
        # a claim that nobody will close
        (
            (replace(PURCHASE, state="FAILED"), replace(CLAIM, state="OPEN")),
            {NO_CLAIM_LEFT},
        ),
        ((replace(CLAIM, state="OPEN"),), {NO_CLAIM_LEFT}),
    ],
)
def test_torn_purchase_is_named_by_every_rule_it_breaks(
    facts: tuple[Fact | None, ...], broken: set[str]
) -> None:
    assert _broken(*facts) == broken


@pytest.mark.parametrize(
    ("facts", "broken"),
    [
        (
            (SWAP, TICKET_CLAIM, None, RESOLD, TRANSFER),
            {ORDER_IS_PAID, MOVED_ONCE, WHOLE},
        ),
        ((SWAP, TICKET_CLAIM, MOVE, None, TRANSFER), {MOVED_ONCE, WHOLE}),
        (
            (SWAP, TICKET_CLAIM, MOVE, RESOLD, None),
            {CHARGE_BOUGHT, MOVED_ONCE, WHOLE},
        ),
        (
            (SWAP, replace(TICKET_CLAIM, seat_id="x"), MOVE, RESOLD, TRANSFER),
            {MOVED_ONCE, WHOLE},
        ),
        (
            (SWAP, TICKET_CLAIM, replace(MOVE, payer_id=SELLER), RESOLD, TRANSFER),
            {MOVED_ONCE, WHOLE},
        ),
        (
            (
                SWAP,
                TICKET_CLAIM,
                MOVE,
                RESOLD,
                replace(TRANSFER, completed_version=3),
            ),
            {MOVED_ONCE, WHOLE},
        ),
        # reversed in the books alone, and in the log alone
        (
            (SWAP, TICKET_CLAIM, MOVE, RESOLD, replace(TRANSFER, status="REVERSED")),
            {MOVED_ONCE, WHOLE},
        ),
        (
            (
                replace(SWAP, reversal_state="DONE"),
                TICKET_CLAIM,
                MOVE,
                RESOLD,
                TRANSFER,
            ),
            {MOVED_ONCE, WHOLE},
        ),
        (
            (
                replace(SWAP, state="FAILED"),
                MOVE,
                replace(TRANSFER, status="FAILED", completed_version=None),
            ),
            {CHARGE_BOUGHT, WHOLE},
        ),
    ],
)
def test_torn_transfer_is_named_by_every_rule_it_breaks(
    facts: tuple[Fact | None, ...], broken: set[str]
) -> None:
    assert _broken(*facts) == broken


@pytest.mark.parametrize(
    ("facts", "broken"),
    [
        ((REVERSAL, TICKET_CLAIM), {MOVED_ONCE, WHOLE}),
        ((REVERSAL, RETURN), {MOVED_ONCE, WHOLE}),
        (
            (REVERSAL, TICKET_CLAIM, replace(RETURN, amount=Decimal(1))),
            {MOVED_ONCE, WHOLE},
        ),
        ((replace(REVERSAL, state="FAILED"), RETURN), {CHARGE_BOUGHT, WHOLE}),
        ((RETURN,), {CHARGE_BOUGHT, WHOLE}),
    ],
)
def test_torn_reversal_is_named_by_every_rule_it_breaks(
    facts: tuple[Fact | None, ...], broken: set[str]
) -> None:
    assert _broken(*facts) == broken
