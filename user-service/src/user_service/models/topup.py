"""Credits that somebody wants to buy."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, DateTime, Index, Numeric, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from service_common.db import Base

CURRENCY = "SGD"


class TopupStatus(StrEnum):
    """A failed payment may be tried again with another card; a success is final."""

    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class Topup(Base):
    """One wish to buy credits, written down before Stripe hears of it.

    No foreign key on the user: its share lock would meet the balance updates.
    """

    __tablename__ = "topups"
    __table_args__ = (
        CheckConstraint(
            "status IN ('PENDING', 'SUCCEEDED', 'FAILED')", name="status_known"
        ),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("currency = 'SGD'", name="currency_of_the_platform"),
        Index("uq_topups_payment_intent_id", "payment_intent_id", unique=True),
        Index("ix_topups_user_id", "user_id", "created_at"),
    )

    topup_id: Mapped[uuid.UUID] = mapped_column(
        primary_key=True, server_default=text("gen_random_uuid()")
    )
    user_id: Mapped[uuid.UUID]
    amount: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    currency: Mapped[str] = mapped_column(String(3), server_default=CURRENCY)
    status: Mapped[str] = mapped_column(String(16), server_default=TopupStatus.PENDING)
    # None until Stripe has answered.
    payment_intent_id: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
