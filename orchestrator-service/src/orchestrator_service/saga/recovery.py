"""The recovery worker: finds sagas that nobody drives any more, and drives them.

Any number of them may run, in any number of replicas; the log hands each saga to one.
"""

from __future__ import annotations

import random
import threading

import structlog

from orchestrator_service.saga.declaration import Registry
from orchestrator_service.saga.drive import EngineLimits
from orchestrator_service.saga.engine import Engine
from orchestrator_service.saga.log import SagaLog, SagaRecord
from orchestrator_service.saga.metrics import SAGA_TAKEOVERS
from service_common.errors import Unavailable
from service_common.request_context import request_id_scope

log = structlog.get_logger()

POLL_S = 2.0


class RecoveryWorker:
    """One thread's loop: take one due saga over, drive it, look again."""

    def __init__(
        self,
        engine: Engine,
        saga_log: SagaLog,
        registry: Registry,
        *,
        owner: str,
        limits: EngineLimits,
        stop: threading.Event,
    ) -> None:
        self._engine = engine
        self._log = saga_log
        self._registry = registry
        self._owner = owner
        self._limits = limits
        self._stop = stop

    def run(self) -> None:
        """Work until told to stop. Survives a database that is away."""
        while not self._stop.is_set():
            try:
                busy = self.run_once()
            except Unavailable as error:
                log.warning("recovery_waits", code=error.code)
                busy = False
            except Exception:  # what this thread cannot read must not end it
                log.exception("recovery_failed")
                busy = False
            if not busy:
                # Jitter, so that replicas do not ask in step.
                self._stop.wait(POLL_S * random.uniform(0.75, 1.25))  # noqa: S311

    def run_once(self) -> bool:
        """Drive one due saga; False when there is none.

        One at a time, because its lease runs from the moment it is taken.
        """
        records = self._log.take_over(self._owner, self._limits.lease_s, limit=1)
        for record in records:
            SAGA_TAKEOVERS.labels(record.kind).inc()
            with request_id_scope(record.request_id):
                if self._registry.find(record.kind, record.version) is None:
                    log.error(
                        "saga_declaration_unknown",
                        saga_id=record.saga_id,
                        kind=record.kind,
                        version=record.version,
                    )
                    self._log.park(record, record.trace, self._limits.backoff_last_s)
                    continue
                log.info("saga_taken_over", saga_id=record.saga_id, epoch=record.epoch)
                self._drive(record)
        return bool(records)

    def _drive(self, record: SagaRecord) -> None:
        try:
            self._engine.drive(record)
        except Unavailable:
            raise
        except Exception:  # a poisoned saga must not take the others down with it
            log.exception("saga_cannot_be_driven", saga_id=record.saga_id)
            self._log.park(record, record.trace, self._limits.backoff_last_s)
