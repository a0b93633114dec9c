"""What has to be told to the broker, written in the statement that made it true."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from order_service.models.order import MOMENT
from service_common.db import Base

OFFER_TOPIC = "transfer.offer"


class TransferMessage(Base):
    """One row, deleted once the broker has confirmed it.

    `next_attempt_at` is both the lease of the relay that works on it and the pause
    after a failed attempt, so no transaction stays open while the broker is told.
    """

    __tablename__ = "transfer_outbox"
    __table_args__ = (CheckConstraint("topic = 'transfer.offer'", name="known_topic"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    topic: Mapped[str] = mapped_column(Text)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    request_id: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_attempt_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.now())
    created_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.now())
