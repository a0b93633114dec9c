"""Moves many orders in one statement, where they do not concern one another."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import structlog
from sqlalchemy import TextClause

from order_service.models.gathered_statements import (
    CONFIRM_ORDERS,
    CREATE_ORDERS,
    GET_ORDERS,
)
from order_service.services.order_record import NewOrder, OrderRecord, record_of
from order_service.services.order_service import OrderService
from service_common.db import Database
from service_common.errors import AppError
from service_common.together import execute_together

log = structlog.get_logger()

Result = TypeVar("Result")
Created = tuple[OrderRecord, bool]


class GatheredService:
    """What OrderService does for one, for many.

    One statement moves all that are plainly there to be moved. The rest, and all when
    it fails, go the ordinary way one by one and hear why.
    """

    def __init__(self, database: Database, orders: OrderService) -> None:
        self._database = database
        self._orders = orders

    def create_orders(self, orders: Sequence[NewOrder]) -> list[Created | AppError]:
        """Write each once; the order, and whether this call made it."""
        documents = {str(order.order_id): _document(order) for order in orders}
        made = self._together(
            CREATE_ORDERS, {"orders": json.dumps(list(documents.values()))}
        )
        done: list[Created | AppError] = []
        for order in orders:
            record = made.pop(order.order_id, None)
            if record is not None and record.has_content_of(order):
                log.info("order_created", order_id=str(order.order_id))
                done.append((record, True))
            else:
                done.append(_outcome(self._orders.create_order, order))
        return done

    def confirm_orders(
        self, wanted: Sequence[tuple[uuid.UUID, uuid.UUID]]
    ) -> list[OrderRecord | AppError]:
        """Confirm each order (first) by its saga (second)."""
        sagas = dict(wanted)
        made = self._together(
            CONFIRM_ORDERS,
            {"order_ids": list(sagas), "saga_ids": list(sagas.values())},
        )
        done: list[OrderRecord | AppError] = []
        for order_id, saga_id in wanted:
            record = made.get(order_id)
            if record is not None and record.saga_id == saga_id:
                done.append(record)
            else:
                done.append(_outcome(self._orders.confirm_order, order_id, saga_id))
        log.info("orders_confirmed", order_ids=[str(order_id) for order_id in made])
        return done

    def get_orders(
        self, order_ids: Sequence[uuid.UUID]
    ) -> Mapping[uuid.UUID, OrderRecord]:
        """Those of the orders that exist."""
        with self._database.statement() as connection:
            rows = connection.execute(GET_ORDERS, {"order_ids": list(order_ids)}).all()
        return {row.order_id: record_of(row) for row in rows}

    def _together(
        self, statement: TextClause, values: dict[str, Any]
    ) -> dict[uuid.UUID, OrderRecord]:
        rows = execute_together(self._database, statement, values)
        return {row.order_id: record_of(row) for row in rows}


def _document(order: NewOrder) -> dict[str, Any]:
    values = order.as_parameters()
    texts = {
        name: str(value) if isinstance(value, uuid.UUID) else value
        for name, value in values.items()
    }
    return {**texts, "seats": json.loads(values["seats"])}


def _outcome(move: Callable[..., Result], *what: Any) -> Result | AppError:
    try:
        return move(*what)
    except AppError as error:
        return error
