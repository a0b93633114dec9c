"""The record of a ticket going from one person to another."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, Enum, Index, Text, Uuid, false, func, text
from sqlalchemy.orm import Mapped, mapped_column

from order_service.models.order import MOMENT, MONEY
from service_common.db import Base


class TransferStatus(StrEnum):
    """The reference's states, and FAILED, which its failure tables use."""

    INITIATED = "INITIATED"
    PENDING_OTP = "PENDING_OTP"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    DISPUTED = "DISPUTED"
    REVERSED = "REVERSED"


class Transfer(Base):
    """One transfer of one seat; at most one open transfer per seat."""

    __tablename__ = "transfers"
    __table_args__ = (
        CheckConstraint("seller_user_id <> buyer_user_id", name="two_parties"),
        CheckConstraint("credits_amount > 0", name="amount_positive"),
        CheckConstraint(
            "(status IN ('COMPLETED', 'DISPUTED', 'REVERSED'))"
            " = (completed_at IS NOT NULL)",
            name="completed_at_a_time",
        ),
        CheckConstraint(
            "completed_at IS NULL OR (seller_otp_verified AND buyer_otp_verified)",
            name="completed_by_both",
        ),
        CheckConstraint(
            "status <> 'DISPUTED' OR dispute_reason IS NOT NULL",
            name="disputed_for_a_reason",
        ),
        Index("ix_transfers_seller_user_id", "seller_user_id", "created_at"),
        Index("ix_transfers_buyer_user_id", "buyer_user_id", "created_at"),
        Index(
            "uq_transfers_open_seat",
            "seat_id",
            unique=True,
            postgresql_where=text("status IN ('INITIATED', 'PENDING_OTP')"),
        ),
    )

    transfer_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    seat_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    seller_user_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    buyer_user_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    status: Mapped[TransferStatus] = mapped_column(
        Enum(TransferStatus, name="transfer_status"),
        server_default=TransferStatus.INITIATED.value,
    )
    seller_otp_verified: Mapped[bool] = mapped_column(server_default=false())
    buyer_otp_verified: Mapped[bool] = mapped_column(server_default=false())
    credits_amount: Mapped[Decimal] = mapped_column(MONEY)
    # The seat's version when the transfer was begun: a ticket that has changed hands
    # since then is not the one that was offered.
    ticket_version: Mapped[int]
    dispute_reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(MOMENT)
    completed_at: Mapped[datetime | None] = mapped_column(MOMENT)
