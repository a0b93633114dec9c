"""What all jobs do: open connections, drive them side by side, take the time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from ticket_bench.load.connection import Answer, Connection, ConnectionLost, Target
from ticket_bench.load.jobs import Limits, Tally

Progress = Callable[[int], None]
OK = 200
CREATED = 201
NOT_MODIFIED = 304
_CONNECTING_AT_ONCE = 100


async def open_lines(target: Target, count: int) -> list[Connection]:
    """So many connections, some at a time."""
    lines: list[Connection] = []
    for start in range(0, count, _CONNECTING_AT_ONCE):
        batch = range(start, min(start + _CONNECTING_AT_ONCE, count))
        lines += await asyncio.gather(*(Connection.open(target) for _ in batch))
    return lines


async def in_parallel(
    target: Target,
    client: Callable[[Connection, str], Awaitable[None]],
    names: list[str],
    tally: Tally,
) -> None:
    """One task and one connection for each name; the clock runs once all are open."""
    lines = await open_lines(target, len(names))

    async def guarded(line: Connection, name: str) -> None:
        try:
            await client(line, name)
        except ConnectionLost:
            tally.problems["CONNECTION_LOST"] += 1

    tally.began = time.perf_counter()
    await asyncio.gather(*(guarded(*pair) for pair in zip(lines, names, strict=True)))
    tally.wall_s = time.perf_counter() - tally.began
    for line in lines:
        line.close()


async def timed(line: Connection, request: bytes, tally: Tally, name: str) -> Answer:
    """Send it, and write its time down under the name."""
    began = time.perf_counter()
    answer = await line.send(request)
    tally.note(name, began)
    if answer.status not in (OK, NOT_MODIFIED):
        tally.problems[answer.code()] += 1
    return answer


def limits_of(job: dict[str, Any]) -> Limits:
    """The bounds that a job came with."""
    return Limits(job["seconds"], job["count"])
