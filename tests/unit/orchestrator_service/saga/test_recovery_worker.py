from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from orchestrator_service.saga.declaration import Registry
from orchestrator_service.saga.engine import Engine
from orchestrator_service.saga.log import NewSaga, SagaRecord, SagaState
from orchestrator_service.saga.recovery import RecoveryWorker
from saga_simulator.dialogue import LIMITS, UNKNOWN, Dialogue
from service_common.errors import Unavailable
from service_common.request_context import get_request_id


class Turns(threading.Event):
    """A stop signal that comes after so many looks, and waits for nothing."""

    def __init__(self, turns: int) -> None:
        super().__init__()
        self._turns = turns
        self.waits_s: list[float] = []

    def is_set(self) -> bool:
        self._turns -= 1
        return self._turns < 0

    def wait(self, timeout: float | None = None) -> bool:
        self.waits_s.append(timeout or 0.0)
        return False


def worker_of(
    talk: Dialogue,
    *,
    registry: Registry | None = None,
    engine: Engine | None = None,
    stop: threading.Event | None = None,
) -> RecoveryWorker:
    return RecoveryWorker(
        engine or talk.engine,
        talk.log,
        registry or Registry(talk.saga),
        owner="recovery",
        limits=LIMITS,
        stop=stop or threading.Event(),
    )


def abandoned(**answers: Any) -> Dialogue:
    """A saga whose driver has died, and whose lease has run out."""
    talk = Dialogue(**answers)
    start(talk)
    talk.clock.sleep(LIMITS.lease_s + 1)
    return talk


def start(
    talk: Dialogue, *, name: str = "1", version: int = 1, request_id: str = "-"
) -> None:
    talk.log.start(
        NewSaga(
            saga_id=f"saga-{name}",
            kind="scripted",
            version=version,
            subject=f"subject-{name}",
            data={"note": "unchanged"},
            owner="dead",
            lease_s=LIMITS.lease_s,
            deadline_s=LIMITS.deadline_s,
            request_id=request_id,
        )
    )


def test_nothing_due_is_not_busy() -> None:
    assert worker_of(Dialogue()).run_once() is False


def test_saga_with_a_living_lease_is_left_alone() -> None:
    talk = Dialogue()
    start(talk)

    assert worker_of(talk).run_once() is False
    assert talk.record.epoch == 1


def test_abandoned_saga_is_taken_over_and_finished() -> None:
    talk = abandoned()

    assert worker_of(talk).run_once() is True
    assert (talk.record.state, talk.record.epoch) == (SagaState.DONE, 2)


def test_saga_of_an_unknown_version_is_parked_and_not_a_crash() -> None:
    talk = Dialogue()
    start(talk, version=7)
    talk.clock.sleep(LIMITS.lease_s + 1)
    worker = worker_of(talk)

    assert worker.run_once() is True
    assert worker.run_once() is False
    assert talk.record.state is SagaState.RUNNING
    talk.clock.sleep(LIMITS.backoff_last_s + 1)
    assert worker.run_once() is True


def test_engine_refuses_to_drive_what_it_has_no_declaration_of() -> None:
    talk = Dialogue()
    start(talk, version=7)

    with pytest.raises(LookupError, match="scripted v7"):
        talk.engine.drive(talk.record)


def test_recovery_works_under_the_request_id_of_the_first_request() -> None:
    talk = Dialogue()
    start(talk, request_id="request-of-the-buyer")
    talk.clock.sleep(LIMITS.lease_s + 1)
    seen = []
    talk.meanwhile["claim"] = lambda: seen.append(get_request_id())

    worker_of(talk).run_once()

    assert seen == ["request-of-the-buyer"]
    assert get_request_id() == "-"


def test_loop_survives_a_log_that_is_away_and_goes_on_afterwards() -> None:
    talk = abandoned()
    talk.lost = {"END DONE", "PARK"}
    answers: list[Callable[[], object]] = [_raise_unavailable]
    take_over = talk.log.take_over

    def sometimes(*args: Any, **kwargs: Any) -> list[SagaRecord]:
        while answers:
            answers.pop()()
        return take_over(*args, **kwargs)

    talk.log.take_over = sometimes  # type: ignore[method-assign]
    stop = Turns(2)

    worker_of(talk, stop=stop).run()

    assert talk.lines[-1] == "END DONE"
    assert len(stop.waits_s) == 1


def test_loop_waits_only_when_there_is_nothing_to_do() -> None:
    talk = abandoned()
    stop = Turns(3)

    worker_of(talk, stop=stop).run()

    assert len(stop.waits_s) == 2
    assert all(1.5 <= wait_s <= 2.5 for wait_s in stop.waits_s)


def test_poisoned_saga_does_not_take_the_worker_with_it() -> None:
    """Its data cannot be read; the next saga is driven all the same."""
    talk = Dialogue()
    talk.log.start(
        NewSaga("saga-0", "scripted", 1, "subject-0", {}, "dead", 0.0, 60.0, "-")
    )
    talk.clock.sleep(1.0)
    start(talk)
    talk.clock.sleep(LIMITS.lease_s + 1)

    worker_of(talk, stop=Turns(3)).run()

    poisoned, sound = talk.log.all()
    assert poisoned.state is SagaState.RUNNING
    assert sound.state is SagaState.DONE


def test_parked_saga_is_finished_once_its_participant_answers_again() -> None:
    talk = Dialogue(hand_over=[UNKNOWN] * 6)
    talk.run()
    worker = worker_of(talk)

    busy = []
    for _ in range(8):
        busy.append(worker.run_once())
        talk.clock.sleep(1.0)

    assert talk.record.state is SagaState.DONE
    assert busy.count(True) == 2


def _raise_unavailable() -> None:
    raise Unavailable
