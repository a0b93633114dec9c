"""What has to be told to others, written in the statement that made it true."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from service_common.db import Base


class Topic(StrEnum):
    """Who is told: the broker about a hold, the order service about a release."""

    SEAT_HOLD = "seat.hold"
    HOLD_RELEASED = "hold.released"


class OutboxMessage(Base):
    """One row of `outbox`, deleted once its receiver has confirmed it.

    `next_attempt_at` is both the lease of the relay that works on it and the pause
    after a failed attempt, so no transaction stays open during a remote call.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("topic IN ('seat.hold', 'hold.released')", name="known_topic"),
        Index("ix_outbox_topic_id", "topic", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    topic: Mapped[str] = mapped_column(Text)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    request_id: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_attempt_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=text("now()")
    )
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=text("now()")
    )
