"""Whether the seats of an event were created, or must never be."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Enum, text
from sqlalchemy.orm import Mapped, mapped_column

from service_common.db import Base


class PlanState(StrEnum):
    """CREATED → DISCARDED; DISCARDED is final."""

    CREATED = "CREATED"
    DISCARDED = "DISCARDED"


class SeatPlan(Base):
    """One row of `seat_plans`: what makes CreateSeats and DeleteSeats idempotent.

    DISCARDED is the tombstone that refuses a CreateSeats which comes late.
    """

    __tablename__ = "seat_plans"
    __table_args__ = (
        CheckConstraint("seats_created >= 0", name="seats_created_not_negative"),
    )

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[PlanState] = mapped_column(Enum(PlanState, name="plan_state"))
    seats_created: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=text("now()")
    )
