"""Orders are made, confirmed and failed here; every call may be repeated."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any, TypeGuard

import structlog
from sqlalchemy import TextClause
from sqlalchemy.exc import IntegrityError

from order_service.models import OrderStatus
from order_service.models.order_statements import (
    CONFIRM_ORDER,
    CREATE_ORDER,
    FAIL_ORDER,
    GET_ORDER,
)
from order_service.services.order_record import NewOrder, OrderRecord, record_of
from service_common.db import Database, constraint_name
from service_common.errors import Busy, Conflict, NotFound, Unprocessable

log = structlog.get_logger()

LIVE_SEAT_INDEX = "uq_order_items_live_seat"
# An order appears once and leaves PENDING once, so a statement can be overtaken twice.
_ATTEMPTS_MAX = 3


class OrderService:
    """The three moves of an order, and its reading."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create_order(self, order: NewOrder) -> tuple[OrderRecord, bool]:
        """Write a PENDING order; the second value tells whether this call made it.

        Refuses an order whose hold has ended, and an order_id that is in use.
        """
        made, record = self._settle(CREATE_ORDER, order.as_parameters(), _exists)
        if record is None or not record.is_of_hold(order):
            raise _order_id_reused(order.order_id)
        if record.status is OrderStatus.FAILED:
            raise _order_failed(record)
        if not record.has_content_of(order):
            raise _order_id_reused(order.order_id)
        if made:
            log.info("order_created", order_id=str(order.order_id))
        return record, made

    def confirm_order(self, order_id: uuid.UUID, saga_id: uuid.UUID) -> OrderRecord:
        """PENDING → CONFIRMED, once, by one saga, and each of its seats once."""
        try:
            moved, record = self._settle(
                CONFIRM_ORDER,
                {"order_id": order_id, "saga_id": saga_id},
                lambda found: found is None or _left_pending(found),
            )
        except IntegrityError as error:
            if constraint_name(error) != LIVE_SEAT_INDEX:
                raise
            raise _seat_already_sold(order_id) from error
        if record is None:
            raise _order_not_found()
        if record.status is OrderStatus.FAILED:
            raise _order_failed(record)
        if record.saga_id != saga_id:
            raise _order_already_confirmed(record)
        if moved:
            log.info("order_confirmed", order_id=str(order_id), saga_id=str(saga_id))
        return record

    def fail_order(self, order: NewOrder, reason: str) -> OrderRecord:
        """PENDING or unknown → FAILED; the first reason stays."""
        moved, record = self._settle(
            FAIL_ORDER,
            {**order.as_parameters(), "reason": reason},
            lambda found: (
                _exists(found)
                and (_left_pending(found) or found.hold_id != order.hold_id)
            ),
        )
        if record is None or record.hold_id != order.hold_id:
            raise _order_id_reused(order.order_id)
        if record.was_confirmed:
            raise _order_already_confirmed(record)
        if moved:
            log.info("order_failed", order_id=str(order.order_id), reason=reason)
        return record

    def get_order(self, order_id: uuid.UUID) -> OrderRecord:
        """The order as it stands."""
        with self._database.statement() as connection:
            row = connection.execute(GET_ORDER, {"order_id": order_id}).first()
        if row is None:
            raise _order_not_found()
        return record_of(row)

    def _settle(
        self,
        statement: TextClause,
        parameters: Mapping[str, Any],
        is_decided: Callable[[OrderRecord | None], bool],
    ) -> tuple[bool, OrderRecord | None]:
        """Execute until the statement moved the order or its answer is decided.

        Once is enough unless another call for the same order was under way.
        """
        for _attempt in range(_ATTEMPTS_MAX):
            with self._database.statement() as connection:
                row = connection.execute(statement, parameters).first()
            record = None if row is None else record_of(row)
            if row is not None and row.moved:
                return True, record
            if is_decided(record):
                return False, record
        raise Busy


def _exists(record: OrderRecord | None) -> TypeGuard[OrderRecord]:
    return record is not None


def _left_pending(record: OrderRecord) -> bool:
    return record.status is not OrderStatus.PENDING


def _order_not_found() -> NotFound:
    return NotFound("There is no such order.", code="ORDER_NOT_FOUND")


def _order_failed(record: OrderRecord) -> Conflict:
    return Conflict(
        "The order has failed.",
        code="ORDER_FAILED",
        details={"failure_reason": record.failure_reason},
    )


def _order_already_confirmed(record: OrderRecord) -> Conflict:
    return Conflict(
        "The order is already confirmed.",
        code="ORDER_ALREADY_CONFIRMED",
        details={"saga_id": str(record.saga_id)},
    )


def _order_id_reused(order_id: uuid.UUID) -> Unprocessable:
    return Unprocessable(
        "The order_id belongs to another order.",
        code="ORDER_ID_REUSED",
        details={"order_id": str(order_id)},
    )


def _seat_already_sold(order_id: uuid.UUID) -> Conflict:
    return Conflict(
        "A seat of this order is already sold by another order.",
        code="SEAT_ALREADY_SOLD",
        details={"order_id": str(order_id)},
    )
