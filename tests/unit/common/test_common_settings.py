"""The environment is read once, and everything wrong with it is named at once."""

from __future__ import annotations

import base64
import os
import subprocess
import sys

import pytest

from service_common.settings import Environment, SettingsError

KEY = bytes(range(224, 256))


def _problems(env: Environment) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        env.check()
    return refused.value.problems


def test_every_problem_is_named_in_one_error() -> None:
    env = Environment(
        {
            "NUMBER": "many",
            "PORT": "70000",
            "WAIT": "nan",
            "SECRET": "change_me_please",
            "SHORT": "abc",
            "KEY": base64.b64encode(b"x" * 20).decode(),
            "LOG_LEVEL": "chatty",
        }
    )
    env.text("NAME")
    env.integer("NUMBER", 1, low=1, high=9)
    env.port("PORT", 5000)
    env.seconds("WAIT", 1.0, low=0.1, high=10)
    env.secret("SECRET")
    env.secret("SHORT")
    env.secret("ABSENT")
    env.key("KEY", 32)
    env.log_level()

    assert _problems(env) == [
        "NAME is missing",
        "NUMBER is not a whole number",
        "PORT is not within 1 and 65535",
        "WAIT is not within 0.1 and 10 seconds",
        "SECRET is still a placeholder",
        "SHORT is shorter than 16 characters",
        "ABSENT is missing",
        "KEY is not 32 bytes in base64",
        "LOG_LEVEL is none of DEBUG, INFO, WARNING, ERROR, CRITICAL",
    ]


def test_blank_counts_as_absent() -> None:
    env = Environment({"NAME": "  ", "NUMBER": "", "SECRET": " "})

    assert env.text("NAME", "default") == "default"
    assert env.integer("NUMBER", 7, low=1, high=9) == 7
    env.secret("SECRET")
    assert _problems(env) == ["SECRET is missing"]


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_key_may_be_in_either_alphabet_of_base64(encode: object) -> None:
    text = encode(KEY).decode()  # type: ignore[operator]
    env = Environment({"KEY": text})

    assert env.key("KEY", 32) == KEY
    env.check()


def test_good_environment_passes() -> None:
    env = Environment({"WAIT": "0.5", "PORT": "8000", "LOG_LEVEL": "DEBUG"})

    assert env.seconds("WAIT", 1.0, low=0.1, high=10) == 0.5
    assert env.port("PORT", 1) == 8000
    assert env.log_level() == "DEBUG"
    env.check()


def test_start_stops_with_one_line_that_tells_no_secret() -> None:
    program = (
        "from service_common.settings import Environment, load_or_exit\n"
        "def read(env):\n"
        "    e = Environment(env); e.secret('A_SECRET'); e.text('A_NAME'); e.check()\n"
        "load_or_exit(read)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        env={"PATH": os.environ["PATH"], "A_SECRET": "changeme-then"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 78
    assert run.stderr == (
        "cannot start: A_SECRET is still a placeholder; A_NAME is missing\n"
    )


def test_list_of_keys_may_be_empty_and_each_is_checked() -> None:
    one, other = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))
    env = Environment({"OLD": f"{one}, {other},", "BAD": f"{one},zzzz"})

    assert env.keys("NONE", 32) == ()
    assert env.keys("OLD", 32) == (bytes([1]) * 32, bytes([2]) * 32)
    env.keys("BAD", 32)

    assert _problems(env) == ["BAD is not 32 bytes in base64"]
