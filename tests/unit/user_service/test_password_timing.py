"""How long a login takes tells nobody whether an address has an account."""

from __future__ import annotations

import statistics
import time

import pytest

from user_service.services.passwords import PASSWORD_BYTES_MAX, Passwords

# Some 25 ms: far above everything that is not the check itself.
ROUNDS = 9
SAMPLES = 7


def _cpu_s(passwords: Passwords, password: str, kept: str | None) -> float:
    """The work of one refusal; work, because a busy machine changes only the time."""
    started = time.thread_time()
    assert not passwords.matches(password, kept)
    return time.thread_time() - started


@pytest.mark.parametrize("password", ["wrong-horse-1", "p" * (PASSWORD_BYTES_MAX + 1)])
def test_unknown_address_and_wrong_password_are_the_same_work(password: str) -> None:
    passwords = Passwords(ROUNDS)
    kept = passwords.hash("correct-horse-1")

    pairs = [
        (_cpu_s(passwords, password, kept), _cpu_s(passwords, password, None))
        for _ in range(SAMPLES)
    ]

    known = statistics.median(pair[0] for pair in pairs)
    unknown = statistics.median(pair[1] for pair in pairs)
    assert 0.5 < unknown / known < 2.0
