"""What must hold of a saga that has ended: its four beats, in four databases, agree.

A saga that is under way may have done any part of its work, so nothing is said of it
here; that it ends in time is a rule of its own. What carries an id that the saga log
does not know is judged as if the saga had failed.
"""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator_service.clients.facts import ZERO, OrderFact, TransferFact
from orchestrator_service.orchestrators.purchase_saga import PURCHASE
from orchestrator_service.services.reconciliation.findings import Finding, Rule
from orchestrator_service.services.reconciliation.saga_facts import (
    REVERSAL,
    TRANSFER,
    SagaFacts,
)

CHARGE_BOUGHT = Rule("I5", "every_charge_bought_something_or_came_back")
ORDER_IS_PAID = Rule("I6", "every_confirmed_order_is_paid_and_handed_over")
WHOLE_OR_NOTHING = Rule("I7", "every_ended_saga_is_whole_or_left_nothing")
MOVED_ONCE = Rule("I8", "every_transfer_moved_ticket_and_credits_once")
NO_CLAIM_LEFT = Rule("L3", "no_claim_outlives_its_saga")
SAGA_RULES = (CHARGE_BOUGHT, ORDER_IS_PAID, WHOLE_OR_NOTHING, MOVED_ONCE, NO_CLAIM_LEFT)

_PAID = frozenset({"CONFIRMED", "REFUNDED"})


def judge_saga(facts: SagaFacts) -> Iterator[Finding]:
    """Every rule that this saga breaks; none while it is under way."""
    if facts.saga is not None and not facts.saga.has_ended:
        return
    broken = {PURCHASE: _purchase, TRANSFER: _transfer, REVERSAL: _reversal}
    for rule in broken[facts.kind](facts):
        yield Finding(rule, facts.saga_id, _describe(facts))
    if facts.claim is not None and facts.claim.state == "OPEN":
        yield Finding(NO_CLAIM_LEFT, facts.saga_id, _describe(facts))


def _purchase(facts: SagaFacts) -> Iterator[Rule]:
    whole = _is_whole_purchase(facts)
    bought = facts.is_handed_over and len(facts.orders) == 1
    if facts.moved("deduct") != ZERO and not bought:
        yield CHARGE_BOUGHT
    if (facts.orders or facts.is_handed_over) and not whole:
        yield ORDER_IS_PAID
    if whole != facts.is_done or not (whole or _left_nothing(facts, "deduct")):
        yield WHOLE_OR_NOTHING


def _is_whole_purchase(facts: SagaFacts) -> bool:
    order, claim = _only(facts.orders), facts.claim
    if order is None or claim is None or order.status not in _PAID:
        return False
    paid = facts.charges.get("deduct")
    return (
        facts.is_handed_over
        and paid is not None
        and paid.amount == order.total == order.credits_charged
        and paid.payer_id == order.user_id
        and claim.hold_id == order.hold_id
        and claim.seat_count == order.seat_count
    )


def _transfer(facts: SagaFacts) -> Iterator[Rule]:
    happened = facts.transfer is not None and facts.transfer.happened
    whole = facts.transfer is not None and _is_whole_transfer(facts, facts.transfer)
    if facts.moved("move") != ZERO and not happened:
        yield CHARGE_BOUGHT
    if facts.orders and not (facts.is_handed_over and facts.moved("move")):
        yield ORDER_IS_PAID
    if (happened or facts.is_handed_over or facts.orders) and not whole:
        yield MOVED_ONCE
    if whole != facts.is_done or not (whole or _left_nothing(facts, "move")):
        yield WHOLE_OR_NOTHING


def _is_whole_transfer(facts: SagaFacts, transfer: TransferFact) -> bool:
    order, claim, move = _only(facts.orders), facts.claim, facts.charges.get("move")
    if order is None or claim is None or move is None or not transfer.happened:
        return False
    return (
        facts.is_handed_over
        and claim.seat_id == transfer.seat_id
        and (move.payer_id, move.amount) == (transfer.buyer_id, transfer.amount)
        and (order.user_id, order.credits_charged) == (move.payer_id, move.amount)
        and transfer.completed_version == transfer.ticket_version + 1
        and _is_reversed_as_told(facts, transfer, order)
    )


def _is_reversed_as_told(
    facts: SagaFacts, transfer: TransferFact, order: OrderFact
) -> bool:
    """REVERSED, with its order REFUNDED, exactly when its reversal is DONE."""
    reversal = facts.saga.reversal_state if facts.saga is not None else None
    if reversal not in {None, "DONE"}:
        return True  # it is under way
    told = (transfer.status == "REVERSED", order.status == "REFUNDED")
    return told == ((True, True) if reversal == "DONE" else (False, False))


def _reversal(facts: SagaFacts) -> Iterator[Rule]:
    saga, returned = facts.saga, facts.charges.get("return")
    whole = (
        saga is not None
        and returned is not None
        and facts.is_handed_over
        and (returned.payer_id, returned.amount) == (saga.seller_id, saga.amount)
    )
    if facts.moved("return") != ZERO and not facts.is_done:
        yield CHARGE_BOUGHT
    if facts.is_done and not whole:
        yield MOVED_ONCE
    if whole != facts.is_done or not (whole or _left_nothing(facts, "return")):
        yield WHOLE_OR_NOTHING


def _left_nothing(facts: SagaFacts, operation: str) -> bool:
    """Nothing moved, no seat handed over, no order confirmed by it."""
    return (
        facts.moved(operation) == ZERO
        and not facts.is_handed_over
        and not facts.orders
        and not (facts.transfer is not None and facts.transfer.happened)
    )


def _only(orders: list[OrderFact]) -> OrderFact | None:
    return orders[0] if len(orders) == 1 else None


def _describe(facts: SagaFacts) -> str:
    """The saga with all that has its id, for a person who has to look."""
    parts = [f"saga {facts.saga_id} {facts.kind}"]
    parts.append(facts.saga.state if facts.saga is not None else "not in the log")
    for order in facts.orders:
        parts.append(f"order {order.order_id} {order.status} {order.credits_charged}")
        parts.append(f"user {order.user_id}")
    if not facts.orders:
        subject = f" (subject {facts.saga.subject})" if facts.saga is not None else ""
        parts.append(f"no order{subject}")
    parts += [
        f"{charge.name} {charge.amount} by user {charge.payer_id}"
        for charge in facts.charges.values()
    ]
    if facts.claim is not None:
        what = facts.claim.hold_id or facts.claim.seat_id
        of = "hold" if facts.claim.hold_id else "seat"
        parts.append(f"claim {facts.claim.state} of {of} {what}")
    if facts.transfer is not None:
        parts.append(f"transfer {facts.transfer.status}")
    return ", ".join(parts)
