"""The ledger of orders, and the seats that each of them covers."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    TIMESTAMP,
    CheckConstraint,
    Enum,
    ForeignKey,
    Index,
    Numeric,
    String,
    Text,
    Uuid,
    false,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from service_common.db import Base

MONEY = Numeric(10, 2)
MOMENT = TIMESTAMP(timezone=True)


class OrderStatus(StrEnum):
    """PENDING becomes CONFIRMED or FAILED; CONFIRMED may become REFUNDED."""

    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    FAILED = "FAILED"
    REFUNDED = "REFUNDED"


class Order(Base):
    """One order. Its status moves only by the statements of order_statements.py."""

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("total >= 0", name="total_not_negative"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_a_code"),
        CheckConstraint(
            "num_nonnulls(confirmed_at, saga_id) ="
            " CASE WHEN status IN ('CONFIRMED', 'REFUNDED') THEN 2 ELSE 0 END",
            name="confirmed_by_a_saga",
        ),
        CheckConstraint(
            "credits_charged ="
            " CASE WHEN status IN ('CONFIRMED', 'REFUNDED') THEN total ELSE 0 END",
            name="charged_when_confirmed",
        ),
        CheckConstraint(
            "(status = 'FAILED') = (failure_reason IS NOT NULL)",
            name="failed_for_a_reason",
        ),
        CheckConstraint(
            "num_nonnulls(hold_id, transfer_id) = 1", name="by_hold_or_transfer"
        ),
        Index("ix_orders_user_id_created_at", "user_id", "created_at", "order_id"),
        Index(
            "ix_orders_event_id_confirmed_at",
            "event_id",
            "confirmed_at",
            postgresql_where=text("status = 'CONFIRMED'"),
        ),
        # The reconciliation walks over the orders as over the sagas.
        Index(
            "ix_orders_saga_id",
            "saga_id",
            postgresql_where=text("saga_id IS NOT NULL"),
        ),
        Index(
            "uq_orders_transfer_id",
            "transfer_id",
            unique=True,
            postgresql_where=text("transfer_id IS NOT NULL"),
        ),
    )

    order_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    # The reference's column: set where the order has exactly one seat.
    seat_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    event_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    # It is bought under a hold, or else by a transfer.
    hold_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    transfer_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("transfers.transfer_id")
    )
    status: Mapped[OrderStatus] = mapped_column(
        Enum(OrderStatus, name="order_status"), server_default=OrderStatus.PENDING.value
    )
    total: Mapped[Decimal] = mapped_column(MONEY)
    currency: Mapped[str] = mapped_column(String(3))
    credits_charged: Mapped[Decimal] = mapped_column(MONEY, server_default=text("0"))
    saga_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    failure_reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.now())
    confirmed_at: Mapped[datetime | None] = mapped_column(MOMENT)


class OrderItem(Base):
    """One seat of an order, with the price that was fixed at the reservation.

    `live` says that this item is what the seat is sold by now. The partial unique
    index is the last lock against selling a seat twice: the confirmation sets it in
    the statement that moves the order, so both happen or neither.
    """

    __tablename__ = "order_items"
    __table_args__ = (
        CheckConstraint("price >= 0", name="price_not_negative"),
        Index("ix_order_items_seat_id", "seat_id"),
        Index(
            "uq_order_items_live_seat",
            "seat_id",
            unique=True,
            postgresql_where=text("live"),
        ),
    )

    order_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("orders.order_id"), primary_key=True
    )
    seat_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    row_number: Mapped[str] = mapped_column(String(4))
    seat_number: Mapped[int]
    category: Mapped[str] = mapped_column(String(20))
    price: Mapped[Decimal] = mapped_column(MONEY)
    live: Mapped[bool] = mapped_column(server_default=false())
