"""Who plays in the demo, and which events they go to."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

DEMO_PASSWORD = "demo-password-1"  # noqa: S105 - public on purpose: it opens a demo
# The demo data makes its ids from the names, so they are the same in every stack.
_EVENTS = uuid.UUID("6f1c1f0e-6b0c-5b0e-9a55-7d1f6c2f3a10")


def _event_id(name: str) -> str:
    return str(uuid.uuid5(_EVENTS, name))


CONCERT = "Taylor Swift Eras Tour SG"
CONCERT_ID = _event_id(CONCERT)
SYMPHONY = "Symphony Under the Stars"
SYMPHONY_ID = _event_id(SYMPHONY)
OVER = "Yesterday's Show"
OVER_ID = _event_id(OVER)


@dataclass(frozen=True, slots=True)
class Role:
    """One part in the play."""

    name: str
    email: str
    part: str


ALICE = Role("Alice", "alice@example.com", "customer; had 1000.00 credits at first")
BOB = Role("Bob", "bob@example.com", "customer; had 1000.00 credits at first")
CAROL = Role("Carol", "carol@example.com", "customer without credits")
FLO = Role("Flo", "flo@example.com", "customer, flagged: has to prove herself")
STAFF = Role("Staff", "staff@example.com", "scans tickets at the gate")
ORGANISER = Role("Organiser", "organiser@example.com", "publishes events")
ADMIN = Role("Admin", "admin@example.com", "sees sagas and invariants")
ACCOUNTS = (ALICE, BOB, CAROL, FLO, STAFF, ORGANISER, ADMIN)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has signed in."""

    name: str
    user_id: str
    token: str
