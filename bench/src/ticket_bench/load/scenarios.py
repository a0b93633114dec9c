"""The jobs themselves: each drives the gateway and tallies what it saw."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from urllib.parse import quote

from ticket_bench.load.connection import Answer, Connection, ConnectionLost, Target
from ticket_bench.load.jobs import Limits, Stock, Tally, shuffled

Progress = Callable[[int], None]
_OK = 200
_CREATED = 201
_NOT_MODIFIED = 304
# What a client of a stampede takes for "come back", not for "no".
_COME_BACK = frozenset({429, 503})
_COME_BACK_AFTER_S = 0.05
_CONNECTING_AT_ONCE = 100


async def purchases(job: dict[str, Any], tally: Tally, progress: Progress) -> None:
    """Reserve and pay, each seat once; every client has an account of its own."""
    target = Target.of(job["base_url"])
    stock = Stock(job["seat_ids"], _limits(job), progress)
    bought: list[tuple[str, str]] = []

    async def client(line: Connection, token: str) -> None:
        while (seat_id := stock.take()) is not None:
            if await _buy(target, line, token, seat_id, tally):
                bought.append((seat_id, token))

    await _in_parallel(target, client, job["tokens"][: job["clients"]], tally)
    tally.done = len(bought)
    tally.facts["bought"] = bought


async def stampede(job: dict[str, Any], tally: Tally, progress: Progress) -> None:
    """All buyers at once, each for one of a few seats, until everybody knows."""
    target = Target.of(job["base_url"])
    tokens: list[str] = job["tokens"]
    seats = job["seat_ids"]
    wanted = shuffled([seats[n % len(seats)] for n in range(len(tokens))], seed=1)
    lines = await _open(target, len(tokens))
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
        if answer.status == _OK:
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


async def scans(job: dict[str, Any], tally: Tally, progress: Progress) -> None:
    """Let different tickets in; the codes are fetched before, untimed."""
    target = Target.of(job["base_url"])
    tickets: list[tuple[str, str]] = [tuple(pair) for pair in job["tickets"]]
    codes: list[str] = []
    unread = Stock(tickets, Limits(60.0, len(tickets)), lambda _: None)

    async def fetch(line: Connection, _staff: str) -> None:
        while (ticket := unread.take()) is not None:
            seat_id, owner = ticket
            path = f"/tickets/{seat_id}/qr"
            answer = await line.send(target.request("GET", path, token=owner))
            if answer.status == _OK:
                codes.append(answer.json()["qr_payload"])
            else:
                tally.problems[answer.code()] += 1

    gates = [job["staff"]] * job["clients"]
    await _in_parallel(target, fetch, gates, tally)
    stock = Stock(codes, _limits(job), progress)
    tally.facts["cpu_before_s"] = time.process_time()

    async def gate(line: Connection, staff: str) -> None:
        while (code := stock.take()) is not None:
            body = {"qr_payload": code, "hall_id": job["hall_id"]}
            request = target.request("POST", "/verify", token=staff, body=body)
            began = time.perf_counter()
            answer = await line.send(request)
            tally.note("scan", began)
            result = answer.json().get("result", answer.code())
            if result == "SUCCESS":
                tally.done += 1
            else:
                tally.problems[result] += 1

    await _in_parallel(target, gate, gates, tally)


async def transfers(job: dict[str, Any], tally: Tally, progress: Progress) -> None:
    """Pass tickets on: begin, read both codes as their owners would, confirm."""
    target, inbox = Target.of(job["base_url"]), Target.of(job["smu_url"])
    lanes: list[dict[str, Any]] = job["lanes"]
    ends_at = time.perf_counter() + job["seconds"]
    lines = await _open(target, len(lanes))

    async def code(phone: str) -> str:
        reader = await Connection.open(inbox)  # the stand-in keeps no connection
        path = f"/messages?phone_number={quote(phone)}"
        answer = await reader.send(inbox.request("GET", path))
        reader.close()
        return str(answer.json()["messages"][0]["message"])[-6:]

    async def pass_on(line: Connection, lane: dict[str, Any]) -> None:
        seller, buyer = lane["seller"], lane["buyer"]
        for seat_id in lane["seat_ids"]:
            if time.perf_counter() >= ends_at:
                return
            offer = {
                "seat_id": seat_id,
                "buyer_id": buyer["user_id"],
                "credits_amount": job["price"],
            }
            begin = target.request(
                "POST", "/transfer/initiate", token=seller["token"], body=offer
            )
            began = time.perf_counter()
            begun = await line.send(begin)
            asked = tally.note("initiate", began)
            if begun.status != _CREATED:
                tally.problems[begun.code()] += 1
                continue
            codes = {
                "transfer_id": begun.json()["transfer_id"],
                "seller_otp": await code(seller["phone"]),
                "buyer_otp": await code(buyer["phone"]),
            }
            tally.note("read codes", asked)
            confirm = target.request(
                "POST", "/transfer/confirm", token=seller["token"], body=codes
            )
            confirming = time.perf_counter()
            done = await line.send(confirm)
            tally.note("confirm", confirming)
            tally.note("transfer", began)
            if done.status == _OK and done.json()["status"] == "COMPLETED":
                tally.done += 1
                progress(tally.done)
            else:
                tally.problems[done.code()] += 1

    tally.began = time.perf_counter()
    await asyncio.gather(*(pass_on(*pair) for pair in zip(lines, lanes, strict=True)))
    tally.wall_s = time.perf_counter() - tally.began
    for line in lines:
        line.close()


async def seat_map(job: dict[str, Any], tally: Tally, progress: Progress) -> None:
    """The whole map after every change, the same map again, and what has changed."""
    target = Target.of(job["base_url"])
    path = f"/events/{job['event_id']}/seats"
    token: str = job["token"]
    (line,) = await _open(target, 1)
    for number, seat_id in enumerate(job["seat_ids"]):
        whole = await _timed(line, target.request("GET", path), tally, "whole")
        version = whole.json()["version"]
        same = f"If-None-Match: {whole.header('etag')}\r\n"
        again = await _timed(
            line, target.request("GET", path, headers=same), tally, "unchanged"
        )
        if again.status != _NOT_MODIFIED:
            tally.problems["not_304"] += 1
        body = {"seat_id": seat_id}
        held = await line.send(
            target.request("POST", "/reserve", token=token, body=body)
        )
        if held.status != _OK:
            tally.problems[held.code()] += 1
        delta_path = f"{path}?since={version}"
        delta = await _timed(line, target.request("GET", delta_path), tally, "changes")
        tally.facts |= {
            "seats": len(whole.json()["seats"]),
            "whole_bytes": len(whole.body),
            "unchanged_bytes": len(again.body),
            "changes_bytes": len(delta.body),
            "changed_seats": len(delta.json().get("seats", ())),
        }
        tally.done += 1
        progress(number + 1)
    line.close()


async def sign_up(job: dict[str, Any], tally: Tally, progress: Progress) -> None:
    """Make accounts and sign them in."""
    target = Target.of(job["base_url"])
    people: list[dict[str, str]] = []
    stock = Stock(job["people"], Limits(600.0, len(job["people"])), progress)

    async def clerk(line: Connection, _name: str) -> None:
        while (person := stock.take()) is not None:
            made = await line.send(
                target.request("POST", "/auth/register", body=person)
            )
            if made.status != _CREATED:
                tally.problems[made.code()] += 1
                continue
            login = {"email": person["email"], "password": person["password"]}
            signed = await line.send(target.request("POST", "/auth/login", body=login))
            if signed.status != _OK:
                tally.problems[signed.code()] += 1
                continue
            token = signed.json()["access_token"]
            user_id = made.json()["user_id"]
            people.append(
                {"user_id": user_id, "token": token, "phone": person["phone"]}
            )

    await _in_parallel(target, clerk, [""] * job["clients"], tally)
    tally.done = len(people)
    tally.facts["people"] = people


Scenario = Callable[[dict[str, Any], Tally, Progress], Coroutine[Any, Any, None]]
SCENARIOS: dict[str, Scenario] = {
    scenario.__name__: scenario
    for scenario in (purchases, stampede, scans, transfers, seat_map, sign_up)
}


async def _buy(
    target: Target, line: Connection, token: str, seat_id: str, tally: Tally
) -> bool:
    request = target.request("POST", "/reserve", token=token, body={"seat_id": seat_id})
    began = time.perf_counter()
    held = await line.send(request)
    half = tally.note("reserve", began)
    if held.status != _OK:
        tally.problems[held.code()] += 1
        return False
    order = {"order_id": held.json()["order_id"]}
    paid = await line.send(target.request("POST", "/pay", token=token, body=order))
    tally.note("pay", half)
    tally.note("purchase", began)
    if paid.status != _OK:
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


async def _timed(line: Connection, request: bytes, tally: Tally, name: str) -> Answer:
    began = time.perf_counter()
    answer = await line.send(request)
    tally.note(name, began)
    if answer.status not in (_OK, _NOT_MODIFIED):
        tally.problems[answer.code()] += 1
    return answer


async def _open(target: Target, count: int) -> list[Connection]:
    lines: list[Connection] = []
    for start in range(0, count, _CONNECTING_AT_ONCE):
        batch = range(start, min(start + _CONNECTING_AT_ONCE, count))
        lines += await asyncio.gather(*(Connection.open(target) for _ in batch))
    return lines


async def _in_parallel(
    target: Target,
    client: Callable[[Connection, str], Awaitable[None]],
    names: list[str],
    tally: Tally,
) -> None:
    """One task and one connection for each name; the clock runs once all are open."""
    lines = await _open(target, len(names))

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


def _limits(job: dict[str, Any]) -> Limits:
    return Limits(job["seconds"], job["count"])
