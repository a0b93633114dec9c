"""An event: where, when, and what its seats cost."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    TIMESTAMP,
    CheckConstraint,
    Enum,
    ForeignKey,
    Index,
    String,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from event_service.models.venue import NAME_LENGTH_MAX
from service_common.db import Base

MOMENT = TIMESTAMP(timezone=True)


class EventStatus(StrEnum):
    """DRAFT becomes PUBLISHED or DISCARDED, and stays it."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    DISCARDED = "DISCARDED"


class Event(Base):
    """One event. Its status moves only by the statements of event_statements.py.

    A tombstone is a DISCARDED row without content: its publication was given up
    before the draft came.
    """

    __tablename__ = "events"
    __table_args__ = (
        CheckConstraint(
            "status = 'DISCARDED' OR num_nulls(name, venue_id, hall_id, event_date,"
            " total_seats, pricing_tiers) = 0",
            name="complete_unless_discarded",
        ),
        CheckConstraint(
            "(status = 'PUBLISHED') = (published_at IS NOT NULL)",
            name="published_at_a_time",
        ),
        CheckConstraint("total_seats BETWEEN 1 AND 50000", name="total_seats_bounded"),
        CheckConstraint(
            "jsonb_typeof(pricing_tiers) = 'object'", name="pricing_tiers_is_an_object"
        ),
        Index(
            "ix_events_published_event_date",
            "event_date",
            "event_id",
            postgresql_where=text("status = 'PUBLISHED'"),
        ),
    )

    event_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    name: Mapped[str | None] = mapped_column(String(NAME_LENGTH_MAX))
    type: Mapped[str | None] = mapped_column(String(50))
    description: Mapped[str | None] = mapped_column(Text)
    venue_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("venues.venue_id"))
    hall_id: Mapped[str | None] = mapped_column(String(20))
    event_date: Mapped[datetime | None] = mapped_column(MOMENT)
    total_seats: Mapped[int | None]
    # Category → price as a decimal string, as it travels: {"CAT1": "350.00"}.
    pricing_tiers: Mapped[dict[str, str] | None] = mapped_column(
        JSONB(none_as_null=True)
    )
    status: Mapped[EventStatus] = mapped_column(
        Enum(EventStatus, name="event_status"), server_default=EventStatus.DRAFT.value
    )
    created_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.now())
    published_at: Mapped[datetime | None] = mapped_column(MOMENT)
