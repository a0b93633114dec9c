"""Threads for the independent calls of a request, with a bound on what may wait."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import ParamSpec, TypeVar

from service_common.errors import Unavailable

P = ParamSpec("P")
R = TypeVar("R")

# What may wait for a thread, as a multiple of the threads.
_WAITING_PER_THREAD = 3


class BoundedExecutor(Executor):
    """A thread pool that refuses work rather than letting it pile up.

    ThreadPoolExecutor's own queue has no end: while one service is silent, requests
    would line up behind calls that nobody waits for any more.
    """

    def __init__(self, threads: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(threads, name)
        self._room = threading.BoundedSemaphore(threads * (1 + _WAITING_PER_THREAD))

    def submit(
        self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs
    ) -> Future[R]:
        """Run it in a thread; Unavailable (SERVICE_BUSY) when too much waits."""
        if not self._room.acquire(blocking=False):
            raise Unavailable("The service is busy.", code="SERVICE_BUSY")
        try:
            future = self._pool.submit(fn, *args, **kwargs)
        except BaseException:
            self._room.release()
            raise
        future.add_done_callback(lambda _: self._room.release())
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - the signature of Executor
        """Stop taking work."""
        self._pool.shutdown(wait, cancel_futures=cancel_futures)


def result_within(future: Future[R], timeout_s: float) -> R:
    """The result, or Unavailable when it is not there in time; nobody waits on."""
    try:
        return future.result(timeout_s)
    except FutureTimeoutError:
        future.cancel()
        raise Unavailable("A needed service does not answer.") from None
