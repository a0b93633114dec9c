"""What Stripe has told of payments, in whatever order, and what became of it."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Numeric,
    String,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from service_common.db import Base


class PaymentProblem(StrEnum):
    """Why a payment that succeeded was not credited."""

    WRONG_CURRENCY = "WRONG_CURRENCY"
    BAD_AMOUNT = "BAD_AMOUNT"
    UNKNOWN_USER = "UNKNOWN_USER"


class TakeBackKind(StrEnum):
    """Why money went back."""

    REFUND = "REFUND"
    DISPUTE = "DISPUTE"


class StripePayment(Base):
    """One PaymentIntent; its row is the lock that all events of it meet at."""

    __tablename__ = "stripe_payments"
    __table_args__ = (
        CheckConstraint("received > 0", name="received_positive"),
        CheckConstraint(
            "NOT credited OR (received IS NOT NULL AND user_id IS NOT NULL)",
            name="credited_what_to_whom",
        ),
        CheckConstraint(
            "problem IN ('WRONG_CURRENCY', 'BAD_AMOUNT', 'UNKNOWN_USER')",
            name="problem_known",
        ),
        CheckConstraint("NOT credited OR problem IS NULL", name="problem_or_credited"),
    )

    payment_intent_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    user_id: Mapped[uuid.UUID | None]
    topup_id: Mapped[uuid.UUID | None]
    # None until it succeeded; then what Stripe received, in SGD.
    received: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    credited: Mapped[bool] = mapped_column(server_default=text("false"))
    problem: Mapped[str | None] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )


class StripeTakeBack(Base):
    """A charge that was refunded, or a dispute.

    `amount` only grows: Stripe tells the sum of all refunds of a charge, and an older
    event may come later. `taken` is how much of it was taken from the user.
    """

    __tablename__ = "stripe_take_backs"
    __table_args__ = (
        CheckConstraint("kind IN ('REFUND', 'DISPUTE')", name="kind_known"),
        CheckConstraint(
            "0 <= taken AND taken <= amount AND amount > 0", name="taken_within_amount"
        ),
        Index("ix_stripe_take_backs_payment_intent_id", "payment_intent_id"),
    )

    source_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    payment_intent_id: Mapped[str] = mapped_column(
        ForeignKey("stripe_payments.payment_intent_id")
    )
    kind: Mapped[str] = mapped_column(String(16))
    amount: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    taken: Mapped[Decimal] = mapped_column(Numeric(10, 2), server_default=text("0"))
    # Whether its user has had the consequences that come once, such as the flag.
    handled: Mapped[bool] = mapped_column(server_default=text("false"))
