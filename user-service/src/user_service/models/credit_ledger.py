"""The ledger: every movement of credits, in double entry."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Identity,
    Index,
    Numeric,
    SmallInteger,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from service_common.db import Base

PLATFORM_STRIPE = "platform:stripe"
PLATFORM_SALES = "platform:sales"
PLATFORM_RECEIVABLE = "platform:receivable"
# The undo of an operation is an operation of its own, under this key.
REVERSAL_SUFFIX = ":reversed"
# What an operation has to lend first, and what it settles afterwards, are movements
# under keys of their own: nobody but the operation itself ever takes them.
OWED_SUFFIX = ":owed"
SETTLED_SUFFIX = ":settled"
UNFROZEN_SUFFIX = ":unfrozen"
OWN_SUFFIXES = (REVERSAL_SUFFIX, OWED_SUFFIX, SETTLED_SUFFIX, UNFROZEN_SUFFIX)

# What Stripe orders is an operation under its own id, behind this.
STRIPE_PREFIX = "stripe:"


class MovementKind(StrEnum):
    """Why credits moved.

    A refund undoes a charge of ours, a top-up refund and a chargeback one of Stripe's.
    A transfer goes from one person to another, a return back from the one who should
    not have had it; each has its undo. What somebody no longer has becomes a debt,
    which the next credits settle. A tombstone moves nothing, it only blocks its key.
    """

    TOPUP = "TOPUP"
    DEDUCT = "DEDUCT"
    REFUND = "REFUND"
    TOMBSTONE = "TOMBSTONE"
    TOPUP_REFUND = "TOPUP_REFUND"
    CHARGEBACK = "CHARGEBACK"
    DEBT = "DEBT"
    SETTLEMENT = "SETTLEMENT"
    TRANSFER = "TRANSFER"
    TRANSFER_REVERSAL = "TRANSFER_REVERSAL"
    RETURN = "RETURN"
    RETURN_REVERSAL = "RETURN_REVERSAL"


def user_account(user_id: uuid.UUID) -> str:
    """The ledger account of a person."""
    return f"user:{user_id}"


class CreditLedgerEntry(Base):
    """One of the two legs of a movement; together they are zero.

    Leg 1 is written first, so its key is what concurrent requests for one operation
    meet at. It is never the user's leg where a platform account takes part: the
    balance that the user's leg records is known only once his row has been changed.
    Between two people leg 1 is the payee's, and gets its balance when both are locked.
    """

    __tablename__ = "credit_ledger"
    __table_args__ = (
        CheckConstraint("leg IN (1, 2)", name="leg_known"),
        CheckConstraint(
            "kind IN ('TOPUP', 'DEDUCT', 'REFUND', 'TOMBSTONE', 'TOPUP_REFUND',"
            " 'CHARGEBACK', 'DEBT', 'SETTLEMENT', 'TRANSFER', 'TRANSFER_REVERSAL',"
            " 'RETURN', 'RETURN_REVERSAL')",
            name="kind_known",
        ),
        CheckConstraint(
            "account LIKE 'user:%' OR account IN"
            " ('platform:stripe', 'platform:sales', 'platform:receivable')",
            name="account_known",
        ),
        CheckConstraint(
            "(kind = 'TOMBSTONE') = (amount = 0)", name="only_tombstones_move_nothing"
        ),
        CheckConstraint("balance_after >= 0", name="balance_after_not_negative"),
        CheckConstraint(
            "balance_after IS NULL OR account LIKE 'user:%'",
            name="only_users_have_a_balance",
        ),
        # What a person reads as his history; the platform's legs are not in it.
        Index(
            "ix_credit_ledger_history",
            "account",
            "entry_no",
            postgresql_where=text("balance_after IS NOT NULL"),
        ),
    )

    # Compared byte by byte: paging over machines' keys must not hang on a locale.
    operation_key: Mapped[str] = mapped_column(
        String(255, collation="C"), primary_key=True
    )
    leg: Mapped[int] = mapped_column(
        SmallInteger, primary_key=True, autoincrement=False
    )
    entry_id: Mapped[uuid.UUID] = mapped_column(
        server_default=text("gen_random_uuid()")
    )
    # Drawn while the user's row is locked, so it follows the order of his balances.
    entry_no: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    kind: Mapped[str] = mapped_column(String(32))
    account: Mapped[str] = mapped_column(String(64))
    # Whose operation it is, on both legs; between two people each leg has its own. No
    # foreign key, whose share locks on the user's row deadlock with the balance update.
    user_id: Mapped[uuid.UUID]
    amount: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    balance_after: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    reference: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=text("clock_timestamp()")
    )
