"""gunicorn's threads, with a bound on what may wait for one.

gunicorn puts every request into a queue without an end. At several times the rate that
can be served, each of them would be answered when nobody listens any more. Here what
finds the queue full is refused at once, and what has waited for too long is refused
then, both by threads that do nothing else.

And a thread that has nothing else to do waits at its connection for the next request.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

from gunicorn.workers.gthread import ThreadWorker

from service_common.admission import refusing
from service_common.kept_connections import Listening, in_one_piece

# Waiting requests for each thread: enough for a wave, no more than a second's work.
# With half of it most of a stampede was sent away, only to knock again and again.
WAITING_PER_THREAD = 8
WAIT_MAX_S = 2.0
# They parse a request and say no; more of them would take time from the others.
_DOORMEN = 2


class Waiting(NamedTuple):
    """A connection with a request that no thread has come to yet."""

    conn: Any
    queued_at: float
    served: Future[object]

    @property
    def is_over(self) -> bool:
        """A thread has come to it."""
        return self.served.running() or self.served.done()

    @property
    def is_late(self) -> bool:
        """Nobody is to be served after such a wait."""
        return time.monotonic() - self.queued_at > WAIT_MAX_S


class BoundedWorker(ThreadWorker):  # type: ignore[misc]
    """A worker process whose queue has an end."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._queue = WaitingRoom(self.cfg.threads * WAITING_PER_THREAD)
        # Whoever came first is first; only the main thread looks at it.
        self._line: deque[Waiting] = deque()
        self._doormen: ThreadPoolExecutor | None = None
        self._listening = Listening(self.cfg.threads // 2, self._has_other_work)

    def init_process(self) -> None:
        """Begin to serve; after the fork, as threads do not survive one."""
        self._doormen = ThreadPoolExecutor(_DOORMEN, "doorman")
        super().init_process()

    def enqueue_req(self, conn: Any) -> None:
        """Hand a connection with a request to a thread, or to a doorman."""
        if not self._queue.enter():
            self._hand_to_doorman(conn)
            return
        served = self.tpool.submit(self._serve, conn)
        self._line.append(Waiting(conn, time.monotonic(), served))
        served.add_done_callback(lambda done: self._finish(conn, done))

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """What gunicorn does in each turn of its loop, and send away who is late."""
        super().wait_for_and_dispatch_events(timeout)
        while self._line and (self._line[0].is_over or self._line[0].is_late):
            first = self._line.popleft()
            if first.served.cancel():
                self._queue.leave()
                self._hand_to_doorman(first.conn)

    def _hand_to_doorman(self, conn: Any) -> None:
        assert self._doormen is not None  # noqa: S101 - for the type checker
        refused = self._doormen.submit(self._refuse, conn)
        refused.add_done_callback(lambda done: self._finish(conn, done))

    def _serve(self, conn: Any) -> object:
        """Answer a request, and those that follow it closely on its connection."""
        self._queue.leave()
        kept = self._answer(conn)
        while kept is True and self._listening.hears_more(conn.sock):
            kept = self._answer(conn)
        return kept

    def _has_other_work(self) -> bool:
        """Somebody waits for a thread, or this process is to end."""
        return not self.alive or self._queue.is_occupied

    def _answer(self, conn: Any) -> object:
        with in_one_piece(conn.sock):
            return self.handle(conn)

    def _refuse(self, conn: Any) -> object:
        with refusing():
            return self._answer(conn)

    def _finish(self, conn: Any, done: Future[object]) -> None:
        if not done.cancelled():
            self.method_queue.defer(self.finish_request, conn, done)


class WaitingRoom:
    """How many are waiting, and whether one more may."""

    def __init__(self, room_for: int) -> None:
        self._room_for = room_for
        self._waiting = 0
        self._lock = threading.Lock()

    def enter(self) -> bool:
        """Whether there was room."""
        with self._lock:
            if self._waiting >= self._room_for:
                return False
            self._waiting += 1
            return True

    @property
    def is_occupied(self) -> bool:
        """Whether anybody waits."""
        return self._waiting > 0

    def leave(self) -> None:
        """Make room for another."""
        with self._lock:
            self._waiting -= 1
