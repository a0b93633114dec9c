"""The guarantee that no hold outlives its time, whatever became of the message."""

from __future__ import annotations

from inventory_service.consumers.loop import Loop
from inventory_service.services.outbox_service import OutboxService
from inventory_service.services.release_service import ReleaseService
from service_common.crash_points import crash_point
from service_common.request_context import request_id_scope


class Sweeper:
    """Releases what is due, every few seconds."""

    def __init__(
        self, releases: ReleaseService, outbox: OutboxService, *, interval_s: float
    ) -> None:
        self._releases = releases
        self._outbox = outbox
        self._interval_s = interval_s

    def turn(self, loop: Loop) -> None:
        """Sweep once, measure what is left, and rest."""
        with request_id_scope(None):
            if self._releases.sweep_due_holds():
                crash_point("sweeper:after_commit")
            self._outbox.measure_ages()
        loop.report_well()
        loop.pause(self._interval_s)
