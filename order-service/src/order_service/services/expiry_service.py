"""Ends transfers that were not agreed on in time, on the database's clock."""

from __future__ import annotations

import uuid

import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy import text

from order_service.models.transfer_statements import (
    EXPIRE_DUE_TRANSFERS,
    EXPIRE_TRANSFER,
)
from order_service.services.transfer_moves import log_move
from order_service.services.transfer_record import transfer_of
from service_common.db import Database

log = structlog.get_logger()

EXPIRED = Counter(
    "transfers_expired", "Transfers that nobody agreed on in time", ("cause",)
)
UNSETTLED_OLDEST_S = Gauge(
    "transfers_unsettled_oldest_seconds",
    "For how long something has been owed to another service for a transfer",
)

_SWEPT_AT_ONCE_MAX = 100
_AGE = text("""
    SELECT extract(epoch FROM now() - min(unsettled_since)) AS oldest
      FROM transfers WHERE unsettled IS NOT NULL
""")


class ExpiryService:
    """INITIATED and PENDING_OTP → FAILED, once their time is over."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def expire_transfer(self, transfer_id: uuid.UUID) -> bool:
        """Whether it failed by this call: its time was over and it was not agreed."""
        with self._database.statement() as connection:
            row = connection.execute(
                EXPIRE_TRANSFER, {"transfer_id": transfer_id}
            ).first()
        if row is None:
            return False
        EXPIRED.labels("message").inc()
        log_move("transfer_expired", transfer_of(row))
        return True

    def sweep_due_transfers(self) -> int:
        """Fail all whose time is over, a batch at a time; how many."""
        swept = 0
        while True:
            with self._database.statement() as connection:
                rows = connection.execute(
                    EXPIRE_DUE_TRANSFERS, {"limit": _SWEPT_AT_ONCE_MAX}
                ).all()
            for row in rows:
                log.info("transfer_swept", transfer_id=str(row.transfer_id))
            EXPIRED.labels("sweeper").inc(len(rows))
            swept += len(rows)
            if len(rows) < _SWEPT_AT_ONCE_MAX:
                return swept

    def measure_age(self) -> None:
        """Set the gauge that tells whether anybody does what is owed."""
        with self._database.statement() as connection:
            oldest = connection.execute(_AGE).scalar_one()
        UNSETTLED_OLDEST_S.set(max(0, oldest or 0))
