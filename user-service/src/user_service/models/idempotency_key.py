"""The table behind the Idempotency-Key header."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import DateTime, Index, Integer, LargeBinary, MetaData, Text
from sqlalchemy.orm import Mapped, mapped_column

from service_common.db import Base


class OwnTables(Base):
    """Tables whose names other services use, too, each in its own database.

    One process may know several services, as that of the tests does; in one metadata
    their tables of one name would be one table.
    """

    __abstract__ = True
    metadata: ClassVar[MetaData] = MetaData(
        naming_convention=Base.metadata.naming_convention
    )


class IdempotencyKey(OwnTables):
    """One request that a client may repeat. Written by service_common only."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_expires_at", "expires_at"),)

    caller: Mapped[str] = mapped_column(Text, primary_key=True)
    route: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    claimed_until: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    status: Mapped[int | None] = mapped_column(Integer)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    content_type: Mapped[str | None] = mapped_column(Text)
