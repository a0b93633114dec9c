"""Finds transfers whose decisions nobody is carrying out any more, and does it."""

from __future__ import annotations

import random
import threading

import structlog

from orchestrator_service.clients.transfer_client import TransferClient
from orchestrator_service.orchestrators.transfer_settlement import TransferSettlement
from service_common.errors import AppError, Unavailable
from service_common.request_context import request_id_scope

log = structlog.get_logger()

# Younger than this, the request that decided is still at work.
_LEFT_ALONE_S = 3.0
_BATCH = 50


class TransferSweeper:
    """One thread's loop. Any number may run: every task may be carried out twice."""

    def __init__(
        self,
        transfers: TransferClient,
        settlement: TransferSettlement,
        *,
        interval_s: float,
        stop: threading.Event,
    ) -> None:
        self._transfers = transfers
        self._settlement = settlement
        self._interval_s = interval_s
        self._stop = stop

    def run(self) -> None:
        """Sweep until told to stop. Survives services that are away."""
        while not self._stop.wait(self._interval_s * random.uniform(0.75, 1.25)):  # noqa: S311
            try:
                self.run_once()
            except Unavailable as error:
                log.warning("transfer_sweep_waits", code=error.code)
            except Exception:  # what this thread cannot read must not end it
                log.exception("transfer_sweep_failed")

    def run_once(self) -> int:
        """Settle what is due; returns how many transfers that was."""
        unsettled = self._transfers.list_unsettled(
            older_than_s=_LEFT_ALONE_S, limit=_BATCH
        )
        for transfer in unsettled:
            with request_id_scope(f"transfer-{transfer.transfer_id}"):
                self._settle(transfer.transfer_id)
        return len(unsettled)

    def _settle(self, transfer_id: str) -> None:
        try:
            # Read again: it may have been settled while others of the batch were.
            transfer = self._transfers.get(transfer_id)
            self._settlement.settle(transfer)
        except AppError as error:
            log.warning(
                "transfer_left_unsettled", transfer_id=transfer_id, code=error.code
            )
