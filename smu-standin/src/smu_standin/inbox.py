"""The codes that were sent, in memory: the newest one of a phone is the good one."""

from __future__ import annotations

import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

CODE_TTL_S = 300.0
MESSAGES_MAX = 1000
_CODES = 1_000_000


class Verdict(StrEnum):
    """What a code is."""

    RIGHT = "right"
    WRONG = "wrong code"
    EXPIRED = "code expired"
    NONE = "no code was sent"


@dataclass(frozen=True, slots=True)
class Message:
    """One SMS that nobody sent."""

    message_id: str
    phone_number: str
    text: str
    otp_code: str
    sent_at: float


class Inbox:
    """Every phone at once."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._messages: deque[Message] = deque(maxlen=MESSAGES_MAX)
        self._newest: dict[str, Message] = {}

    def send(self, phone_number: str, text: str) -> Message:
        """Make a code; those sent to the phone before are good no longer."""
        code = f"{secrets.randbelow(_CODES):06d}"
        message = Message(
            message_id=secrets.token_hex(8),
            phone_number=phone_number,
            text=f"{text} {code}",
            otp_code=code,
            sent_at=self._now(),
        )
        with self._lock:
            self._messages.append(message)
            self._newest[phone_number] = message
        return message

    def verify(self, phone_number: str, otp_code: str) -> Verdict:
        """Judge a code; the right one is used up by it."""
        with self._lock:
            newest = self._newest.get(phone_number)
            if newest is None:
                return Verdict.NONE
            if newest.sent_at + CODE_TTL_S <= self._now():
                return Verdict.EXPIRED
            if not secrets.compare_digest(newest.otp_code.encode(), otp_code.encode()):
                return Verdict.WRONG
            del self._newest[phone_number]
            return Verdict.RIGHT

    def messages(self, phone_number: str | None = None) -> list[Message]:
        """What was sent, newest first, to one phone or to all."""
        with self._lock:
            found = list(self._messages)
        found.reverse()
        return [m for m in found if phone_number in (None, m.phone_number)]

    def clear(self) -> None:
        """Forget everything, the codes that are still good included."""
        with self._lock:
            self._messages.clear()
            self._newest.clear()
