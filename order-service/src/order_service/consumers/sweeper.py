"""The guarantee that no offer outlives its time, whatever became of the message."""

from __future__ import annotations

from order_service.services.expiry_service import ExpiryService
from service_common.crash_points import crash_point
from service_common.loop import Loop
from service_common.outbox import Outbox
from service_common.request_context import request_id_scope


class Sweeper:
    """Fails what is due, every few seconds."""

    def __init__(
        self, expiries: ExpiryService, outbox: Outbox, *, interval_s: float
    ) -> None:
        self._expiries = expiries
        self._outbox = outbox
        self._interval_s = interval_s

    def turn(self, loop: Loop) -> None:
        """Sweep once, measure what is left, and rest."""
        with request_id_scope(None):
            if self._expiries.sweep_due_transfers():
                crash_point("sweeper:after_commit")
            self._outbox.measure_age()
            self._expiries.measure_age()
        loop.report_well()
        loop.pause(self._interval_s)
