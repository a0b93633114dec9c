"""One compare-and-set on a transfer, and how it stands when it was not moved."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Connection, TextClause

from order_service.models.transfer_statements import GET_TRANSFER
from order_service.services.transfer_record import TransferRecord, transfer_of
from order_service.services.transfer_refusals import transfer_not_found

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The transfer after a move, or as it stands where it was not moved.

    `is_late`: it was neither agreed nor ended when its time was over.
    """

    record: TransferRecord
    moved: bool
    is_late: bool = False


def move(
    connection: Connection,
    statement: TextClause,
    transfer_id: uuid.UUID,
    **facts: Any,
) -> Outcome:
    """Execute one moving statement; NotFound when there is no such transfer."""
    parameters = {"transfer_id": transfer_id, **facts}
    row = connection.execute(statement, parameters).first()
    if row is not None:
        return Outcome(transfer_of(row), moved=True)
    return look(connection, transfer_id)


def look(connection: Connection, transfer_id: uuid.UUID) -> Outcome:
    """How it stands; NotFound when there is no such transfer."""
    row = connection.execute(GET_TRANSFER, {"transfer_id": transfer_id}).first()
    if row is None:
        raise transfer_not_found()
    record = transfer_of(row)
    is_late = record.is_open and not record.is_agreed and row.is_over
    return Outcome(record, moved=False, is_late=is_late)


def log_move(event: str, record: TransferRecord, **facts: Any) -> None:
    """One line for a transfer that has moved."""
    log.info(
        event,
        transfer_id=str(record.transfer_id),
        seat_id=str(record.seat_id),
        status=record.status.value,
        unsettled=record.unsettled and record.unsettled.value,
        **facts,
    )
