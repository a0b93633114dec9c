"""What faults are made with, and what a fault is."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psycopg2
import requests

from chaos.books import Books
from chaos.broker import Broker
from chaos.clocks import Clocks
from chaos.links import FINE, Link, Network, Trouble
from chaos.recorder import Recorder
from local_stack import Stack
from local_stack.errors import StackError
from support.full_disk import FullDisk

_GIVE_UP_S = 45.0
_AGAIN_AFTER_S = 0.5

# What a hand meets when another one has hit what it needs.
IN_TROUBLE = (
    StackError,
    psycopg2.OperationalError,
    psycopg2.InterfaceError,
    requests.RequestException,
)


class NothingHappened(Exception):
    """A fault has hit nothing, and is no proof of anything: make it again."""


@dataclass
class Means:
    """What faults are made with."""

    stack: Stack
    network: Network
    clocks: Clocks
    broker: Broker
    saga_disk: FullDisk
    books: Books
    recorder: Recorder
    rng: random.Random
    stop: threading.Event
    seen: Counter[str] = field(default_factory=Counter)
    """What faults have seen of their own effect; all hands write into one."""

    def wait(self, seconds: float) -> None:
        """Let time pass, unless the run is over."""
        self.stop.wait(seconds)

    def until(self, happened: Callable[[], bool], *, every_s: float = 0.25) -> None:
        """Wait until it has happened; NothingHappened if it does not in good time."""
        end_s = self.recorder.now_s() + _GIVE_UP_S
        while self.recorder.now_s() < end_s:
            with suppress(*IN_TROUBLE):  # who could tell is dead, or cut off
                if happened():
                    return
            if self.stop.wait(every_s):
                break
        raise NothingHappened

    def grows(self, count: Callable[[], int]) -> Callable[[], bool]:
        """Whether a count is higher than now."""
        before = count()
        return lambda: count() > before

    def links(self, sources: Sequence[str], target: str) -> list[Link]:
        """The links from some processes to another."""
        return [
            link
            for link in self.network.links
            if link.source in sources and link.target == target
        ]

    @contextmanager
    def troubled(self, links: Sequence[Link], trouble: Trouble) -> Iterator[None]:
        """Trouble for as long as the block takes."""
        for link in links:
            self.network.trouble(link, trouble)
        try:
            yield
        finally:
            for link in links:
                self.network.trouble(link, FINE)

    @contextmanager
    def undone(self, undo: Callable[[], object]) -> Iterator[None]:
        """What the block does is undone; what is needed for that may be dead itself."""
        try:
            yield
        finally:
            self._insist(undo)

    def revive(self, name: str) -> None:
        """Start it again; what it needs may be in trouble itself."""
        self._insist(lambda: self.stack.restart(name))

    def heal(self) -> None:
        """Nothing is wrong any more, whatever a hand was kept from undoing."""
        self.network.heal()
        with suppress(StackError):
            self.stack.up()
        self.stack.up()
        self.saga_disk.clear()
        self.broker.have_memory()
        self.broker.bind_releases()

    def _insist(self, undo: Callable[[], object]) -> None:
        end_s = self.recorder.now_s() + _GIVE_UP_S
        while self.recorder.now_s() < end_s:
            with suppress(*IN_TROUBLE):
                undo()
                return
            time.sleep(_AGAIN_AFTER_S)


Fault = Callable[[Means], str]
"""Makes a fault, undoes it, and says what it was."""
