"""A seat of an event: who holds it, who claims it, who owns it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Enum,
    Index,
    Numeric,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from service_common.db import Base


class SeatStatus(StrEnum):
    """AVAILABLE → HELD → SOLD → CHECKED_IN, and HELD → AVAILABLE."""

    AVAILABLE = "AVAILABLE"
    HELD = "HELD"
    SOLD = "SOLD"
    CHECKED_IN = "CHECKED_IN"


class Seat(Base):
    """One row of `seats`.

    All seats of a hold move together: held, claimed, sold and released in one
    statement. `hold_id` and `order_id` stay on a sold row, so "my hold is on no row
    any more" always means that it was released.

    `version` is the transaction id of the last change and is set by the database
    alone, see map_service.
    """

    __tablename__ = "seats"
    __table_args__ = (
        UniqueConstraint("event_id", "row_number", "seat_number"),
        CheckConstraint(
            "(status = 'HELD') = (held_by_user_id IS NOT NULL)", name="held_has_holder"
        ),
        CheckConstraint(
            "(status = 'HELD') = (held_until IS NOT NULL)", name="held_has_end"
        ),
        CheckConstraint(
            "(status = 'AVAILABLE') = (hold_id IS NULL)", name="taken_has_hold"
        ),
        CheckConstraint(
            "(hold_id IS NULL) = (order_id IS NULL)", name="hold_has_order"
        ),
        CheckConstraint(
            "(status IN ('SOLD', 'CHECKED_IN')) = (owner_user_id IS NOT NULL)",
            name="sold_has_owner",
        ),
        CheckConstraint(
            "(status IN ('SOLD', 'CHECKED_IN')) = (price_paid IS NOT NULL)",
            name="sold_has_price",
        ),
        CheckConstraint(
            "claim_id IS NULL OR status IN ('HELD', 'SOLD')", name="claim_has_target"
        ),
        CheckConstraint("price >= 0", name="price_not_negative"),
        CheckConstraint("seat_number >= 1", name="seat_number_positive"),
        CheckConstraint("ticket_version >= 0", name="ticket_version_not_negative"),
        Index("ix_seats_event_id_version", "event_id", "version"),
        Index(
            "ix_seats_hold_id",
            "hold_id",
            postgresql_where=text("hold_id IS NOT NULL"),
        ),
        Index(
            "ix_seats_claim_id",
            "claim_id",
            postgresql_where=text("claim_id IS NOT NULL"),
        ),
        Index(
            "ix_seats_held_until",
            "held_until",
            postgresql_where=text("status = 'HELD' AND claim_id IS NULL"),
        ),
        Index(
            "ix_seats_owner_user_id",
            "owner_user_id",
            postgresql_where=text("owner_user_id IS NOT NULL"),
        ),
    )

    seat_id: Mapped[UUID] = mapped_column(primary_key=True)
    event_id: Mapped[UUID]
    row_number: Mapped[str] = mapped_column(String(4))
    seat_number: Mapped[int]
    category: Mapped[str] = mapped_column(String(40))
    price: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    status: Mapped[SeatStatus] = mapped_column(
        Enum(SeatStatus, name="seat_status"), server_default="AVAILABLE"
    )
    owner_user_id: Mapped[UUID | None]
    held_by_user_id: Mapped[UUID | None]
    held_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    hold_id: Mapped[UUID | None]
    order_id: Mapped[UUID | None]
    claim_id: Mapped[UUID | None]
    ticket_version: Mapped[int] = mapped_column(server_default="0")
    qr_code_hash: Mapped[str | None] = mapped_column(Text)
    price_paid: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    version: Mapped[int] = mapped_column(
        BigInteger, server_default=text("pg_current_xact_id()::text::bigint")
    )
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=text("now()")
    )
    updated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=text("now()")
    )
