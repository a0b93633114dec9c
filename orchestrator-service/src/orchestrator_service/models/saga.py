"""The saga log's table."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from service_common.db import Base

_LIVE = text("state IN ('RUNNING', 'ABORTING')")


class SagaRow(Base):
    """One saga. Written by saga/postgres_log.py only."""

    __tablename__ = "sagas"
    __table_args__ = (
        CheckConstraint(
            "state IN ('RUNNING', 'ABORTING', 'DONE', 'FAILED', 'STUCK')", name="state"
        ),
        CheckConstraint(
            "(state IN ('DONE', 'FAILED')) = (finished_at IS NOT NULL)",
            name="finished_at",
        ),
        # A second request for the same subject joins the saga that is there.
        Index(
            "uq_sagas_one_per_subject",
            "kind",
            "subject",
            unique=True,
            postgresql_where=text("state <> 'FAILED'"),
        ),
        Index("ix_sagas_due", "next_run_at", postgresql_where=_LIVE),
        Index("ix_sagas_created_at", "created_at"),
        Index("ix_sagas_subject", "subject"),
    )

    saga_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    subject: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, server_default="RUNNING")
    stuck_from: Mapped[str | None] = mapped_column(Text)
    # All inputs: nothing random and no time of day is made up after START.
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    trace: Mapped[list[dict[str, Any]]] = mapped_column(
        JSONB, server_default=text("'[]'::jsonb")
    )
    reason: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    attempts: Mapped[int] = mapped_column(Integer, server_default="1")
    epoch: Mapped[int] = mapped_column(Integer, server_default="1")
    lease_owner: Mapped[str | None] = mapped_column(Text)
    lease_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    next_run_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=text("now()")
    )
    deadline: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    request_id: Mapped[str] = mapped_column(Text, server_default="-")
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=text("now()")
    )
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
