"""Transfers are begun, agreed on and given up here; every call may be repeated."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Connection, TextClause

from order_service.models import Party, TransferStatus
from order_service.models.transfer_statements import (
    COUNT_RECENT,
    CREATE_TRANSFER,
    EXPIRE_OPEN_OF_SEAT,
    FAIL_SWAP,
    FAIL_TRANSFER,
    FIND_IN_THE_WAY,
    GET_TRANSFER,
    LOCK_PERSON_AND_SEAT,
    MARK_OTP_SENT,
    VERIFY_PARTY,
)
from order_service.services.transfer_moves import Outcome, log_move, look, move
from order_service.services.transfer_record import (
    NewTransfer,
    TransferRecord,
    transfer_of,
)
from order_service.services.transfer_refusals import (
    in_the_way,
    invalid_state,
    limit_reached,
    no_consent,
    transfer_id_reused,
)
from service_common.db import Database
from service_common.request_context import get_request_id


class TransferService:
    """The moves of a transfer up to its agreement, or to its end without one."""

    def __init__(self, database: Database, *, ttl_s: float, per_hour_max: int) -> None:
        self._database = database
        self._ttl_s = ttl_s
        self._per_hour_max = per_hour_max

    def create_transfer(self, new: NewTransfer) -> tuple[TransferRecord, bool]:
        """INITIATED; the second value tells whether this call made it.

        Refuses while another of the seat is open or disputed, and beyond the limit.
        """
        with self._database.transaction() as connection:
            connection.execute(
                LOCK_PERSON_AND_SEAT,
                {"user_id": str(new.initiated_by), "seat_id": str(new.seat_id)},
            )
            row = connection.execute(
                GET_TRANSFER, {"transfer_id": new.transfer_id}
            ).first()
            made = row is None
            if row is None:
                self._make_room(connection, new)
                record = self._insert(connection, new)
            else:
                record = transfer_of(row)
        if not record.has_content_of(new):
            raise transfer_id_reused(new.transfer_id)
        if made:
            log_move("transfer_created", record)
        return record, made

    def mark_otp_sent(self, transfer_id: uuid.UUID) -> TransferRecord:
        """INITIATED → PENDING_OTP: both have been sent a code."""
        outcome = self._move(MARK_OTP_SENT, transfer_id)
        record = outcome.record
        if outcome.moved:
            log_move("transfer_otp_sent", record)
        elif record.status is not TransferStatus.PENDING_OTP or outcome.is_late:
            raise no_consent(record, is_late=outcome.is_late)
        return record

    def verify_party(self, transfer_id: uuid.UUID, party: Party) -> TransferRecord:
        """This party has consented; with the second consent the swap is owed."""
        outcome = self._move(VERIFY_PARTY, transfer_id, is_seller=party is Party.SELLER)
        record = outcome.record
        if outcome.moved:
            log_move("transfer_party_verified", record, party=party.value)
        elif not _is_repeated_consent(outcome, party):
            raise no_consent(record, is_late=outcome.is_late)
        return record

    def fail_transfer(self, transfer_id: uuid.UUID, reason: str) -> TransferRecord:
        """Open and not agreed → FAILED; the first reason stays."""
        return self._end(FAIL_TRANSFER, transfer_id, reason)

    def fail_swap(self, transfer_id: uuid.UUID, reason: str) -> TransferRecord:
        """Agreed → FAILED: its saga has ended without effect."""
        return self._end(FAIL_SWAP, transfer_id, reason)

    def get_transfer(self, transfer_id: uuid.UUID) -> TransferRecord:
        """The transfer as it stands."""
        with self._database.statement() as connection:
            return look(connection, transfer_id).record

    def _make_room(self, connection: Connection, new: NewTransfer) -> None:
        seat = {"seat_id": new.seat_id}
        connection.execute(EXPIRE_OPEN_OF_SEAT, seat)
        other = connection.execute(FIND_IN_THE_WAY, seat).first()
        if other is not None:
            raise in_the_way(new.seat_id, other)
        recent = connection.execute(COUNT_RECENT, {"user_id": new.initiated_by}).one()
        if recent.begun >= self._per_hour_max:
            raise limit_reached(int(recent.next_in_s))

    def _insert(self, connection: Connection, new: NewTransfer) -> TransferRecord:
        row = connection.execute(
            CREATE_TRANSFER,
            {
                **new.as_parameters(),
                "ttl_s": self._ttl_s,
                "request_id": get_request_id(),
            },
        ).first()
        if row is None:  # written at this moment, for another seat
            raise transfer_id_reused(new.transfer_id)
        return transfer_of(row)

    def _end(
        self, statement: TextClause, transfer_id: uuid.UUID, reason: str
    ) -> TransferRecord:
        outcome = self._move(statement, transfer_id, reason=reason)
        if outcome.moved:
            log_move("transfer_failed", outcome.record, reason=reason)
        elif outcome.record.status is not TransferStatus.FAILED:
            raise invalid_state(outcome.record)
        return outcome.record

    def _move(
        self, statement: TextClause, transfer_id: uuid.UUID, **facts: Any
    ) -> Outcome:
        with self._database.statement() as connection:
            return move(connection, statement, transfer_id, **facts)


def _is_repeated_consent(outcome: Outcome, party: Party) -> bool:
    has_failed = outcome.record.status is TransferStatus.FAILED
    return (
        outcome.record.has_consent_of(party) and not has_failed and not outcome.is_late
    )
