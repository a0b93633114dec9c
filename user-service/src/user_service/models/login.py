"""What stands between a password and a login: the second factor, and patience."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from service_common.db import Base


class MfaChallenge(Base):
    """A login whose password was right and whose code is still to come.

    The token is stored as its SHA-256, and good for nothing but this.
    """

    __tablename__ = "mfa_challenges"
    __table_args__ = (
        CheckConstraint("attempts BETWEEN 0 AND 5", name="five_attempts"),
    )

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("users.user_id", ondelete="CASCADE"), index=True
    )
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class LoginAttempts(Base):
    """How often an account or an address was tried without success lately.

    An account is the hash of what was typed as its address, whether or not there is
    such an account: also this must not tell.
    """

    __tablename__ = "login_attempts"
    __table_args__ = (CheckConstraint("attempts >= 0", name="attempts_not_negative"),)

    subject: Mapped[str] = mapped_column(String(80), primary_key=True)
    attempts: Mapped[int] = mapped_column(Integer)
    next_attempt_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    forgotten_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
