"""Dialogues of the engine on its way to DONE: what is said, answered, written down."""

from __future__ import annotations

import pytest

from orchestrator_service.saga.log import SagaState
from saga_simulator.dialogue import (
    BUG,
    LIMITS,
    REFUSED,
    UNKNOWN,
    Dialogue,
)
from service_common.errors import Unavailable

HAPPY = ["START", "claim", "pay", "hand_over", "write_order", "END DONE"]


def test_happy_path_takes_exactly_two_log_writes() -> None:
    talk = Dialogue()

    result = talk.run()

    assert talk.lines == HAPPY
    assert result.state is SagaState.DONE
    assert result.results["pay"] == {"from": "pay"}
    assert not result.joined


def test_unanswered_step_is_repeated_with_growing_waits_and_then_goes_on() -> None:
    talk = Dialogue(pay=[UNKNOWN, UNKNOWN])

    result = talk.run()

    assert talk.lines.count("pay") == 3
    assert talk.clock.time_s == pytest.approx(0.25)
    assert result.state is SagaState.DONE


def test_second_request_joins_the_running_saga_and_says_nothing_to_anyone() -> None:
    talk = Dialogue(pay=[UNKNOWN] * 3)
    first = talk.run()
    said = len(talk.lines)

    second = talk.run()

    assert talk.lines[said:] == ["START"]
    assert (second.saga_id, second.state) == (first.saga_id, SagaState.RUNNING)
    assert second.joined


def test_second_request_is_told_done_when_the_first_is_done() -> None:
    talk = Dialogue()
    first = talk.run()

    second = talk.run()

    assert (second.saga_id, second.state) == (first.saga_id, SagaState.DONE)


def test_subject_is_free_for_a_new_saga_after_a_failed_one() -> None:
    talk = Dialogue(claim=[REFUSED])
    first = talk.run()

    second = talk.run()

    assert second.saga_id != first.saga_id
    assert second.state is SagaState.DONE


def test_named_saga_that_failed_is_joined_and_not_tried_again() -> None:
    talk = Dialogue(claim=[REFUSED])
    first = talk.run(saga_id="the-one")
    said = len(talk.lines)

    second = talk.run(saga_id="the-one")

    assert (first.saga_id, first.state) == ("the-one", SagaState.FAILED)
    assert (second.saga_id, second.state) == ("the-one", SagaState.FAILED)
    assert second.joined
    assert talk.lines[said:] == ["START"]


def test_lost_start_is_unavailable_and_nobody_is_called() -> None:
    talk = Dialogue()
    talk.lost = {"START"}

    with pytest.raises(Unavailable):
        talk.run()

    assert talk.lines == ["START"]


def test_lost_end_is_still_done_to_the_caller_and_recovery_writes_it() -> None:
    talk = Dialogue()
    talk.lost = {"END DONE"}

    told = talk.run()
    left = talk.record.state
    talk.lost.clear()
    recovered = talk.recover()

    assert (told.state, left) == (SagaState.DONE, SagaState.RUNNING)
    assert talk.lines == HAPPY + HAPPY[1:]
    assert recovered.state is talk.record.state is SagaState.DONE


def test_unknown_after_the_pivot_is_parked_with_growing_backoff() -> None:
    talk = Dialogue(hand_over=[UNKNOWN] * 100)
    delays_s = []

    result = talk.run()
    for attempt in range(9):
        delays_s.append(_park_delay_s(talk))
        if attempt < 8:
            talk.recover(after_s=delays_s[-1])

    assert result.state is talk.record.state is SagaState.RUNNING
    assert delays_s == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]


def test_unknown_after_the_pivot_is_never_given_up_however_late() -> None:
    talk = Dialogue(write_order=[UNKNOWN] * 6)

    talk.run()
    late = talk.recover(after_s=10 * LIMITS.deadline_s)
    later = talk.recover(after_s=10 * LIMITS.deadline_s)

    assert late.state is SagaState.RUNNING
    assert later.state is SagaState.DONE
    assert "ABORTING" not in talk.lines


def test_refusal_after_the_pivot_is_stuck_when_the_saga_is_still_ours() -> None:
    talk = Dialogue(hand_over=[REFUSED])

    result = talk.run()

    assert talk.lines == ["START", "claim", "pay", "hand_over", "STUCK"]
    assert result.state is talk.record.state is SagaState.STUCK
    assert talk.record.reason is not None
    assert talk.record.reason.code == "SCRIPTED_NO"


def test_refusal_after_the_pivot_is_not_stuck_when_another_driver_has_it() -> None:
    talk = Dialogue(hand_over=[REFUSED])
    talk.meanwhile["STUCK"] = talk.recover

    result = talk.run()

    assert talk.lines[-2:] == ["END DONE", "STUCK"]
    assert result.state is talk.record.state is SagaState.DONE


def test_superseded_driver_reports_what_the_log_says() -> None:
    talk = Dialogue()
    talk.meanwhile["write_order"] = talk.recover

    result = talk.run()

    assert talk.lines.count("END DONE") == 2
    assert talk.record.epoch == 2
    assert result.state is talk.record.state is SagaState.DONE


def test_superseded_driver_reports_the_failure_that_another_has_written() -> None:
    talk = Dialogue(pay=[UNKNOWN] * 6)
    late_s = LIMITS.deadline_s + 1
    talk.meanwhile["PARK"] = lambda: talk.recover(after_s=late_s)

    result = talk.run()

    assert talk.lines[-1] == "PARK"
    assert result.state is talk.record.state is SagaState.FAILED
    assert result.reason is not None
    assert result.reason.code == "SERVICE_UNAVAILABLE"


def test_bug_in_a_step_is_unknown_and_not_a_crash() -> None:
    talk = Dialogue(pay=[BUG] * 3)

    result = talk.run()

    assert talk.lines[-1] == "PARK"
    assert result.state is SagaState.RUNNING
    assert talk.record.trace[-1].outcome == "UNKNOWN"


def test_spent_budget_parks_the_saga_running() -> None:
    talk = Dialogue()
    talk.step_takes_s = LIMITS.budget_s / 2

    result = talk.run()

    assert talk.lines == ["START", "claim", "pay", "PARK"]
    assert result.state is talk.record.state is SagaState.RUNNING


def test_call_timeout_is_cut_to_what_is_left_of_the_budget() -> None:
    talk = Dialogue()
    talk.step_takes_s = 3.0

    talk.run()

    assert talk.timeouts_s == [2.0, 2.0, 2.0]
    assert talk.lines[-1] == "PARK"


def _park_delay_s(talk: Dialogue) -> float:
    """How long until somebody may take it over again."""
    before_s = talk.clock.time_s
    delay_s = 0.0
    while not talk.log.has_due():
        delay_s += 0.5
        talk.clock.time_s = before_s + delay_s
    talk.clock.time_s = before_s
    return delay_s
