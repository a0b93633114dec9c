"""Seat maps, and the accounts that everything else needs."""

from __future__ import annotations

from typing import Any

from ticket_bench.load.connection import Connection, Target
from ticket_bench.load.jobs import Limits, Stock, Tally
from ticket_bench.load.lines import (
    CREATED,
    NOT_MODIFIED,
    OK,
    Progress,
    in_parallel,
    open_lines,
    timed,
)


async def seat_map(job: dict[str, Any], tally: Tally, progress: Progress) -> None:
    """The whole map after every change, the same map again, and what has changed."""
    target = Target.of(job["base_url"])
    path = f"/events/{job['event_id']}/seats"
    token: str = job["token"]
    (line,) = await open_lines(target, 1)
    for number, seat_id in enumerate(job["seat_ids"]):
        whole = await timed(line, target.request("GET", path), tally, "whole")
        version = whole.json()["version"]
        same = f"If-None-Match: {whole.header('etag')}\r\n"
        again = await timed(
            line, target.request("GET", path, headers=same), tally, "unchanged"
        )
        if again.status != NOT_MODIFIED:
            tally.problems["not_304"] += 1
        body = {"seat_id": seat_id}
        held = await line.send(
            target.request("POST", "/reserve", token=token, body=body)
        )
        if held.status != OK:
            tally.problems[held.code()] += 1
        delta_path = f"{path}?since={version}"
        delta = await timed(line, target.request("GET", delta_path), tally, "changes")
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
            if made.status != CREATED:
                tally.problems[made.code()] += 1
                continue
            login = {"email": person["email"], "password": person["password"]}
            signed = await line.send(target.request("POST", "/auth/login", body=login))
            if signed.status != OK:
                tally.problems[signed.code()] += 1
                continue
            token = signed.json()["access_token"]
            user_id = made.json()["user_id"]
            people.append(
                {"user_id": user_id, "token": token, "phone": person["phone"]}
            )

    await in_parallel(target, clerk, [""] * job["clients"], tally)
    tally.done = len(people)
    tally.facts["people"] = people
