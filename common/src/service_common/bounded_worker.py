"""gunicorn's threads, with a bound on what may wait for one.

gunicorn puts every request into a queue without an end. At several times the rate that
can be served, each of them would be answered when nobody listens any more. Here what
finds the queue full is refused at once, by threads that do nothing else, and what has
waited for too long is refused by the thread that comes to it.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from service_common.admission import refusing

# Waiting requests for each thread: enough for a wave, no more than a second's work.
# With half of it most of a stampede was sent away, only to knock again and again.
WAITING_PER_THREAD = 8
WAIT_MAX_S = 2.0
# They parse a request and say no; more of them would take time from the others.
_DOORMEN = 2


class BoundedWorker(ThreadWorker):  # type: ignore[misc]
    """A worker process whose queue has an end."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._queue = WaitingRoom(self.cfg.threads * WAITING_PER_THREAD)
        self._doormen: ThreadPoolExecutor | None = None

    def init_process(self) -> None:
        """Begin to serve; after the fork, as threads do not survive one."""
        self._doormen = ThreadPoolExecutor(_DOORMEN, "doorman")
        super().init_process()

    def enqueue_req(self, conn: Any) -> None:
        """Hand a connection with a request to a thread, or to a doorman."""
        if self._queue.enter():
            future = self.tpool.submit(self._serve, conn, time.monotonic())
        else:
            assert self._doormen is not None  # noqa: S101 - for the type checker
            future = self._doormen.submit(self._refuse, conn)
        future.add_done_callback(lambda done: self._finish(conn, done))

    def _serve(self, conn: Any, queued_at: float) -> object:
        self._queue.leave()
        with refusing(time.monotonic() - queued_at > WAIT_MAX_S):
            return self.handle(conn)

    def _refuse(self, conn: Any) -> object:
        with refusing(True):
            return self.handle(conn)

    def _finish(self, conn: Any, done: Future[object]) -> None:
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

    def leave(self) -> None:
        """Make room for another."""
        with self._lock:
            self._waiting -= 1
