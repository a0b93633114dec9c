"""Credits that a dispute has set aside."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, DateTime, Index, Numeric, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from service_common.db import Base

_MONEY = Numeric(10, 2)


class FreezeState(StrEnum):
    """FROZEN until it is released, or taken by a return; a return may be undone."""

    FROZEN = "FROZEN"
    RELEASED = "RELEASED"
    TAKEN = "TAKEN"


class CreditFreeze(Base):
    """What one operation has set aside of somebody's credits.

    They stay his, so the ledger knows nothing of it: `credits_frozen` of a user is the
    sum of what his freezes hold. One that was released or taken before it was asked for
    holds nothing and keeps the late request from freezing anything.
    """

    __tablename__ = "credit_freezes"
    __table_args__ = (
        CheckConstraint("state IN ('FROZEN', 'RELEASED', 'TAKEN')", name="state_known"),
        CheckConstraint(
            "0 <= frozen AND frozen <= coalesce(asked, 0)", name="frozen_within_asked"
        ),
        CheckConstraint(
            "0 <= held AND 0 <= taken AND held + taken <= frozen",
            name="held_within_frozen",
        ),
        CheckConstraint("held = 0 OR state = 'FROZEN'", name="only_frozen_holds"),
        CheckConstraint(
            "state <> 'TAKEN' OR taken_by IS NOT NULL", name="taken_by_somebody"
        ),
        CheckConstraint(
            "(state = 'RELEASED') = (unfrozen IS NOT NULL)", name="released_says_what"
        ),
        Index(
            "uq_credit_freezes_taken_by",
            "taken_by",
            unique=True,
            postgresql_where=text("taken_by IS NOT NULL"),
        ),
        Index("ix_credit_freezes_user_id", "user_id"),
    )

    operation_key: Mapped[str] = mapped_column(
        String(255, collation="C"), primary_key=True
    )
    user_id: Mapped[uuid.UUID]
    reference: Mapped[str] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(16), server_default=FreezeState.FROZEN)
    # None until somebody asks for it.
    asked: Mapped[Decimal | None] = mapped_column(_MONEY)
    frozen: Mapped[Decimal] = mapped_column(_MONEY, server_default=text("0"))
    # What is set aside at this moment.
    held: Mapped[Decimal] = mapped_column(_MONEY, server_default=text("0"))
    # What the return under this key has paid out of it.
    taken: Mapped[Decimal] = mapped_column(_MONEY, server_default=text("0"))
    taken_by: Mapped[str | None] = mapped_column(String(255, collation="C"))
    unfrozen: Mapped[Decimal | None] = mapped_column(_MONEY)
    # What the user had after it was frozen and after it was released: repetitions are
    # answered with it.
    balance_when_frozen: Mapped[Decimal | None] = mapped_column(_MONEY)
    frozen_when_frozen: Mapped[Decimal | None] = mapped_column(_MONEY)
    balance_when_released: Mapped[Decimal | None] = mapped_column(_MONEY)
    frozen_when_released: Mapped[Decimal | None] = mapped_column(_MONEY)
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
