"""Purchases, and the stampede for a few seats."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from ticket_bench.load.connection import Answer, Connection, ConnectionLost, Target
from ticket_bench.load.jobs import Stock, Tally, shuffled
from ticket_bench.load.lines import (
    OK,
    Progress,
    in_parallel,
    limits_of,
    open_lines,
)

# What a client of a stampede takes for "come back", not for "no".
_COME_BACK = frozenset({429, 503})
_COME_BACK_AFTER_S = 0.05


async def purchases(job: dict[str, Any], tally: Tally, progress: Progress) -> None:
    """Reserve and pay, each seat once; every client has an account of its own."""
    target = Target.of(job["base_url"])
    stock = Stock(job["seat_ids"], limits_of(job), progress)
    bought: list[tuple[str, str]] = []

    async def client(line: Connection, token: str) -> None:
        while (seat_id := stock.take()) is not None:
            if await _buy(target, line, token, seat_id, tally):
                bought.append((seat_id, token))

    await in_parallel(target, client, job["tokens"][: job["clients"]], tally)
    tally.done = len(bought)
    tally.facts["bought"] = bought


async def stampede(job: dict[str, Any], tally: Tally, progress: Progress) -> None:
    """All buyers at once, each for one of a few seats, until everybody knows."""
    target = Target.of(job["base_url"])
    tokens: list[str] = job["tokens"]
    seats = job["seat_ids"]
    wanted = shuffled([seats[n % len(seats)] for n in range(len(tokens))], seed=1)
    lines = await open_lines(target, len(tokens))
    winners: dict[str, list[int]] = {}
    refused: set[str] = set()
    tally.began = time.perf_counter()

    async def buyer(number: int) -> None:
        seat = wanted[number]
        request = target.request(
            "POST", "/reserve", token=tokens[number], body={"seat_id": seat}
        )
        try:
            answer = await _decided(lines[number], request, tally)
        except ConnectionLost:
            tally.problems["CONNECTION_LOST"] += 1
            return
        tally.note("decided", tally.began)
        tally.done += 1
        progress(tally.done)
        if answer.status == OK:
            winners.setdefault(seat, []).append(number)
        else:
            refused.add(seat)
            tally.problems[answer.code()] += 1

    await asyncio.gather(*(buyer(number) for number in range(len(tokens))))
    tally.wall_s = time.perf_counter() - tally.began
    for line in lines:
        line.close()
    tally.facts |= {
        "seats": len(seats),
        "held": len(winners),
        "oversold": sum(len(buyers) - 1 for buyers in winners.values()),
        "refused_though_free": len(refused - set(winners)),
    }


async def _buy(
    target: Target, line: Connection, token: str, seat_id: str, tally: Tally
) -> bool:
    request = target.request("POST", "/reserve", token=token, body={"seat_id": seat_id})
    began = time.perf_counter()
    held = await line.send(request)
    half = tally.note("reserve", began)
    if held.status != OK:
        tally.problems[held.code()] += 1
        return False
    order = {"order_id": held.json()["order_id"]}
    paid = await line.send(target.request("POST", "/pay", token=token, body=order))
    tally.note("pay", half)
    tally.note("purchase", began)
    if paid.status != OK:
        tally.problems[paid.code()] += 1
        return False
    return True


async def _decided(line: Connection, request: bytes, tally: Tally) -> Answer:
    """Ask until the answer is a yes or a no."""
    while True:
        answer = await line.send(request)
        if answer.status not in _COME_BACK:
            return answer
        tally.facts["asked_again"] = tally.facts.get("asked_again", 0) + 1
        await asyncio.sleep(_COME_BACK_AFTER_S)
