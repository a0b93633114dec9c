from __future__ import annotations

import pytest

from local_stack.cli import main, read_numbers, read_overrides, settings_of
from local_stack.errors import StackError


def test_one_port_is_given_by_name() -> None:
    assert read_numbers(["gateway=9000"], "--port", "a=1") == {"gateway": 9000}


@pytest.mark.parametrize("text", ["gateway", "gateway=", "gateway=a", "a=1=2"])
def test_odd_port_is_refused(text: str) -> None:
    with pytest.raises(StackError, match="--port takes NAME=NUMBER"):
        read_numbers([text], "--port", "gateway=9000")


def test_environment_is_given_for_one_process() -> None:
    assert read_overrides(["a:X=1", "a:Y=b=c", "b:Z="]) == {
        "a": {"X": "1", "Y": "b=c"},
        "b": {"Z": ""},
    }


@pytest.mark.parametrize("text", ["X=1", "a:X", "a"])
def test_odd_environment_is_refused(text: str) -> None:
    with pytest.raises(StackError, match="--env takes PROCESS:NAME=VALUE"):
        read_overrides([text])


def test_a_person_sets_what_processes_let_him() -> None:
    chosen = settings_of({"HOLD_TTL_SECONDS": "6", "JWT_SECRET": "x", "LOG_LEVEL": ""})

    assert chosen == {"inventory-service": {"HOLD_TTL_SECONDS": "6"}}


def test_setting_of_several_processes_goes_to_all_of_them() -> None:
    assert {"user-service", "order-service", "inventory-worker"} <= (
        settings_of({"LOG_LEVEL": "DEBUG"}).keys()
    )


def test_refusal_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ps", "--name", "there-is-no-such-stack"]) == 1
    assert capsys.readouterr().err == (
        "local-stack: stack there-is-no-such-stack was never started\n"
    )
