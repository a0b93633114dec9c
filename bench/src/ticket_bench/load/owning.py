"""What is done with tickets: they are scanned, and passed on."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from urllib.parse import quote

from ticket_bench.load.connection import Connection, Target
from ticket_bench.load.jobs import Limits, Stock, Tally
from ticket_bench.load.lines import (
    CREATED,
    OK,
    Progress,
    in_parallel,
    limits_of,
    open_lines,
)


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
            if answer.status == OK:
                codes.append(answer.json()["qr_payload"])
            else:
                tally.problems[answer.code()] += 1

    gates = [job["staff"]] * job["clients"]
    await in_parallel(target, fetch, gates, tally)
    stock = Stock(codes, limits_of(job), progress)
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

    await in_parallel(target, gate, gates, tally)


async def transfers(job: dict[str, Any], tally: Tally, progress: Progress) -> None:
    """Pass tickets on: begin, read both codes as their owners would, confirm."""
    target, inbox = Target.of(job["base_url"]), Target.of(job["smu_url"])
    lanes: list[dict[str, Any]] = job["lanes"]
    ends_at = time.perf_counter() + job["seconds"]
    lines = await open_lines(target, len(lanes))

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
            if begun.status != CREATED:
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
            if done.status == OK and done.json()["status"] == "COMPLETED":
                tally.done += 1
                progress(tally.done)
            else:
                tally.problems[done.code()] += 1

    tally.began = time.perf_counter()
    await asyncio.gather(*(pass_on(*pair) for pair in zip(lines, lanes, strict=True)))
    tally.wall_s = time.perf_counter() - tally.began
    for line in lines:
        line.close()
