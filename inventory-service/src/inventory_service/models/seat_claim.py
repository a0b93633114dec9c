"""A claim: the seats answer to one saga alone, until it is confirmed or revoked."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Enum, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from service_common.db import Base


class ClaimKind(StrEnum):
    """What the claim is for."""

    PURCHASE = "PURCHASE"
    TRANSFER = "TRANSFER"


class ClaimState(StrEnum):
    """OPEN → CONFIRMED or REVOKED, both final."""

    OPEN = "OPEN"
    CONFIRMED = "CONFIRMED"
    REVOKED = "REVOKED"


class SeatClaim(Base):
    """One row of `seat_claims`, the commit record of a saga's hand-over.

    Rows are kept for ever: a REVOKED one is the tombstone that refuses a late claim,
    also when the claim was never made (then `seat_count` is 0).
    """

    __tablename__ = "seat_claims"
    __table_args__ = (
        CheckConstraint(
            "CASE kind WHEN 'PURCHASE' THEN hold_id IS NOT NULL AND seat_id IS NULL"
            " ELSE seat_id IS NOT NULL AND hold_id IS NULL END",
            name="target_fits_kind",
        ),
        CheckConstraint(
            "seat_count >= 1 OR state = 'REVOKED'", name="claim_covers_seats"
        ),
        CheckConstraint(
            "(state = 'OPEN') = (closed_at IS NULL)", name="closed_has_time"
        ),
        Index(
            "one_sale_per_hold",
            "hold_id",
            unique=True,
            postgresql_where=text("state = 'CONFIRMED' AND kind = 'PURCHASE'"),
        ),
        Index(
            "ix_seat_claims_created_at",
            "created_at",
            postgresql_where=text("state = 'OPEN'"),
        ),
    )

    claim_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[ClaimKind] = mapped_column(Enum(ClaimKind, name="claim_kind"))
    hold_id: Mapped[UUID | None]
    seat_id: Mapped[UUID | None]
    seat_count: Mapped[int]
    state: Mapped[ClaimState] = mapped_column(Enum(ClaimState, name="claim_state"))
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=text("now()")
    )
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
