"""The record of a ticket going from one person to another."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    Enum,
    ForeignKey,
    Index,
    String,
    Text,
    Uuid,
    false,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from order_service.models.order import MOMENT, MONEY
from service_common.db import Base

_OPEN = "status IN ('INITIATED', 'PENDING_OTP')"


class TransferStatus(StrEnum):
    """The reference's states, and FAILED, which its failure tables use."""

    INITIATED = "INITIATED"
    PENDING_OTP = "PENDING_OTP"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    DISPUTED = "DISPUTED"
    REVERSED = "REVERSED"


class TransferTask(StrEnum):
    """What the other services are still owed: who has read it does it and says so."""

    SWAP = "SWAP"
    FREEZE = "FREEZE"
    UNFREEZE = "UNFREEZE"
    REVERSE = "REVERSE"
    CODES = "CODES"


class Party(StrEnum):
    """The two whose consent a transfer needs."""

    SELLER = "SELLER"
    BUYER = "BUYER"


# A transfer with both consents is agreed, and owes the swap: nothing but the end of
# its saga ends it. CHECKs that span several columns say what belongs together.
_CHECKS = {
    "two_parties": "seller_user_id <> buyer_user_id",
    "begun_by_a_party": "initiated_by IN (seller_user_id, buyer_user_id)",
    "amount_positive": "credits_amount > 0",
    "currency_is_a_code": "currency ~ '^[A-Z]{3}$'",
    "consents_need_codes": (
        "status <> 'INITIATED' OR NOT (seller_otp_verified OR buyer_otp_verified)"
    ),
    "swap_owed_when_agreed": (
        "(unsettled IS NOT DISTINCT FROM 'SWAP')"
        " = (status = 'PENDING_OTP' AND seller_otp_verified AND buyer_otp_verified)"
    ),
    "task_fits_status": (
        "CASE unsettled WHEN 'FREEZE' THEN status = 'DISPUTED'"
        " WHEN 'REVERSE' THEN status = 'DISPUTED'"
        " WHEN 'UNFREEZE' THEN status = 'COMPLETED'"
        " WHEN 'CODES' THEN status = 'FAILED' ELSE true END"
    ),
    "unsettled_since_a_time": "num_nonnulls(unsettled, unsettled_since) <> 1",
    "failed_for_a_reason": "(status = 'FAILED') = (failure_reason IS NOT NULL)",
    "ended_at_a_time": "(status IN ('FAILED', 'REVERSED')) = (ended_at IS NOT NULL)",
    "completed_at_a_time": (
        "(status IN ('COMPLETED', 'DISPUTED', 'REVERSED')) = (completed_at IS NOT NULL)"
    ),
    "completed_by_both": (
        "completed_at IS NULL OR (seller_otp_verified AND buyer_otp_verified)"
    ),
    "completed_with_orders": (
        "num_nonnulls(completed_at, completed_version, saga_id, sold_order_id,"
        " bought_order_id) IN (0, 5)"
    ),
    "disputes_are_complete": (
        "num_nonnulls(dispute_reason, disputed_by, disputed_at)"
        " = CASE WHEN dispute_no > 0 THEN 3 ELSE 0 END"
    ),
    "disputed_once_completed": "dispute_no = 0 OR completed_at IS NOT NULL",
    "disputed_by_a_dispute": "status NOT IN ('DISPUTED', 'REVERSED') OR dispute_no > 0",
    "reversal_needs_a_dispute": "reversal_no = 0 OR dispute_no > 0",
    "reversed_by_a_saga": (
        "num_nonnulls(reversal_saga_id, reversed_version)"
        " = CASE WHEN status = 'REVERSED' THEN 2 ELSE 0 END"
    ),
}
_INDEXES = (
    Index("ix_transfers_seller_user_id", "seller_user_id", "created_at"),
    Index("ix_transfers_buyer_user_id", "buyer_user_id", "created_at"),
    Index("ix_transfers_initiated_by", "initiated_by", "created_at"),
    Index(
        "uq_transfers_open_seat", "seat_id", unique=True, postgresql_where=text(_OPEN)
    ),
    Index(
        "ix_transfers_unsettled_since",
        "unsettled_since",
        "transfer_id",
        postgresql_where=text("unsettled IS NOT NULL"),
    ),
    Index(
        "ix_transfers_due",
        "expires_at",
        postgresql_where=text(f"{_OPEN} AND unsettled IS NULL"),
    ),
    Index(
        "ix_transfers_disputed_seat",
        "seat_id",
        postgresql_where=text("status = 'DISPUTED'"),
    ),
    # One item of an order is sold on once, unless that was reversed.
    Index(
        "uq_transfers_sold_item",
        "sold_order_id",
        "seat_id",
        unique=True,
        postgresql_where=text("status IN ('COMPLETED', 'DISPUTED')"),
    ),
)


class Transfer(Base):
    """One transfer of one seat; at most one open transfer per seat.

    Its status moves only by the statements of transfer_statements.py,
    swap_statements.py and dispute_statements.py.
    """

    __tablename__ = "transfers"
    __table_args__ = (
        *(CheckConstraint(condition, name=name) for name, condition in _CHECKS.items()),
        *_INDEXES,
    )

    transfer_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    seat_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    event_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    seller_user_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    buyer_user_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    initiated_by: Mapped[uuid.UUID] = mapped_column(Uuid)
    status: Mapped[TransferStatus] = mapped_column(
        Enum(TransferStatus, name="transfer_status"),
        server_default=TransferStatus.INITIATED.value,
    )
    seller_otp_verified: Mapped[bool] = mapped_column(server_default=false())
    buyer_otp_verified: Mapped[bool] = mapped_column(server_default=false())
    credits_amount: Mapped[Decimal] = mapped_column(MONEY)
    currency: Mapped[str] = mapped_column(String(3))
    # The seat's version when the transfer was begun: a ticket that has changed hands
    # since then is not the one that was offered. Then the one that the buyer got, and
    # the one that the seller got back.
    ticket_version: Mapped[int]
    completed_version: Mapped[int | None]
    reversed_version: Mapped[int | None]
    saga_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    reversal_saga_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    # Whose item was live before, and whose is live since.
    sold_order_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("orders.order_id", name="fk_transfers_sold_order_id", use_alter=True)
    )
    bought_order_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey(
            "orders.order_id", name="fk_transfers_bought_order_id", use_alter=True
        )
    )
    failure_reason: Mapped[str | None] = mapped_column(Text)
    # The last dispute; an upheld transfer keeps it.
    dispute_reason: Mapped[str | None] = mapped_column(Text)
    disputed_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    dispute_no: Mapped[int] = mapped_column(server_default=text("0"))
    reversal_no: Mapped[int] = mapped_column(server_default=text("0"))
    unsettled: Mapped[TransferTask | None] = mapped_column(
        Enum(TransferTask, name="transfer_task")
    )
    unsettled_since: Mapped[datetime | None] = mapped_column(MOMENT)
    created_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(MOMENT)
    completed_at: Mapped[datetime | None] = mapped_column(MOMENT)
    disputed_at: Mapped[datetime | None] = mapped_column(MOMENT)
    ended_at: Mapped[datetime | None] = mapped_column(MOMENT)
