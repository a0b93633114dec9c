"""Calls that start at the same moment, from threads of their own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

START_DEADLINE_S = 10.0


def race(*calls: Callable[[], Any]) -> list[Any]:
    """Run all at once; the result of each, or the exception that it raised."""
    barrier = Barrier(len(calls), timeout=START_DEADLINE_S)

    def run(call: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return call()
        except Exception as error:  # noqa: BLE001 - the test looks at each of them
            return error

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def after(steps: int, step: Callable[[], Any], call: Callable[[], Any]) -> Any:
    """Do something else a few times first, so that the others get a lead."""
    for _ in range(steps):
        step()
    return call()
