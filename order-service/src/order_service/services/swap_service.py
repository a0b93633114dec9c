"""The books follow a ticket that has changed hands, or has come back.

Neither step can be refused by then: the seat and the credits have moved already. What
is not written here yet (the order of the step before) is 503, and the caller repeats.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from order_service.models import TransferStatus, TransferTask
from order_service.models.swap_statements import (
    COMPLETE_TRANSFER,
    LOCK_TRANSFER,
    REFUND_BUYERS_ORDER,
    RETIRE_SELLERS_ITEM,
    REVERSE_TRANSFER,
    REVIVE_SELLERS_ITEM,
    WRITE_BUYERS_ORDER,
)
from order_service.services.transfer_moves import log_move
from order_service.services.transfer_record import TransferRecord, transfer_of
from order_service.services.transfer_refusals import (
    invalid_state,
    order_id_reused,
    transfer_not_found,
)
from service_common.db import Database, constraint_name
from service_common.errors import Unavailable

_ORDERS_KEY = "pk_orders"


@dataclass(frozen=True, slots=True)
class Swap:
    """What a saga says when a ticket has changed hands.

    `ticket_version` is the one that the new owner's ticket has.
    """

    transfer_id: uuid.UUID
    saga_id: uuid.UUID
    ticket_version: int


class SwapService:
    """Completes and reverses transfers, with the orders that go with them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def complete_transfer(self, swap: Swap, order_id: uuid.UUID) -> TransferRecord:
        """Agreed → COMPLETED, with the buyer's order and without the seller's item.

        Raises Unavailable while the seller's own order is not written yet.
        """
        try:
            with self._database.transaction() as connection:
                record = _lock(connection, swap.transfer_id)
                if record.completed_at is not None:
                    return _same_completion(record, swap, order_id)
                if not record.is_agreed:
                    raise invalid_state(record)
                completed = _complete(connection, record, swap, order_id)
        except IntegrityError as error:
            if constraint_name(error) != _ORDERS_KEY:
                raise
            raise order_id_reused(order_id) from error
        log_move("transfer_completed", completed, order_id=str(order_id))
        return completed

    def reverse_transfer(self, swap: Swap) -> TransferRecord:
        """DISPUTED and being reversed → REVERSED: everything as it was before.

        Raises Unavailable while the order of a later step is not written yet.
        """
        with self._database.transaction() as connection:
            record = _lock(connection, swap.transfer_id)
            if record.status is TransferStatus.REVERSED:
                return _same_reversal(record, swap)
            if record.unsettled is not TransferTask.REVERSE:
                raise invalid_state(record)
            reversed_ = _reverse(connection, record, swap)
        log_move("transfer_reversed", reversed_, saga_id=str(swap.saga_id))
        return reversed_


def _lock(connection: Connection, transfer_id: uuid.UUID) -> TransferRecord:
    row = connection.execute(LOCK_TRANSFER, {"transfer_id": transfer_id}).first()
    if row is None:
        raise transfer_not_found()
    return transfer_of(row)


def _complete(
    connection: Connection, record: TransferRecord, swap: Swap, order_id: uuid.UUID
) -> TransferRecord:
    sold = connection.execute(
        RETIRE_SELLERS_ITEM,
        {"seat_id": record.seat_id, "seller_id": record.seller_id},
    ).first()
    if sold is None:
        raise Unavailable("The seller's own order is not confirmed yet.")
    facts = {
        "transfer_id": record.transfer_id,
        "order_id": order_id,
        "sold_order_id": sold.order_id,
        "saga_id": swap.saga_id,
        "version": swap.ticket_version,
    }
    connection.execute(WRITE_BUYERS_ORDER, facts)
    return transfer_of(connection.execute(COMPLETE_TRANSFER, facts).one())


def _reverse(
    connection: Connection, record: TransferRecord, swap: Swap
) -> TransferRecord:
    facts = {
        "transfer_id": record.transfer_id,
        "seat_id": record.seat_id,
        "sold_order_id": record.sold_order_id,
        "bought_order_id": record.bought_order_id,
        "saga_id": swap.saga_id,
        "version": swap.ticket_version,
    }
    if connection.execute(REFUND_BUYERS_ORDER, facts).first() is None:
        raise Unavailable("The order of a later step is not written yet.")
    connection.execute(REVIVE_SELLERS_ITEM, facts)
    return transfer_of(connection.execute(REVERSE_TRANSFER, facts).one())


def _same_completion(
    record: TransferRecord, swap: Swap, order_id: uuid.UUID
) -> TransferRecord:
    if (record.saga_id, record.bought_order_id) != (swap.saga_id, order_id):
        raise invalid_state(record)
    return record


def _same_reversal(record: TransferRecord, swap: Swap) -> TransferRecord:
    if record.reversal_saga_id != swap.saga_id:
        raise invalid_state(record)
    return record
