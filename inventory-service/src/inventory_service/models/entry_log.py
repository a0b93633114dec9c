"""The log of the gate."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    Enum,
    ForeignKey,
    Index,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from service_common.db import Base


class ScanResult(StrEnum):
    """What the gate was told."""

    SUCCESS = "SUCCESS"
    DUPLICATE = "DUPLICATE"
    WRONG_HALL = "WRONG_HALL"
    UNPAID = "UNPAID"
    NOT_FOUND = "NOT_FOUND"
    EXPIRED = "EXPIRED"


class EntryLog(Base):
    """One row of `entry_logs`.

    `presented_seat_id` is what the code said; `seat_id` is set when there is such a
    seat, so that a counterfeit can be logged too. `scan_id` is the caller's name for
    the scan: it stands on one admission at most, and on as many refusals as came of it.

    `admitted` says that somebody went in. A scanner without the network may let in whom
    another one has let in; of these rows one is SUCCESS, the ticket's entry, and the
    others are DUPLICATE. Then `scanned_at` is the scanner's time.
    """

    __tablename__ = "entry_logs"
    __table_args__ = (
        CheckConstraint(
            "result <> 'SUCCESS' OR ticket_version IS NOT NULL",
            name="success_has_ticket_version",
        ),
        CheckConstraint(
            "result <> 'SUCCESS' OR admitted", name="success_is_an_admission"
        ),
        Index(
            "one_success_per_ticket",
            "seat_id",
            "ticket_version",
            unique=True,
            postgresql_where=text("result = 'SUCCESS'"),
        ),
        Index(
            "one_admission_per_scan",
            "scan_id",
            unique=True,
            postgresql_where=text("result = 'SUCCESS'"),
        ),
        Index("ix_entry_logs_seat_id", "seat_id"),
        Index("ix_entry_logs_scanned_at", "scanned_at"),
        Index("ix_entry_logs_event_id_scanned_at", "event_id", "scanned_at"),
    )

    log_id: Mapped[UUID] = mapped_column(
        primary_key=True, server_default=text("gen_random_uuid()")
    )
    seat_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("seats.seat_id", ondelete="SET NULL")
    )
    scan_id: Mapped[UUID | None]
    event_id: Mapped[UUID | None]
    presented_seat_id: Mapped[str] = mapped_column(Text)
    ticket_version: Mapped[int | None]
    scanned_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=text("now()")
    )
    recorded_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=text("now()")
    )
    scanned_by_staff_id: Mapped[UUID]
    admitted: Mapped[bool] = mapped_column(server_default=text("false"))
    result: Mapped[ScanResult] = mapped_column(Enum(ScanResult, name="scan_result"))
    hall_id_presented: Mapped[str | None] = mapped_column(String(20))
    hall_id_expected: Mapped[str | None] = mapped_column(String(20))
