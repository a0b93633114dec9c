"""The saga log as a driver sees it: at the other end of a wire that loses things."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from orchestrator_service.saga.log import (
    NewSaga,
    Reason,
    SagaLog,
    SagaRecord,
    SagaState,
    TraceEntry,
)
from saga_simulator.world import World
from service_common.errors import Unavailable

T = TypeVar("T")
_TIMEOUT_S = 1.0


class WireLog:
    """SagaLog whose every statement may be dropped, delayed or left unanswered."""

    def __init__(self, world: World, log: SagaLog) -> None:
        self._world = world
        self._log = log

    def start(self, new: NewSaga) -> SagaRecord | None:
        """Write START."""
        return self._call("START", lambda: self._log.start(new))

    def get(self, saga_id: str) -> SagaRecord | None:
        """The saga with this id."""
        return self._call("get", lambda: self._log.get(saga_id))

    def find_current(self, kind: str, subject: str) -> SagaRecord | None:
        """The live or successful saga of the subject."""
        return self._call("find_current", lambda: self._log.find_current(kind, subject))

    def begin_abort(self, record: SagaRecord, reason: Reason) -> bool:
        """Write ABORTING."""
        return self._call("ABORTING", lambda: self._log.begin_abort(record, reason))

    def finish(
        self,
        record: SagaRecord,
        state: SagaState,
        trace: Sequence[TraceEntry],
        reason: Reason | None,
    ) -> bool:
        """Write END."""
        return self._call(
            f"END {state}", lambda: self._log.finish(record, state, trace, reason)
        )

    def park(
        self, record: SagaRecord, trace: Sequence[TraceEntry], delay_s: float
    ) -> bool:
        """Give the lease back."""
        return self._call("PARK", lambda: self._log.park(record, trace, delay_s))

    def mark_stuck(
        self, record: SagaRecord, trace: Sequence[TraceEntry], reason: Reason
    ) -> bool:
        """Leave it to a person."""
        return self._call("STUCK", lambda: self._log.mark_stuck(record, trace, reason))

    def take_over(self, owner: str, lease_s: float, limit: int) -> list[SagaRecord]:
        """Lease due sagas that nobody drives."""
        return self._call(
            "take_over", lambda: self._log.take_over(owner, lease_s, limit)
        )

    def _call(self, operation: str, statement: Callable[[], T]) -> T:
        return self._world.call(operation, statement, _TIMEOUT_S, silence=Unavailable)
