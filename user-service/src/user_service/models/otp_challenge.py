"""One-time codes that somebody was asked for, and how it went."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    Index,
    Numeric,
    SmallInteger,
    String,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from service_common.db import Base

ATTEMPTS_MAX = 3


class OtpPurpose(StrEnum):
    """What a code is good for."""

    PURCHASE = "PURCHASE"
    TRANSFER_SELLER = "TRANSFER_SELLER"
    TRANSFER_BUYER = "TRANSFER_BUYER"


class ChallengeState(StrEnum):
    """OPEN becomes one of the others, once; WITHDRAWN may also be where it begins."""

    OPEN = "OPEN"
    VERIFIED = "VERIFIED"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"


class OtpChallenge(Base):
    """A code for one purpose, one order or transfer, and one amount.

    The SMU API knows phones only, so a phone has one open challenge at a time: a code
    for one thing must not open another. `attempts` counts before the SMU API is asked,
    `failures` when it has said no; between the two an attempt is under way.
    """

    __tablename__ = "otp_challenges"
    __table_args__ = (
        CheckConstraint(
            "purpose IN ('PURCHASE', 'TRANSFER_SELLER', 'TRANSFER_BUYER')",
            name="purpose_known",
        ),
        CheckConstraint(
            "state IN ('OPEN', 'VERIFIED', 'FAILED', 'EXPIRED', 'WITHDRAWN')",
            name="state_known",
        ),
        CheckConstraint(
            "0 <= failures AND failures <= attempts AND attempts <= 3",
            name="three_attempts",
        ),
        Index(
            "uq_otp_challenges_open_phone",
            "phone",
            unique=True,
            postgresql_where=text("state = 'OPEN'"),
        ),
        # Three attempts for an order or transfer: a failed one is not opened again,
        # and a withdrawn one neither.
        Index(
            "uq_otp_challenges_reference",
            "user_id",
            "purpose",
            "reference",
            unique=True,
            postgresql_where=text("state <> 'EXPIRED'"),
        ),
        Index("ix_otp_challenges_phone", "phone", "created_at"),
        Index("ix_otp_challenges_user_id", "user_id", "created_at"),
        Index("ix_otp_challenges_client_address", "client_address", "created_at"),
    )

    challenge_id: Mapped[uuid.UUID] = mapped_column(
        primary_key=True, server_default=text("gen_random_uuid()")
    )
    user_id: Mapped[uuid.UUID]
    phone: Mapped[str] = mapped_column(String(20))
    purpose: Mapped[str] = mapped_column(String(16))
    reference: Mapped[str] = mapped_column(String(255))
    amount: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    # Where the request came from that asked for it, as far as our proxies tell.
    client_address: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16), server_default=ChallengeState.OPEN)
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    failures: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    codes_sent: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    # When the newest code left; None when none is known to have.
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    # Somebody is sending one, and until then nobody else does.
    sending_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    # An attempt may be under way until then; afterwards none is.
    checking_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
