"""Saga `purchase`: scenario 1, steps 6 to 8, as a table.

    step            service     undo
    claim_seat      inventory   revoke_claim    (arbiter)
    deduct_credits  user        refund_credits  (pivot)
    confirm_seat    inventory
    confirm_order   order

The reference deducts first and confirms the order before the seat. Here the seat is
claimed first, so that nothing can be charged for a seat that is gone, and the order is
written last, so that it never names a seat that was not handed over.
"""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator_service.clients.inventory_client import InventoryClient
from orchestrator_service.clients.order_client import OrderClient
from orchestrator_service.clients.user_client import UserClient
from orchestrator_service.saga.declaration import (
    Call,
    Saga,
    StepResult,
    UndoOutcome,
    pivot,
    refusable,
    retriable,
)

PURCHASE = "purchase"


@dataclass(frozen=True, slots=True)
class PurchaseData:
    """Everything the purchase needs, fixed when it starts; amount in credits."""

    order_id: str
    hold_id: str
    user_id: str
    amount: str


class PurchaseSteps:
    """What each step says to which service."""

    def __init__(
        self, inventory: InventoryClient, users: UserClient, orders: OrderClient
    ) -> None:
        self._inventory = inventory
        self._users = users
        self._orders = orders

    def claim_seat(self, data: PurchaseData, call: Call) -> StepResult:
        """From here on the hold cannot expire under the payment."""
        self._inventory.claim_hold(
            claim_id=call.saga_id,
            hold_id=data.hold_id,
            user_id=data.user_id,
            timeout_s=call.timeout_s,
        )
        return {}

    def revoke_claim(self, data: PurchaseData, call: Call) -> UndoOutcome:
        """The seat row decides whether the purchase can still be given up."""
        revoked = self._inventory.revoke_hold_claim(
            claim_id=call.saga_id,
            hold_id=data.hold_id,
            user_id=data.user_id,
            timeout_s=call.timeout_s,
        )
        return UndoOutcome.UNDONE if revoked else UndoOutcome.TOO_LATE

    def deduct_credits(self, data: PurchaseData, call: Call) -> StepResult:
        """The pivot: once it is charged, the purchase is finished."""
        return self._users.deduct_credits(
            operation_key=call.operation_key("deduct"),
            user_id=data.user_id,
            amount=data.amount,
            reference=data.order_id,
            timeout_s=call.timeout_s,
        )

    def refund_credits(self, data: PurchaseData, call: Call) -> UndoOutcome:
        """Give back what was deducted, or keep it from ever being."""
        self._users.refund_credits(
            operation_key=call.operation_key("deduct"),
            user_id=data.user_id,
            amount=data.amount,
            reference=data.order_id,
            timeout_s=call.timeout_s,
        )
        return UndoOutcome.UNDONE

    def confirm_seat(self, data: PurchaseData, call: Call) -> StepResult:
        """HELD → SOLD."""
        sold = self._inventory.confirm_seat(
            claim_id=call.saga_id, user_id=data.user_id, timeout_s=call.timeout_s
        )
        return {"ticket_versions": {seat.seat_id: seat.ticket_version for seat in sold}}

    def confirm_order(self, data: PurchaseData, call: Call) -> StepResult:
        """PENDING → CONFIRMED."""
        order = self._orders.confirm_order(
            data.order_id, saga_id=call.saga_id, timeout_s=call.timeout_s
        )
        return {"order": order}


def purchase_saga(steps: PurchaseSteps) -> Saga[PurchaseData]:
    """The declaration."""
    return Saga(
        kind=PURCHASE,
        version=1,
        data_class=PurchaseData,
        steps=(
            refusable(
                "claim_seat",
                steps.claim_seat,
                undo_name="revoke_claim",
                undo=steps.revoke_claim,
            ),
            pivot(
                "deduct_credits",
                steps.deduct_credits,
                undo_name="refund_credits",
                undo=steps.refund_credits,
            ),
            retriable("confirm_seat", steps.confirm_seat),
            retriable("confirm_order", steps.confirm_order),
        ),
    )
