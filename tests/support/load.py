"""Buyers without patience: so many purchases a second, whatever the answers are."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import urllib3

# More than the stack lets in and lets wait, so that nobody here waits for a turn.
BUYERS_AT_ONCE = 400
_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, and how long it took; status 0 where there was none."""

    path: str
    status: int
    code: str | None
    retry_after: str | None
    after_s: float

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300


@dataclass
class Buyers:
    """Each purchase is a reservation and, when it is accepted, a payment."""

    gateway: str
    tokens: Sequence[str]
    seat_ids: Sequence[str]
    replies: list[Reply] = field(default_factory=list)
    paid: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._pool = urllib3.PoolManager(maxsize=BUYERS_AT_ONCE, retries=False)
        self._turn: Iterator[tuple[str, str]] = zip(
            itertools.cycle(self.seat_ids), itertools.cycle(self.tokens), strict=False
        )
        self._lock = threading.Lock()

    def buy_one(self) -> bool:
        """Whether it came to a paid order."""
        with self._lock:
            seat_id, token = next(self._turn)
        held = self._post("/reserve", {"seat_id": seat_id}, token)
        if held is None or held.get("status") != "HELD":
            return False
        order = {"order_id": held["order_id"]}
        paid = self._post("/pay", order, token)
        if paid is None or paid.get("status") != "CONFIRMED":
            return False
        self.paid.append(held["order_id"])
        return True

    def _post(
        self, path: str, body: dict[str, Any], token: str
    ) -> dict[str, Any] | None:
        started = time.monotonic()
        try:
            answer = self._pool.request(
                "POST",
                self.gateway + path,
                body=json.dumps(body),
                headers={
                    "Authorization": f"Bearer {token}",
                    "Content-Type": "application/json",
                },
                timeout=_TIMEOUT_S,
            )
        except urllib3.exceptions.HTTPError:
            self.replies.append(Reply(path, 0, None, None, time.monotonic() - started))
            return None
        document: dict[str, Any] = json.loads(answer.data)
        reply = Reply(
            path,
            answer.status,
            document.get("error", {}).get("code"),
            answer.headers.get("Retry-After"),
            time.monotonic() - started,
        )
        self.replies.append(reply)
        return document if reply.accepted else None


def as_fast_as_it_goes(
    act: Callable[[], object], *, clients: int, for_s: float
) -> float:
    """How often a second `act` ends when so many repeat it without a pause."""
    started = time.monotonic()

    def repeat() -> int:
        times = 0
        while time.monotonic() - started < for_s:
            act()
            times += 1
        return times

    with ThreadPoolExecutor(clients) as pool:
        counts = [pool.submit(repeat) for _ in range(clients)]
        done = sum(count.result() for count in counts)
    return done / (time.monotonic() - started)


def at_a_rate(act: Callable[[], object], *, per_s: float, for_s: float) -> float:
    """Begin `act` so often a second, whether earlier ones have ended or not.

    The rate that was reached.
    """
    started = time.monotonic()
    begun = 0
    with ThreadPoolExecutor(BUYERS_AT_ONCE) as pool:
        while (now := time.monotonic() - started) < for_s:
            while begun < now * per_s:
                pool.submit(act)
                begun += 1
            time.sleep(0.005)
    return begun / (time.monotonic() - started)


def share(values: Sequence[float], part: float) -> float:
    """The value that this part of them does not pass."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
