"""Dialogues of the engine on its way back: the arbiter first, then the rest."""

from __future__ import annotations

import pytest

from orchestrator_service.saga.log import SagaState
from saga_simulator.dialogue import LIMITS, REFUSED, TOO_LATE, UNKNOWN, Dialogue
from service_common.errors import Unavailable

PAST_DEADLINE_S = LIMITS.deadline_s + 1


def test_refused_first_step_fails_with_one_write_and_no_undo() -> None:
    talk = Dialogue(claim=[REFUSED])

    result = talk.run()

    assert talk.lines == ["START", "claim", "END FAILED"]
    assert result.state is talk.record.state is SagaState.FAILED
    assert result.reason == talk.record.reason
    assert result.reason is not None
    assert (result.reason.code, result.reason.http_status) == ("SCRIPTED_NO", 409)
    assert result.reason.details == {"why": "because"}


def test_cleanly_refused_pivot_revokes_the_claim_and_reverses_nothing() -> None:
    talk = Dialogue(pay=[REFUSED])

    result = talk.run()

    assert talk.lines == ["START", "claim", "pay", "ABORTING", "revoke", "END FAILED"]
    assert result.state is SagaState.FAILED


def test_pivot_refused_after_an_unknown_try_is_reversed_after_the_revoke() -> None:
    talk = Dialogue(pay=[UNKNOWN, REFUSED])

    result = talk.run()

    assert talk.lines[2:] == [
        "pay", "pay", "ABORTING", "revoke", "refund", "END FAILED"
    ]  # fmt: skip
    assert result.state is SagaState.FAILED


def test_claim_refused_after_an_unknown_try_is_revoked() -> None:
    talk = Dialogue(claim=[UNKNOWN, REFUSED])

    result = talk.run()

    assert talk.lines[1:] == ["claim", "claim", "ABORTING", "revoke", "END FAILED"]
    assert result.state is SagaState.FAILED


@pytest.mark.parametrize("silent", ["claim", "pay"])
def test_unknown_before_the_deadline_is_parked_and_not_undone(silent: str) -> None:
    talk = Dialogue(**{silent: [UNKNOWN] * 6})

    first = talk.run()
    second = talk.recover(after_s=2.0)

    assert (first.state, second.state) == (SagaState.RUNNING, SagaState.RUNNING)
    assert "ABORTING" not in talk.lines


@pytest.mark.parametrize("silent", ["claim", "pay"])
def test_unknown_up_to_the_pivot_and_past_the_deadline_is_undone(silent: str) -> None:
    talk = Dialogue(**{silent: [UNKNOWN] * 6})
    talk.run()

    result = talk.recover(after_s=PAST_DEADLINE_S)

    assert talk.lines[-4:] == ["ABORTING", "revoke", "refund", "END FAILED"]
    assert result.state is SagaState.FAILED
    assert result.reason is not None
    assert result.reason.code == "SERVICE_UNAVAILABLE"


def test_past_the_deadline_a_saga_whose_steps_answer_is_still_finished() -> None:
    talk = Dialogue(pay=[UNKNOWN] * 3)
    talk.run()

    result = talk.recover(after_s=PAST_DEADLINE_S)

    assert result.state is SagaState.DONE


def test_after_a_takeover_everything_up_to_the_pivot_is_undone() -> None:
    talk = Dialogue(claim=[UNKNOWN, UNKNOWN, UNKNOWN, REFUSED])
    talk.run()

    result = talk.recover()

    assert talk.lines[-4:] == ["ABORTING", "revoke", "refund", "END FAILED"]
    assert result.state is SagaState.FAILED


def test_too_late_to_give_up_is_finished_forward_and_nothing_is_refunded() -> None:
    talk = Dialogue(pay=[UNKNOWN] * 6, revoke=[TOO_LATE])
    talk.run()

    result = talk.recover(after_s=PAST_DEADLINE_S)

    assert talk.lines[-5:] == [
        "ABORTING", "revoke", "hand_over", "write_order", "END DONE"
    ]  # fmt: skip
    assert "refund" not in talk.lines
    assert result.state is talk.record.state is SagaState.DONE


