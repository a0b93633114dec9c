"""What has to be there before anything can be measured, over the public API."""

from __future__ import annotations

import json
import secrets
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ticket_bench.generator import run_job

HALL = "HALL-B"
_PASSWORD = "bench-password-1"  # noqa: S105 - of accounts that live for one run
_SEATS_PER_ROW = 200
_TIMEOUT_S = 60.0
_CLERKS = 8
_INVARIANTS_WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class Person:
    """An account with its access token."""

    user_id: str
    token: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class OnSale:
    """An event and its seats."""

    event_id: str
    seat_ids: list[str]


class Shop:
    """The public API, as a person at a terminal would use it."""

    def __init__(self, base_url: str, demo_password: str) -> None:
        self.base_url = base_url.rstrip("/")
        self._demo_password = demo_password

    def sign_in(self, who: str) -> Person:
        """An account of the demo data."""
        body = {"email": f"{who}@example.com", "password": self._demo_password}
        answer = self._call("POST", "/auth/login", body)
        return Person(answer["user"]["user_id"], answer["access_token"])

    def sign_up(self, count: int, progress: Callable[[int], None]) -> list[Person]:
        """New accounts, without credits."""
        # A phone has one open code at a time, so runs do not share phones.
        first_phone = 81_000_000 + secrets.randbelow(15_000_000)
        people = [
            {
                "email": f"bench-{secrets.token_hex(8)}@example.com",
                "phone": f"+65{first_phone + number}",
                "password": _PASSWORD,
            }
            for number in range(count)
        ]
        made = run_job(
            "sign_up", self.base_url, progress, people=people, clients=_CLERKS
        )
        if made.done < count:
            raise RuntimeError(f"accounts could not be made: {dict(made.problems)}")
        return [Person(**person) for person in made.facts["people"]]

    def publish(self, organiser: Person, seats: int, price: str) -> OnSale:
        """An event in three months with that many seats, a multiple of 200 or fewer."""
        in_row = min(seats, _SEATS_PER_ROW)
        body = {
            "name": f"Bench {secrets.token_hex(4)}",
            "venue": {"name": "Bench Hall", "address": "1 Bench Road"},
            "hall_id": HALL,
            "event_date": (datetime.now(UTC) + timedelta(days=90)).isoformat(),
            "pricing_tiers": {"CAT1": price},
            "seat_map": [
                {
                    "category": "CAT1",
                    "rows": [f"R{row}" for row in range(seats // in_row)],
                    "seats_per_row": in_row,
                }
            ],
        }
        event_id = self._call("POST", "/admin/events", body, organiser)["event_id"]
        found = self._call("GET", f"/events/{event_id}/seats")["seats"]
        return OnSale(event_id, [seat["seat_id"] for seat in found])

    def broken_invariants(self, admin: Person) -> list[str]:
        """The names of those that do not hold; ought to be none.

        What is still on its way to others gets a moment.
        """
        give_up_at = time.monotonic() + _INVARIANTS_WITHIN_S
        while True:
            found = self._call("GET", "/admin/invariants", None, admin)
            broken = [one["name"] for one in found["invariants"] if not one["holds"]]
            if not broken or time.monotonic() > give_up_at:
                return broken
            time.sleep(1)

    def _call(
        self, method: str, path: str, body: Any = None, person: Person | None = None
    ) -> Any:
        headers = {"Content-Type": "application/json"}
        if person is not None:
            headers["Authorization"] = f"Bearer {person.token}"
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - the URL we were given
            self.base_url + path, data=content, headers=headers, method=method
        )
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310
            return json.load(answer)
