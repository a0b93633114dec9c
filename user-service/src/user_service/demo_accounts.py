"""Who is in the demo; ids are computed, so that everybody else can compute them too."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal

from service_common.access import Role

DEMO_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "demo.ticketremaster.example")
_START_CREDITS = Decimal("1000.00")


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One person of the demo."""

    name: str
    email: str
    phone: str
    role: Role = Role.CUSTOMER
    credits: Decimal | None = None
    is_flagged: bool = False

    @property
    def user_id(self) -> uuid.UUID:
        """The same id at every load."""
        return demo_user_id(self.email)


def demo_user_id(email: str) -> uuid.UUID:
    """The id of the demo account with this address."""
    return uuid.uuid5(DEMO_NAMESPACE, email)


DEMO_ACCOUNTS = (
    DemoAccount("Alice", "alice@example.com", "+6591000001", credits=_START_CREDITS),
    DemoAccount("Bob", "bob@example.com", "+6591000002", credits=_START_CREDITS),
    DemoAccount("Carol", "carol@example.com", "+6591000003"),
    DemoAccount(
        "Flo",
        "flo@example.com",
        "+6591000004",
        credits=_START_CREDITS,
        is_flagged=True,
    ),
    DemoAccount("Staff", "staff@example.com", "+6591000005", Role.STAFF),
    DemoAccount("Organiser", "organiser@example.com", "+6591000006", Role.ORGANISER),
    DemoAccount("Admin", "admin@example.com", "+6591000007", Role.ADMIN),
)
