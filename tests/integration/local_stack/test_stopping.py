from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from local_stack.errors import StackError
from local_stack.folder import write_json
from local_stack.supervisor import find_record
from support.toy_stack import FIRST, SECOND, Toy, living, toy_stack, who_is
from support.waiting import eventually


def test_deaf_process_and_its_children_are_killed_after_the_grace(
    repository: Path,
) -> None:
    stack = toy_stack(repository, Toy(FIRST, behaviour="stubborn"))
    stack.up()
    assert len(living(repository)) == 2

    stack.down()

    assert living(repository) == []


def test_one_deaf_process_is_stopped_with_its_children(repository: Path) -> None:
    stack = toy_stack(repository, Toy(FIRST, behaviour="stubborn"))
    stack.up()

    obeyed = stack.stop(FIRST)

    left = living(repository)
    stack.down()
    assert not obeyed
    assert left == []


def test_children_of_a_killed_process_are_found(repository: Path) -> None:
    stack = toy_stack(repository, Toy(FIRST, behaviour="stubborn"))
    stack.up()
    # Not by us: only the parent dies, and the child has a session of its own.
    os.kill(who_is(stack, FIRST)["pid"], signal.SIGKILL)
    assert len(living(repository)) >= 1

    stack.down()

    assert living(repository) == []


def test_kill_takes_the_children_along(repository: Path) -> None:
    stack = toy_stack(repository, Toy(FIRST, behaviour="stubborn"), Toy(SECOND))
    stack.up()

    stack.kill(FIRST)

    states = {status.name: status.state for status in stack.status()}
    alive = len(living(repository))
    stack.down()
    assert states == {FIRST: "dead", SECOND: "ready"}
    assert alive == 1


def test_killed_process_comes_back_as_it_was(repository: Path) -> None:
    stack = toy_stack(repository, Toy(FIRST), Toy(SECOND, FIRST))
    stack.up()
    before = who_is(stack, FIRST)
    stack.kill(FIRST)

    stack.restart(FIRST)

    after = who_is(stack, FIRST)
    stack.down()
    assert after["pid"] != before["pid"]
    assert after["env"] == before["env"]


def test_one_process_is_stopped_and_the_others_stay(repository: Path) -> None:
    stack = toy_stack(repository, Toy(FIRST), Toy(SECOND))
    stack.up()

    obeyed = stack.stop(FIRST)

    states = [status.state for status in stack.status()]
    stack.down()
    assert obeyed
    assert states == ["stopped", "ready"]


def test_paused_process_answers_after_it_goes_on(repository: Path) -> None:
    stack = toy_stack(repository, Toy(FIRST))
    stack.up()

    stack.pause(FIRST)
    (paused,) = stack.status()
    stack.resume(FIRST)
    resumed = eventually(
        lambda: stack.status()[0].state, lambda state: state == "ready", within_s=5
    )

    stack.down()
    assert paused.state == "not ready"
    assert resumed == "ready"


def test_paused_process_goes_on_to_obey(repository: Path) -> None:
    stack = toy_stack(repository, Toy(FIRST, stop_grace_s=60))
    stack.up()
    stack.pause(FIRST)
    begun_s = time.monotonic()

    stack.down()

    assert time.monotonic() - begun_s < 30  # it was not left to its grace


def test_process_that_does_not_run_cannot_be_paused(repository: Path) -> None:
    stack = toy_stack(repository, Toy(FIRST))

    with pytest.raises(StackError, match="user-service is not running"):
        stack.pause(FIRST)


def test_somebody_else_with_our_pid_is_left_alone(repository: Path) -> None:
    stack = toy_stack(repository, Toy(FIRST))
    stack.up()
    path = stack.folder.record(FIRST)
    record = find_record(path)
    stack.down()
    assert record is not None
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    reused = replace(record, pid=stranger.pid)
    write_json(
        path,
        {
            "pid": reused.pid,
            "started_s": reused.started_s,
            "log_offset": reused.log_offset,
        },
    )

    stack.kill(FIRST)
    stack.down()

    is_alive = psutil.Process(stranger.pid).status() != psutil.STATUS_ZOMBIE
    stranger.kill()
    stranger.wait(timeout=5)
    assert is_alive


# Who is started in the background by a shell inherits that Ctrl-C is ignored.
START_AND_WAIT = """
import signal
import sys
from pathlib import Path
from local_stack.errors import StackError
from support.toy_stack import FIRST, SECOND, Toy, toy_stack

signal.signal(signal.SIGINT, signal.default_int_handler)
slow = Toy(SECOND, behaviour="never ready", timeout_s=60)
toys = (Toy(FIRST), slow)
toy_stack(Path(sys.argv[1]), *toys, report=lambda line: print(line, flush=True)).up()
"""


def test_interrupted_start_cleans_up(repository: Path) -> None:
    tests = Path(__file__).parents[2]
    starting = subprocess.Popen(
        [sys.executable, "-c", START_AND_WAIT, repository],
        env=os.environ | {"PYTHONPATH": str(tests)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert starting.stdout is not None
    assert "user-service is ready" in starting.stdout.readline()
    assert len(living(repository)) == 2

    starting.send_signal(signal.SIGINT)

    starting.communicate(timeout=20)
    assert starting.returncode != 0
    assert living(repository) == []
