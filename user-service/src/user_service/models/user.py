"""Accounts: who somebody is, what he may do, and what he has."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Index,
    Numeric,
    String,
    Text,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from service_common.access import Role
from service_common.db import Base

# The refusal of every charge that is not covered, also between concurrent ones.
BALANCE_NOT_NEGATIVE = "ck_users_credit_balance_not_negative"


class User(Base):
    """One account.

    `credit_balance` is what can be spent; `credits_frozen` is what a dispute has set
    aside from it; `credits_owed` is a debt that the next credits settle first.
    """

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("credit_balance >= 0", name="credit_balance_not_negative"),
        CheckConstraint("credits_frozen >= 0", name="credits_frozen_not_negative"),
        CheckConstraint("credits_owed >= 0", name="credits_owed_not_negative"),
        CheckConstraint(
            "role IN ('customer', 'staff', 'organiser', 'admin')", name="role_known"
        ),
        CheckConstraint(
            "NOT totp_enabled OR two_fa_secret IS NOT NULL", name="totp_needs_a_secret"
        ),
        # One account an address, however somebody writes its letters.
        Index("uq_users_email", func.lower(text("email")), unique=True),
    )

    user_id: Mapped[uuid.UUID] = mapped_column(
        primary_key=True, server_default=text("gen_random_uuid()")
    )
    email: Mapped[str] = mapped_column(String(255))
    phone: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[str] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(16), server_default=Role.CUSTOMER)
    credit_balance: Mapped[Decimal] = mapped_column(
        Numeric(10, 2), server_default=text("0")
    )
    credits_frozen: Mapped[Decimal] = mapped_column(
        Numeric(10, 2), server_default=text("0")
    )
    credits_owed: Mapped[Decimal] = mapped_column(
        Numeric(10, 2), server_default=text("0")
    )
    # Sealed with TOTP_ENCRYPTION_KEY; asked for at login once it is enabled.
    two_fa_secret: Mapped[str | None] = mapped_column(Text)
    totp_enabled: Mapped[bool] = mapped_column(server_default=text("false"))
    # The newest step of time whose code was used: no code is good twice.
    totp_last_step: Mapped[int | None] = mapped_column(BigInteger)
    is_flagged: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )

    def flag(self) -> None:
        """Mark as high risk: purchases need a one-time code from now on."""
        self.is_flagged = True

    def unflag(self) -> None:
        """Trust again."""
        self.is_flagged = False

    def take_role(self, role: Role) -> None:
        """Hold another role; tokens issued before keep the old one until they end."""
        self.role = role
