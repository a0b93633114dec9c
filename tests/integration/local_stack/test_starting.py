from __future__ import annotations

import time
from pathlib import Path

import pytest

from local_stack.errors import CommandFailed, StartFailed
from local_stack.folder import StackFolder
from local_stack.supervisor import find_record
from support.toy_stack import FIRST, SECOND, THIRD, Toy, living, toy_stack, who_is


def test_processes_run_until_they_are_told_to_stop(repository: Path) -> None:
    stack = toy_stack(repository, Toy(FIRST), Toy(SECOND, FIRST))

    stack.up()
    states = {status.name: status.state for status in stack.status()}
    stack.down()

    assert states == {FIRST: "ready", SECOND: "ready"}
    assert {status.state for status in stack.status()} == {"stopped"}
    assert living(repository) == []


def test_second_start_changes_nothing(repository: Path) -> None:
    stack = toy_stack(repository, Toy(FIRST), Toy(SECOND))
    stack.up()
    before = [who_is(stack, name)["pid"] for name in (FIRST, SECOND)]

    toy_stack(repository, Toy(FIRST), Toy(SECOND)).up()

    after = [who_is(stack, name)["pid"] for name in (FIRST, SECOND)]
    stack.down()
    assert after == before


def test_half_running_stack_gets_what_is_missing(repository: Path) -> None:
    stack = toy_stack(repository, Toy(FIRST), Toy(SECOND))
    stack.up()
    ports, kept = stack.ports, who_is(stack, FIRST)["pid"]
    stack.kill(SECOND)

    stack.up()

    states = [status.state for status in stack.status()]
    first = who_is(stack, FIRST)["pid"]
    stack.down()
    assert states == ["ready", "ready"]
    assert (first, stack.ports) == (kept, ports)


def test_process_that_dies_is_named_at_once_with_its_last_lines(
    repository: Path,
) -> None:
    slow = Toy(SECOND, behaviour="never ready", timeout_s=60)
    stack = toy_stack(repository, Toy(FIRST), slow, Toy(THIRD, behaviour="dies"))
    begun_s = time.monotonic()

    with pytest.raises(StartFailed, match="event-service died while starting") as died:
        stack.up()

    assert "toy cannot start: the moon is full" in str(died.value)
    assert time.monotonic() - begun_s < 10
    assert living(repository) == []


def test_last_lines_are_those_of_this_start(repository: Path) -> None:
    toy_stack(repository, Toy(FIRST), name="one").up()
    toy_stack(repository, Toy(FIRST), name="one").down()

    with pytest.raises(StartFailed) as died:
        toy_stack(repository, Toy(FIRST, behaviour="dies"), name="one").up()

    assert "toy starts: dies" in str(died.value)
    assert "toy starts: serves" not in str(died.value)


def test_waiting_has_an_end(repository: Path) -> None:
    stack = toy_stack(
        repository, Toy(FIRST), Toy(SECOND, behaviour="never ready", timeout_s=1)
    )

    with pytest.raises(StartFailed, match="order-service is not ready after 1 s"):
        stack.up()

    assert living(repository) == []


def test_failed_start_stops_only_what_it_started(repository: Path) -> None:
    stack = toy_stack(repository, Toy(FIRST))
    stack.up()

    with pytest.raises(StartFailed):
        toy_stack(repository, Toy(FIRST), Toy(SECOND, behaviour="dies")).up()

    states = [status.state for status in stack.status()]
    stack.down()
    assert states == ["ready"]


def test_process_starts_when_what_it_needs_is_ready(repository: Path) -> None:
    stack = toy_stack(
        repository,
        Toy(SECOND, FIRST),
        Toy(FIRST, behaviour="never ready", timeout_s=1),
    )

    with pytest.raises(StartFailed, match=FIRST):
        stack.up()

    assert stack.logs(SECOND) == ""


def test_part_of_a_stack_comes_with_what_it_needs(repository: Path) -> None:
    toys = (Toy(FIRST), Toy(SECOND, FIRST), Toy(THIRD))
    stack = toy_stack(repository, *toys, only=[SECOND])

    stack.up()

    names = [status.name for status in stack.status()]
    stack.down()
    assert names == [FIRST, SECOND]


def test_environment_on_top_survives_a_restart(repository: Path) -> None:
    overrides = {FIRST: {"HOLD_TTL_SECONDS": "6"}}
    stack = toy_stack(repository, Toy(FIRST), Toy(SECOND), overrides=overrides)
    stack.up()

    toy_stack(repository, Toy(FIRST), Toy(SECOND)).restart(FIRST)

    first, second = who_is(stack, FIRST)["env"], who_is(stack, SECOND)["env"]
    stack.down()
    assert first["HOLD_TTL_SECONDS"] == "6"
    assert "HOLD_TTL_SECONDS" not in second


def test_environment_of_the_last_run_is_forgotten(repository: Path) -> None:
    overrides = {FIRST: {"HOLD_TTL_SECONDS": "6"}}
    toy_stack(repository, Toy(FIRST), overrides=overrides).up()
    stack = toy_stack(repository, Toy(FIRST))
    stack.down()

    stack.up()

    environment = who_is(stack, FIRST)["env"]
    stack.down()
    assert "HOLD_TTL_SECONDS" not in environment


def test_process_inherits_little(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOMETHING_OF_MINE", "x")
    stack = toy_stack(repository, Toy(FIRST))
    stack.up()

    environment = who_is(stack, FIRST)["env"]
    stack.down()
    assert "SOMETHING_OF_MINE" not in environment


def test_deleting_a_stack_leaves_no_file(repository: Path) -> None:
    stack = toy_stack(repository, Toy(FIRST))
    stack.up()

    stack.destroy()

    stacks = repository / ".local" / "stacks"
    assert [path.name for path in stacks.iterdir()] == ["ports.lock"]
    assert living(repository) == []


def test_stack_that_never_was_can_be_stopped_and_deleted(repository: Path) -> None:
    stack = toy_stack(repository, Toy(FIRST))

    stack.down()
    stack.destroy()

    assert find_record(StackFolder.of("toys", repository).record(FIRST)) is None


def test_demo_data_that_fails_says_why(repository: Path) -> None:
    stack = toy_stack(repository, Toy("user-service"), Toy("orchestrator-service"))

    # Toys have no loaders: their folder holds no such module.
    with pytest.raises(CommandFailed, match=r"user_service\.demo_data failed"):
        stack.up()

    stack.down()


def test_environment_of_one_life_is_gone_with_the_next_start(repository: Path) -> None:
    stack = toy_stack(
        repository, Toy(FIRST), overrides={FIRST: {"KEPT": "1", "CHANGED": "1"}}
    )
    stack.up()

    stack.restart(FIRST, env={"CHANGED": "2"})
    once = who_is(stack, FIRST)["env"]
    stack.restart(FIRST)
    then = who_is(stack, FIRST)["env"]
    stack.down()

    assert (once["KEPT"], once["CHANGED"]) == ("1", "2")
    assert (then["KEPT"], then["CHANGED"]) == ("1", "1")
