"""The guarantee that no hold outlives its time, whatever became of the message."""

from __future__ import annotations

from inventory_service.services.age_service import AgeService
from inventory_service.services.release_service import ReleaseService
from service_common.crash_points import crash_point
from service_common.loop import Loop
from service_common.request_context import request_id_scope


class Sweeper:
    """Releases what is due, every few seconds."""

    def __init__(
        self, releases: ReleaseService, ages: AgeService, *, interval_s: float
    ) -> None:
        self._releases = releases
        self._ages = ages
        self._interval_s = interval_s

    def turn(self, loop: Loop) -> None:
        """Sweep once, measure what is left, and rest."""
        with request_id_scope(None):
            if self._releases.sweep_due_holds():
                crash_point("sweeper:after_commit")
            self._ages.measure_ages()
        loop.report_well()
        loop.pause(self._interval_s)