def test_too_late_from_any_but_the_arbiter_is_left_to_a_person() -> None:
    talk = Dialogue(pay=[UNKNOWN] * 6, refund=[TOO_LATE])
    talk.run()

    result = talk.recover(after_s=PAST_DEADLINE_S)

    assert result.state is talk.record.state is SagaState.STUCK
    assert "END FAILED" not in talk.lines


def test_too_late_and_then_silent_is_parked_and_asks_the_arbiter_again() -> None:
    talk = Dialogue(pay=[REFUSED], revoke=[TOO_LATE, TOO_LATE], hand_over=[UNKNOWN] * 3)

    first = talk.run()
    second = talk.recover()

    assert first.state is SagaState.ABORTING
    assert talk.lines[-4:] == ["revoke", "hand_over", "write_order", "END DONE"]
    assert second.state is SagaState.DONE


def test_silent_arbiter_parks_and_nothing_is_refunded_before_it_answers() -> None:
    talk = Dialogue(pay=[UNKNOWN, REFUSED], revoke=[UNKNOWN] * 3)

    first = talk.run()
    before_answer = list(talk.lines)
    second = talk.recover()

    assert first.state is SagaState.ABORTING
    assert before_answer[-1] == "PARK"
    assert "refund" not in before_answer
    assert talk.lines[-3:] == ["revoke", "refund", "END FAILED"]
    assert second.state is SagaState.FAILED


def test_silent_refund_parks_and_is_asked_again_without_limit() -> None:
    talk = Dialogue(pay=[UNKNOWN, REFUSED], refund=[UNKNOWN] * 9)

    talk.run()
    states = [talk.recover(after_s=PAST_DEADLINE_S).state for _ in range(3)]

    assert states == [SagaState.ABORTING, SagaState.ABORTING, SagaState.FAILED]


def test_reason_of_the_first_refusal_survives_the_takeover() -> None:
    talk = Dialogue(pay=[REFUSED], revoke=[UNKNOWN] * 3)
    talk.run()

    result = talk.recover()

    assert result.reason is not None
    assert result.reason.code == "SCRIPTED_NO"


@pytest.mark.parametrize("refusing", ["revoke", "refund"])
def test_refused_undo_is_stuck(refusing: str) -> None:
    talk = Dialogue(pay=[UNKNOWN, REFUSED], **{refusing: [REFUSED]})

    result = talk.run()

    assert talk.lines[-1] == "STUCK"
    assert result.state is talk.record.state is SagaState.STUCK


def test_spent_budget_while_going_back_parks_the_saga_aborting() -> None:
    talk = Dialogue(pay=[REFUSED])
    talk.step_takes_s = LIMITS.budget_s / 2

    result = talk.run()

    assert talk.lines[-2:] == ["ABORTING", "PARK"]
    assert result.state is SagaState.ABORTING


def test_superseded_driver_undoes_nothing() -> None:
    talk = Dialogue(pay=[REFUSED])
    talk.meanwhile["ABORTING"] = talk.recover

    result = talk.run()

    assert talk.lines[-1] == "ABORTING"
    assert "revoke" not in talk.lines
    assert result.state is SagaState.DONE


def test_lost_aborting_is_unavailable_and_nothing_is_undone() -> None:
    talk = Dialogue(pay=[REFUSED])
    talk.lost = {"ABORTING"}

    with pytest.raises(Unavailable):
        talk.run()

    assert talk.lines[-1] == "ABORTING"
    assert talk.record.state is SagaState.RUNNING


def test_lost_end_of_an_undone_saga_is_failed_to_the_caller_and_stays_so() -> None:
    talk = Dialogue(pay=[REFUSED])
    talk.lost = {"END FAILED"}

    told = talk.run()
    talk.lost.clear()
    recovered = talk.recover()

    assert told.state is recovered.state is SagaState.FAILED


def test_lost_end_of_a_refused_claim_is_not_called_failed() -> None:
    """Nothing in the log keeps recovery from trying again, and it may succeed."""
    talk = Dialogue(claim=[REFUSED])
    talk.lost = {"END FAILED"}

    told = talk.run()
    talk.lost.clear()
    recovered = talk.recover()

    assert told.state is SagaState.RUNNING
    assert recovered.state is SagaState.DONE
