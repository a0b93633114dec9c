"""Reading many orders: lists, sales of an event."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from order_service.models import OrderStatus
from order_service.models.order_queries import (
    FIND_PAID_SEATS,
    LIST_ORDERS,
    SUMMARY_BY_HOUR,
)
from order_service.services.order_record import (
    PLATFORM_CURRENCY,
    OrderRecord,
    record_of,
)
from service_common.db import Database


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders a list is asked for; None means all."""

    user_id: uuid.UUID | None = None
    seat_id: uuid.UUID | None = None
    status: OrderStatus | None = None


@dataclass(frozen=True, slots=True)
class HourOfSales:
    """What was sold in the hour that begins at `hour`."""

    hour: datetime
    seats: int
    revenue: Decimal


@dataclass(frozen=True, slots=True)
class SalesSummary:
    """What an event has sold."""

    event_id: uuid.UUID
    confirmed_orders: int
    seats_sold: int
    revenue: Decimal
    currency: str
    by_hour: tuple[HourOfSales, ...]


class LedgerService:
    """The ledger, read only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list_orders(
        self, wanted: OrderFilter, *, page: int, page_size: int
    ) -> tuple[list[OrderRecord], int]:
        """One page, newest first, and how many there are in all."""
        with self._database.statement() as connection:
            rows = connection.execute(
                LIST_ORDERS,
                {
                    "user_id": wanted.user_id,
                    "seat_id": wanted.seat_id,
                    "status": wanted.status and wanted.status.value,
                    "limit": page_size,
                    "offset": (page - 1) * page_size,
                },
            ).all()
        # A page beyond the end is one row that carries nothing but the count.
        records = [record_of(row) for row in rows if row.order_id is not None]
        return records, rows[0].total_found

    def find_paid_seats(self, seat_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
        """Those of the seats that a confirmed order has."""
        with self._database.statement() as connection:
            found = connection.execute(FIND_PAID_SEATS, {"seat_ids": list(seat_ids)})
            return set(found.scalars())

    def summarise(self, event_id: uuid.UUID) -> SalesSummary:
        """The sales of one event; zeros where there are none."""
        with self._database.statement() as connection:
            rows = connection.execute(SUMMARY_BY_HOUR, {"event_id": event_id}).all()
        return SalesSummary(
            event_id=event_id,
            confirmed_orders=sum(row.orders for row in rows),
            seats_sold=sum(int(row.seats) for row in rows),
            revenue=sum((row.revenue for row in rows), Decimal("0.00")),
            currency=rows[0].currency if rows else PLATFORM_CURRENCY,
            by_hour=tuple(
                HourOfSales(hour=row.hour, seats=int(row.seats), revenue=row.revenue)
                for row in rows
            ),
        )
