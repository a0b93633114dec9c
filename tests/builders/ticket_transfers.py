"""Transfers of tickets in the order service, and how they come to their states."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from builders.orders import CURRENCY, a_new_order, a_seat
from order_service.models import Party
from order_service.services.dispute_service import DisputeService
from order_service.services.order_record import NewOrder
from order_service.services.order_service import OrderService
from order_service.services.swap_service import Swap, SwapService
from order_service.services.transfer_record import NewTransfer, TransferRecord
from order_service.services.transfer_service import TransferService
from service_common.db import Database

REASON = "It was a screenshot"


def a_transfer(**changes: Any) -> dict[str, Any]:
    """The body of `POST /transfers`; the seller begins it unless said otherwise."""
    seller_id = changes.get("seller_id", str(uuid.uuid4()))
    transfer = {
        "transfer_id": str(uuid.uuid4()),
        "seat_id": str(uuid.uuid4()),
        "event_id": str(uuid.uuid4()),
        "seller_id": seller_id,
        "buyer_id": str(uuid.uuid4()),
        "initiated_by": seller_id,
        "credits_amount": "120.00",
        "currency": CURRENCY,
        "ticket_version": 1,
    }
    return {**transfer, **changes}


def a_new_transfer(**changes: Any) -> NewTransfer:
    """The same as the service's own argument; changes in its own types."""
    seller_id = changes.get("seller_id", uuid.uuid4())
    facts: dict[str, Any] = {
        "transfer_id": uuid.uuid4(),
        "seat_id": uuid.uuid4(),
        "event_id": uuid.uuid4(),
        "seller_id": seller_id,
        "buyer_id": uuid.uuid4(),
        "initiated_by": seller_id,
        "credits_amount": Decimal("120.00"),
        "currency": CURRENCY,
        "ticket_version": 1,
    }
    return NewTransfer(**{**facts, **changes})


def an_offer_of(order: NewOrder, **changes: Any) -> NewTransfer:
    """The buyer of this order offers its only seat."""
    facts = {
        "seat_id": order.seats[0].seat_id,
        "event_id": order.event_id,
        "seller_id": order.user_id,
    }
    return a_new_transfer(**{**facts, **changes})


class Resales:
    """Brings transfers to where a test needs them."""

    def __init__(self, database: Database, *, ttl_s: float = 600) -> None:
        self.orders = OrderService(database)
        self.transfers = TransferService(database, ttl_s=ttl_s, per_hour_max=1000)
        self.swaps = SwapService(database)
        self.disputes = DisputeService(database)

    def pending_purchase(self, **seat: Any) -> NewOrder:
        """A purchase of one seat that is not confirmed yet."""
        order = a_new_order(a_seat(**seat))
        self.orders.create_order(order)
        return order

    def sold(self, **seat: Any) -> NewOrder:
        """A purchase that is confirmed."""
        order = self.pending_purchase(**seat)
        self.orders.confirm_order(order.order_id, uuid.uuid4())
        return order

    def pending(self, new: NewTransfer) -> NewTransfer:
        """PENDING_OTP."""
        self.transfers.create_transfer(new)
        self.transfers.mark_otp_sent(new.transfer_id)
        return new

    def agreed(self, new: NewTransfer) -> NewTransfer:
        """With both consents."""
        self.pending(new)
        for party in Party:
            self.transfers.verify_party(new.transfer_id, party)
        return new

    def completed(self, new: NewTransfer) -> TransferRecord:
        """COMPLETED, with the buyer's order."""
        self.agreed(new)
        return self.swaps.complete_transfer(a_swap(new), uuid.uuid4())

    def disputed(self, new: NewTransfer) -> TransferRecord:
        """DISPUTED by its buyer, with the freeze reported."""
        return self.dispute(self.completed(new))

    def dispute(self, completed: TransferRecord) -> TransferRecord:
        """The same for one that is completed."""
        record = self.disputes.dispute_transfer(
            completed.transfer_id, user_id=completed.buyer_id, reason=REASON
        )
        return self.settle(record)

    def settle(self, record: TransferRecord) -> TransferRecord:
        """What is owed for a dispute, reported as done."""
        assert record.unsettled is not None
        return self.disputes.settle_task(
            record.transfer_id, record.unsettled, record.dispute_no
        )

    def reverse(self, record: TransferRecord) -> TransferRecord:
        """DISPUTED → REVERSED."""
        begun = self.disputes.begin_reversal(record.transfer_id)
        assert begun.completed_version is not None
        return self.swaps.reverse_transfer(
            Swap(record.transfer_id, uuid.uuid4(), begun.completed_version + 1)
        )


def live_orders(database: Database, seat_id: uuid.UUID) -> list[uuid.UUID]:
    """The orders that have a live item of the seat: one, if all is well."""
    with database.statement() as connection:
        rows = connection.execute(
            text("SELECT order_id FROM order_items WHERE seat_id = :id AND live"),
            {"id": seat_id},
        ).all()
    return [row.order_id for row in rows]


def a_swap(new: NewTransfer) -> Swap:
    """What the saga of a transfer says: it has the transfer's own id."""
    return Swap(new.transfer_id, new.transfer_id, new.ticket_version + 1)
