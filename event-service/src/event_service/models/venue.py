"""A place with halls."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import TIMESTAMP, String, UniqueConstraint, Uuid, func
from sqlalchemy.orm import Mapped, mapped_column

from service_common.db import Base

# An index entry may have 2,704 bytes: two names of 255 characters of up to four bytes
# fit, anything longer would be refused for some languages only.
NAME_LENGTH_MAX = 255


class Venue(Base):
    """One venue; name and address together are its natural key."""

    __tablename__ = "venues"
    __table_args__ = (UniqueConstraint("name", "address"),)

    venue_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH_MAX))
    address: Mapped[str] = mapped_column(String(NAME_LENGTH_MAX))
    created_at: Mapped[datetime] = mapped_column(
        TIMESTAMP(timezone=True), server_default=func.now()
    )
