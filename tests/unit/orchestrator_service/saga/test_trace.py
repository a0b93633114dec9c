from __future__ import annotations

from orchestrator_service.saga.log import SagaState, TraceEntry
from saga_simulator.dialogue import BUG, LIMITS, REFUSED, UNKNOWN, Dialogue

LENGTH_MAX = 200


def brief(trace: tuple[TraceEntry, ...]) -> list[tuple[str, str, str, int, int]]:
    return [
        (entry.step, entry.direction, entry.outcome, entry.attempts, entry.epoch)
        for entry in trace
    ]


def test_trace_has_one_entry_for_each_step_with_its_times() -> None:
    talk = Dialogue()
    talk.step_takes_s = 0.5

    talk.run()

    first, second, *_ = talk.record.trace
    assert [entry.step for entry in talk.record.trace] == [
        "claim", "pay", "hand_over", "write_order"
    ]  # fmt: skip
    assert first.started_at.startswith("2030-01-01T00:00:00")
    assert first.ended_at == second.started_at
    assert first.error is None


def test_trace_tells_undos_refusals_and_the_number_of_tries() -> None:
    talk = Dialogue(pay=[UNKNOWN, REFUSED])

    talk.run()

    assert brief(talk.record.trace) == [
        ("claim", "action", "DONE", 1, 1),
        ("pay", "action", "REFUSED", 2, 1),
        ("revoke", "undo", "DONE", 1, 1),
        ("refund", "undo", "DONE", 1, 1),
    ]
    assert talk.record.trace[1].error == "SCRIPTED_NO"


def test_trace_goes_on_after_a_takeover_under_the_new_epoch() -> None:
    talk = Dialogue(hand_over=[UNKNOWN] * 3)
    talk.run()

    talk.recover()

    assert brief(talk.record.trace)[2:] == [
        ("hand_over", "action", "UNKNOWN", 3, 1),
        ("claim", "action", "DONE", 1, 2),
        ("pay", "action", "DONE", 1, 2),
        ("hand_over", "action", "DONE", 1, 2),
        ("write_order", "action", "DONE", 1, 2),
    ]


def test_step_that_the_budget_left_no_time_for_is_noted_with_no_tries() -> None:
    talk = Dialogue()
    talk.step_takes_s = LIMITS.budget_s

    talk.run()

    assert brief(talk.record.trace)[-1] == ("pay", "action", "UNKNOWN", 0, 1)


def test_bug_is_noted_as_unknown() -> None:
    talk = Dialogue(claim=[BUG] * 3)

    talk.run()

    (entry,) = talk.record.trace
    assert (entry.outcome, entry.error) == ("UNKNOWN", "SERVICE_UNAVAILABLE")


def test_trace_of_a_saga_that_is_parked_for_days_stays_short() -> None:
    talk = Dialogue(write_order=[UNKNOWN] * 600)
    talk.run()

    for _ in range(100):
        talk.recover(after_s=LIMITS.backoff_last_s)
    assert talk.record.state is SagaState.RUNNING

    assert len(talk.record.trace) <= LENGTH_MAX
    assert talk.record.trace[0].epoch == 1
    assert talk.record.trace[-1].epoch == talk.record.epoch
