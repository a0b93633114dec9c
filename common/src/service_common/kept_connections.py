"""A thread at a kept-alive connection: it answers in one piece, and stays for a moment.

gunicorn hands every single request from its main thread to another and back again, and
sends headers and body each for itself. Between services that talk all the time, those
switches and wake-ups are a tenth of what a request costs.
"""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

LINGER_MS = 100
# Linux only; elsewhere an answer leaves in two pieces.
_CORK: int | None = getattr(socket, "TCP_CORK", None)


class Listening:
    """How many threads may stay at their connections to hear the next request.

    The others stay free for whoever comes on another connection, and nobody stays who
    is needed elsewhere.
    """

    def __init__(self, at_once: int, is_needed: Callable[[], bool]) -> None:
        self._places = threading.Semaphore(at_once)
        self._is_needed = is_needed

    def hears_more(self, connection: socket.socket) -> bool:
        """Whether something comes within LINGER_MS; no at once for who cannot stay."""
        if self._is_needed() or not self._places.acquire(blocking=False):
            return False
        try:
            ear = select.poll()
            ear.register(connection, select.POLLIN)
            return bool(ear.poll(LINGER_MS))
        finally:
            self._places.release()


@contextmanager
def in_one_piece(connection: socket.socket) -> Iterator[None]:
    """What is sent inside leaves at the end, and wakes the other side once."""
    if _CORK is None:
        yield
        return
    # Who has gone away is noticed by whoever reads or writes.
    with suppress(OSError):
        connection.setsockopt(socket.IPPROTO_TCP, _CORK, 1)
    try:
        yield
    finally:
        with suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, _CORK, 0)
