from __future__ import annotations

import pytest

from smu_standin.inbox import CODE_TTL_S, MESSAGES_MAX, Inbox, Verdict

PHONE, OTHER_PHONE = "+6591000001", "+6591000002"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def inbox(clock: Clock) -> Inbox:
    return Inbox(clock)


def _wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_code_stands_behind_the_message_and_is_good_once(inbox: Inbox) -> None:
    sent = inbox.send(PHONE, "Your code:")

    assert sent.text == f"Your code: {sent.otp_code}"
    assert len(sent.otp_code) == 6
    assert inbox.verify(PHONE, sent.otp_code) is Verdict.RIGHT
    assert inbox.verify(PHONE, sent.otp_code) is Verdict.NONE


def test_wrong_code_does_not_use_up_the_right_one(inbox: Inbox) -> None:
    code = inbox.send(PHONE, "m").otp_code

    assert inbox.verify(PHONE, _wrong(code)) is Verdict.WRONG
    assert inbox.verify(PHONE, "éé") is Verdict.WRONG
    assert inbox.verify(OTHER_PHONE, code) is Verdict.NONE
    assert inbox.verify(PHONE, code) is Verdict.RIGHT


def test_newest_code_wins(inbox: Inbox) -> None:
    first, second = inbox.send(PHONE, "m"), inbox.send(PHONE, "m")

    if first.otp_code != second.otp_code:
        assert inbox.verify(PHONE, first.otp_code) is Verdict.WRONG
    assert inbox.verify(PHONE, second.otp_code) is Verdict.RIGHT


def test_code_is_good_for_five_minutes(inbox: Inbox, clock: Clock) -> None:
    code = inbox.send(PHONE, "m").otp_code
    clock.now += CODE_TTL_S

    assert inbox.verify(PHONE, code) is Verdict.EXPIRED


def test_messages_are_listed_newest_first_by_phone(inbox: Inbox) -> None:
    first = inbox.send(PHONE, "first")
    other = inbox.send(OTHER_PHONE, "other")
    last = inbox.send(PHONE, "last")

    assert inbox.messages() == [last, other, first]
    assert inbox.messages(PHONE) == [last, first]
    inbox.clear()
    assert inbox.messages() == []
    assert inbox.verify(PHONE, last.otp_code) is Verdict.NONE


def test_inbox_has_a_bound(inbox: Inbox) -> None:
    for number in range(MESSAGES_MAX + 5):
        inbox.send(PHONE, str(number))

    assert len(inbox.messages()) == MESSAGES_MAX
