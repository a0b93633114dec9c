"""Rehearsals that any saga must pass, whatever its steps are.

Hand over a function that makes a fresh case: the declaration over fresh participants,
one subject with its data, and a check that raises when what the participants show does
not fit how the saga ended. Each rehearsal runs the case once for each step, or for each
write to the log, and returns how many times that was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from orchestrator_service.saga.declaration import Step, StepKind
from orchestrator_service.saga.log import SagaState
from saga_simulator.rehearsal import FOR_EVER, Case, CrashingLog, Rehearsal
from service_common.errors import Conflict, Refusal, Unknown

_TRIES_OF_A_DRIVE = 3

Remote = Callable[[Any, Any], Any]
Wrap = Callable[[Remote], Remote]
MakeCase = Callable[[], Case]


def actions_succeed_idempotently(make: MakeCase) -> int:
    """Every action carried out twice comes to the same as once."""
    case = make()
    for step in case.saga.steps:
        case = _with(case, step, action=_twice)
    Rehearsal(case).expect(SagaState.DONE)
    return 1


def failure_at_each_step_unwinds(make: MakeCase, *, undo_twice: bool = False) -> int:
    """A refusal up to the pivot leaves nothing behind, also when undos repeat.

    The refusal comes twice over: at once, and after a try whose answer was lost.
    """
    names = [step.name for step in make().saga.undoable]
    for name in names:
        for refusal in (_refuse, _lose_then_refuse):
            case = make()
            if undo_twice:
                for undoable in case.saga.undoable:
                    case = _with(case, undoable, undo=_twice)
            case = _with(case, _step(case, name), action=refusal)
            rehearsal = Rehearsal(case)
            assert rehearsal.start().state is SagaState.FAILED, name
            rehearsal.expect(SagaState.FAILED)
    return 2 * len(names)


def reply_lost_at_each_step(make: MakeCase) -> int:
    """Each action and each undo takes effect, and its answer gets lost."""
    return _silence_at_each_step(make, lost=True)


def request_dropped_at_each_step(make: MakeCase) -> int:
    """The request of each action and of each undo never arrives."""
    return _silence_at_each_step(make, lost=False)


def silence_past_the_deadline_unwinds(make: MakeCase) -> int:
    """A step up to the pivot that never answers is given up and undone."""
    names = [step.name for step in make().saga.undoable]
    for name in names:
        for lost in (True, False):
            case = make()
            silence = _silent(FOR_EVER, lost=lost)
            case = _with(case, _step(case, name), action=silence)
            rehearsal = Rehearsal(case)
            assert rehearsal.start().state is SagaState.RUNNING, name
            rehearsal.expect(SagaState.FAILED)
    return 2 * len(names)


def too_late_to_give_up_finishes(make: MakeCase) -> int:
    """All is done but END; recovery cannot reach a step, gives up, is told TOO_LATE."""
    names = [step.name for step in make().saga.undoable]
    for name in names:
        case = make()
        crashing = CrashingLog(crash_at=1, after=False)
        rehearsal = Rehearsal(case, crashing)
        rehearsal.start_until_crash()
        deaf = _with(case, _step(case, name), action=_silent(FOR_EVER, lost=False))
        Rehearsal(deaf, crashing, rehearsal.clock).expect(SagaState.DONE)
    return len(names)


def crash_around_each_log_write(make: MakeCase) -> int:
    """The process dies before and after each write, going forward and going back."""
    rehearsals = 0
    for unwinding in (False, True):
        for after in (False, True):
            for write in range(FOR_EVER):
                case = _unwinding(make()) if unwinding else make()
                rehearsal = Rehearsal(case, CrashingLog(crash_at=write, after=after))
                if not rehearsal.start_until_crash():
                    break
                rehearsals += 1
                if write > 0 or after:
                    rehearsal.expect_an_end()
    return rehearsals


def _silence_at_each_step(make: MakeCase, *, lost: bool) -> int:
    rehearsals = 0
    for tries in (1, _TRIES_OF_A_DRIVE):
        for step in make().saga.steps:
            case = make()
            silence = _silent(tries, lost=lost)
            case = _with(case, _step(case, step.name), action=silence)
            Rehearsal(case).expect(SagaState.DONE)
            rehearsals += 1
        for step in make().saga.undoable:
            case = _unwinding(make())
            silence = _silent(tries, lost=lost)
            case = _with(case, _step(case, step.name), undo=silence)
            Rehearsal(case).expect(SagaState.FAILED)
            rehearsals += 1
    return rehearsals


def _step(case: Case, name: str) -> Step[Any]:
    return next(step for step in case.saga.steps if step.name == name)


def _with(
    case: Case, step: Step[Any], *, action: Wrap | None = None, undo: Wrap | None = None
) -> Case:
    changed = replace(
        step,
        action=action(step.action) if action else step.action,
        undo=undo(step.undo) if undo and step.undo else step.undo,
    )
    steps = tuple(
        changed if other.name == step.name else other for other in case.saga.steps
    )
    return replace(case, saga=replace(case.saga, steps=steps))


def _unwinding(case: Case) -> Case:
    """The pivot takes effect, nobody hears of it, and its repetition is refused."""
    pivot = next(step for step in case.saga.steps if step.kind is StepKind.PIVOT)
    return _with(case, pivot, action=_lose_then_refuse)


def _twice(remote: Remote) -> Remote:
    def call_twice(data: Any, call: Any) -> Any:
        remote(data, call)
        return remote(data, call)

    return call_twice


def _refuse(_: Remote) -> Remote:
    def refuse(data: Any, call: Any) -> Any:
        raise Conflict(code="REHEARSED_REFUSAL")

    return refuse


def _lose_then_refuse(remote: Remote) -> Remote:
    silent_once: Iterator[bool] = iter([True])

    def lose_then_refuse(data: Any, call: Any) -> Any:
        if next(silent_once, False):
            remote(data, call)
            raise Unknown
        raise Conflict(code="REHEARSED_REFUSAL")

    return lose_then_refuse


def _silent(times: int, *, lost: bool) -> Wrap:
    left = iter(range(times))

    def wrap(remote: Remote) -> Remote:
        def call_in_silence(data: Any, call: Any) -> Any:
            if next(left, None) is None:
                return remote(data, call)
            if lost:
                _perform(remote, data, call)
            raise Unknown

        return call_in_silence

    return wrap


def _perform(remote: Remote, data: Any, call: Any) -> None:
    try:
        remote(data, call)
    except Refusal:
        return  # the answer gets lost, whatever it was
