"""Concurrent calls of one kind, carried out together.

Nobody waits for company: a call that comes alone goes at once. While it is under way
others line up, and the next round takes all of them. So a quiet service answers as
fast as without this, and in a stampede the cost of a round is shared.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from service_common.errors import Unknown

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class _Entry(Generic[Item, Answer]):
    """One caller who waits: for his answer, or for his turn to lead a round."""

    __slots__ = ("item", "leads", "outcome", "woken")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.leads = False
        self.outcome: Answer | Exception | None = None
        # A bare lock is the cheapest thing that one thread can wake another with.
        self.woken = threading.Lock()
        self.woken.acquire()


class Gatherer(Generic[Item, Answer]):
    """Runs rounds of calls, a bounded number at once; the callers take turns to lead.

    `execute` gets the items of one round and returns an outcome for each, one by
    one. What it raises is raised for every caller of the round.
    """

    def __init__(
        self,
        execute: Callable[[Sequence[Item]], Sequence[Answer | Exception]],
        *,
        rounds_at_once: int = 1,
        round_size_max: int = 50,
    ) -> None:
        self._execute = execute
        self._rounds_at_once = rounds_at_once
        self._round_size_max = round_size_max
        self._lock = threading.Lock()
        self._queue: deque[_Entry[Item, Answer]] = deque()
        self._rounds = 0

    def call(self, item: Item, *, timeout_s: float) -> Answer:
        """This item's answer; Unknown when it is not there in time."""
        entry = _Entry[Item, Answer](item)
        with self._lock:
            entry.leads = self._rounds < self._rounds_at_once
            if entry.leads:
                self._rounds += 1
            else:
                self._queue.append(entry)
        if not entry.leads:
            self._wait(entry, timeout_s)
        if entry.leads:
            self._lead(entry)
        if isinstance(entry.outcome, Exception):
            raise entry.outcome
        return entry.outcome  # type: ignore[return-value]

    def _wait(self, entry: _Entry[Item, Answer], timeout_s: float) -> None:
        if entry.woken.acquire(timeout=max(0.0, timeout_s)):
            return
        with self._lock:
            if entry.leads or entry.outcome is not None:
                return
            if entry in self._queue:
                self._queue.remove(entry)
        raise Unknown("A needed service does not answer.")

    def _lead(self, leader: _Entry[Item, Answer]) -> None:
        with self._lock:
            size = min(len(self._queue), self._round_size_max - 1)
            others = [self._queue.popleft() for _ in range(size)]
        entries = [leader, *others]
        try:
            outcomes = self._outcomes([entry.item for entry in entries])
        finally:
            self._hand_on()
        for entry, outcome in zip(entries, outcomes, strict=True):
            entry.outcome = outcome
            if entry is not leader:
                entry.woken.release()

    def _hand_on(self) -> None:
        """The first who waits leads the next round; without one, the round is free.

        He leaves the line at once: no other leader may take him along or name him
        again, not even when his time is over in this very moment.
        """
        with self._lock:
            if not self._queue:
                self._rounds -= 1
                return
            successor = self._queue.popleft()
            successor.leads = True
        successor.woken.release()

    def _outcomes(self, items: Sequence[Item]) -> Sequence[Answer | Exception]:
        try:
            return self._execute(items)
        except Exception as error:  # noqa: BLE001 - raised again for every caller
            return [error] * len(items)
