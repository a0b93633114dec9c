"""An orchestrator of the test's own that leaves a saga behind at a bad moment.

The engine, the declaration, the log and the participants are the real ones. The answer
of the pivot gets lost, and then the driver is gone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import text

from crash_matrix.cells import Flow
from crash_matrix.subjects import Subject
from orchestrator_service.saga.declaration import Registry, Saga, Step, StepKind
from orchestrator_service.saga.drive import EngineLimits
from orchestrator_service.saga.engine import Engine
from orchestrator_service.saga.postgres_log import PostgresSagaLog
from service_common.db import Database
from service_common.errors import Conflict, Refusal, Unknown
from service_common.request_context import request_id_scope

_PATIENCE_S = 6.0


class _Gone(BaseException):
    """The driver is dead: nothing in it may notice."""


def abandon(
    database: Database, saga: Saga[Any], subject: Subject, flow: Flow, request_id: str
) -> None:
    """Start the subject's saga, and be gone as the flow says.

    Raises Refusal when the participants would not begin it.
    """
    doomed = _doomed(saga, flow)
    engine = Engine(
        PostgresSagaLog(database),
        Registry(doomed),
        owner="abandoned",
        limits=EngineLimits(deadline_s=0.1 if flow is Flow.IN_DOUBT else 60),
    )
    with request_id_scope(request_id):
        data = subject.data()
        try:
            result = engine.run(
                doomed, subject=subject.subject(), data=data, saga_id=subject.saga_id
            )
        except _Gone:
            pass
        else:
            raise Conflict(f"the saga ended {result.state}", code="NOT_ABANDONED")
    _let_go(database, request_id)


def _let_go(database: Database, request_id: str) -> None:
    with database.statement() as connection:
        connection.execute(
            text(
                "UPDATE sagas SET lease_until = now()"
                " WHERE request_id = :request_id AND lease_owner = 'abandoned'"
            ),
            {"request_id": request_id},
        )


def _doomed(saga: Saga[Any], flow: Flow) -> Saga[Any]:
    arbiter, *others = saga.steps
    steps: list[Step[Any]] = [
        replace(arbiter, action=_patient(arbiter.action), undo=_be_gone)
    ]
    for step in others:
        action = _patient(step.action)
        if step.kind is StepKind.PIVOT:
            action = _answer_lost(action, then_gone=flow is Flow.IN_DOUBT)
        steps.append(replace(step, action=action))
    return replace(saga, steps=tuple(steps))


def _be_gone(_data: Any, _call: Any) -> Any:
    raise _Gone


def _answer_lost(
    action: Callable[[Any, Any], Any], *, then_gone: bool
) -> Callable[[Any, Any], Any]:
    tries = iter((1, 2))

    def act(data: Any, call: Any) -> Any:
        if next(tries) == 1:
            action(data, call)
            raise Unknown
        if then_gone:
            raise _Gone
        raise Conflict(code="REHEARSED_REFUSAL")

    return act


def _patient(action: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Other cells kill the same participants: wait for them."""

    def act(data: Any, call: Any) -> Any:
        give_up_at = time.monotonic() + _PATIENCE_S
        while True:
            try:
                # Only what recovery asks for passes the crash points of the cell.
                with request_id_scope(None):
                    return action(data, call)
            except Refusal:
                raise
            except Unknown:
                if time.monotonic() > give_up_at:
                    raise
                time.sleep(0.1)

    return act
