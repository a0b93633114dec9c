"""Disputes over completed transfers, and what the other services are owed for them."""

from __future__ import annotations

import uuid

from order_service.models import TransferStatus, TransferTask
from order_service.models.dispute_statements import (
    BEGIN_REVERSAL,
    DISPUTE_TRANSFER,
    FAIL_OPEN_OF_SEAT,
    SETTLE_TASK,
    UPHOLD_TRANSFER,
)
from order_service.models.transfer_statements import LOCK_SEAT
from order_service.services.transfer_moves import Outcome, log, log_move, look, move
from order_service.services.transfer_record import TransferRecord
from order_service.services.transfer_refusals import invalid_state
from service_common.db import Database


class DisputeService:
    """The moves of a transfer after its completion, but for the reversal itself."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def dispute_transfer(
        self, transfer_id: uuid.UUID, *, user_id: uuid.UUID, reason: str
    ) -> TransferRecord:
        """COMPLETED → DISPUTED; what is open of the seat and not agreed fails with it.

        Refuses while something is unsettled, and another's or another reason's dispute.
        """
        with self._database.transaction() as connection:
            seat_id = look(connection, transfer_id).record.seat_id
            # Nobody begins a transfer of the seat now, unseen by this dispute.
            connection.execute(LOCK_SEAT, {"seat_id": str(seat_id)})
            outcome = move(
                connection,
                DISPUTE_TRANSFER,
                transfer_id,
                user_id=user_id,
                reason=reason,
            )
            failed = (
                connection.execute(FAIL_OPEN_OF_SEAT, {"seat_id": seat_id}).all()
                if outcome.moved
                else []
            )
        record = outcome.record
        for row in failed:
            log.info("transfer_failed_by_dispute", transfer_id=str(row.transfer_id))
        if outcome.moved:
            log_move("transfer_disputed", record)
        elif not _is_same_dispute(record, user_id, reason):
            raise invalid_state(record)
        return record

    def uphold_transfer(self, transfer_id: uuid.UUID) -> TransferRecord:
        """DISPUTED → COMPLETED; one that was upheld already is answered as it is."""
        with self._database.statement() as connection:
            outcome = move(connection, UPHOLD_TRANSFER, transfer_id)
        record = outcome.record
        is_upheld = record.status is TransferStatus.COMPLETED and record.dispute_no > 0
        return _moved_or_standing(outcome, "transfer_upheld", stands=is_upheld)

    def begin_reversal(self, transfer_id: uuid.UUID) -> TransferRecord:
        """DISPUTED stays, its reversal is owed; one under way is answered as it is."""
        with self._database.statement() as connection:
            outcome = move(connection, BEGIN_REVERSAL, transfer_id)
        is_under_way = outcome.record.unsettled is TransferTask.REVERSE
        return _moved_or_standing(
            outcome, "transfer_reversal_begun", stands=is_under_way
        )

    def settle_task(
        self, transfer_id: uuid.UUID, task: TransferTask, number: int
    ) -> TransferRecord:
        """Nothing is owed any more, if it was this very task; else nothing changes."""
        with self._database.statement() as connection:
            outcome = move(
                connection, SETTLE_TASK, transfer_id, task=task.value, number=number
            )
        if outcome.moved:
            log_move("transfer_settled", outcome.record, task=task.value)
        return outcome.record


def _is_same_dispute(record: TransferRecord, user_id: uuid.UUID, reason: str) -> bool:
    return record.status is TransferStatus.DISPUTED and (
        (record.disputed_by, record.dispute_reason) == (user_id, reason)
    )


def _moved_or_standing(outcome: Outcome, event: str, *, stands: bool) -> TransferRecord:
    if outcome.moved:
        log_move(event, outcome.record)
    elif not stands:
        raise invalid_state(outcome.record)
    return outcome.record
