"""Drives sagas: forward to DONE, or back to FAILED, whatever fails in between.

Safety lives in the participants: every effect is idempotent, every undo leaves a
tombstone, the arbiter decides between a late driver and an abort. The log and its
leases keep two drivers from doing the same work, most of the time.
"""

from __future__ import annotations

import uuid
from typing import TypeVar

from orchestrator_service.saga.attempts import Clock, SystemClock
from orchestrator_service.saga.declaration import Registry, Saga
from orchestrator_service.saga.drive import Drive, EngineLimits, Result, report
from orchestrator_service.saga.log import (
    FINAL_STATES,
    NewSaga,
    SagaLog,
    SagaRecord,
)
from service_common.errors import Unavailable
from service_common.request_context import get_request_id

_START_TRIES = 3
_WAIT_POLL_S = 0.05
D = TypeVar("D")


class Engine:
    """Starts sagas and drives them; one per process, shared by its threads."""

    def __init__(
        self,
        saga_log: SagaLog,
        registry: Registry,
        *,
        owner: str,
        limits: EngineLimits | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._log = saga_log
        self._registry = registry
        self._owner = owner
        self._limits = limits or EngineLimits()
        self._clock = clock or SystemClock()

    def run(
        self, saga: Saga[D], *, subject: str, data: D, saga_id: str | None = None
    ) -> Result:
        """Start a saga for the subject and drive it, or join the one it has.

        A caller that names the saga itself gets one saga under that name for ever: one
        that has FAILED is joined too, and not tried again.
        Raises Unavailable when START could not be written: nothing was done then, or
        recovery finds it.
        """
        new = NewSaga(
            saga_id=saga_id or str(uuid.uuid4()),
            kind=saga.kind,
            version=saga.version,
            subject=subject,
            data=saga.encode(data),
            owner=self._owner,
            lease_s=self._limits.lease_s,
            deadline_s=self._limits.deadline_s,
            request_id=get_request_id(),
        )
        for _ in range(_START_TRIES):
            record = self._log.start(new)
            if record is not None:
                return self.drive(record)
            current = self._log.get(new.saga_id) if saga_id else None
            current = current or self._log.find_current(saga.kind, subject)
            if current is not None:
                return report(current, joined=True)
            # It failed between our two looks, so the subject is free again.
        raise Unavailable("Another attempt has just ended.")

    def wait_for_end(self, joined: Result, *, within_s: float) -> Result:
        """How a saga that another drives stands once it, or the time, has ended."""
        give_up_at = self._clock.monotonic() + within_s
        while joined.state not in FINAL_STATES:
            if self._clock.monotonic() >= give_up_at:
                break
            self._clock.sleep(_WAIT_POLL_S)
            record = self._log.get(joined.saga_id)
            if record is None:
                break
            joined = report(record, joined=True)
        return joined

    def drive(self, record: SagaRecord) -> Result:
        """Drive a saga that this process holds the lease of, within the budget."""
        saga = self._registry.find(record.kind, record.version)
        if saga is None:
            raise LookupError(f"no declaration of {record.kind} v{record.version}")
        return Drive(saga, record, self._log, self._limits, self._clock).run()
