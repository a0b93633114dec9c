"""What faults are made with, and what a fault is."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from chaos.books import Books
from chaos.clocks import Clocks
from chaos.links import FINE, Link, Network, Trouble
from chaos.messages import Messages
from chaos.recorder import Recorder
from local_stack import Stack
from local_stack.errors import StackError

_RESTART_TRIES = 10
_GIVE_UP_S = 45.0


@dataclass
class Means:
    """What faults are made with."""

    stack: Stack
    network: Network
    clocks: Clocks
    messages: Messages
    books: Books
    recorder: Recorder
    rng: random.Random
    stop: threading.Event

    def wait(self, seconds: float) -> None:
        """Let time pass, unless the run is over."""
        self.stop.wait(seconds)

    def until(self, happened: Callable[[], bool]) -> bool:
        """Whether it happened in time; the machine may be slow."""
        end_s = self.recorder.now_s() + _GIVE_UP_S
        while self.recorder.now_s() < end_s:
            if happened():
                return True
            if self.stop.wait(0.25):
                return False
        return False

    def grows(self, query: str) -> Callable[[], bool]:
        """Whether a count of the saga log is higher than now."""
        before = self.books.count_or_none("sagas_db", query) or 0
        return lambda: (self.books.count_or_none("sagas_db", query) or 0) > before

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

    def revive(self, name: str) -> None:
        """Start it again; what it needs may be in trouble itself."""
        for _ in range(_RESTART_TRIES):
            try:
                self.stack.restart(name)
            except StackError:
                self.stop.wait(0.5)
            else:
                return


Fault = Callable[[Means], str]
"""Makes a fault, undoes it, and says what it was."""
