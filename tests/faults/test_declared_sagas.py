"""Every declared saga passes every rehearsal, with the real services as participants.

Recovery is stopped meanwhile: it would finish what a rehearsal has left half done.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crash_matrix.people import new_customer
from crash_matrix.play import declared_sagas, parts_of
from live import live_stack
from orchestrator_service.saga_wiring import build_clients
from orchestrator_service.settings import Settings
from saga_rehearsals import REHEARSALS
from support.declared_cases import DeclaredCases
from support.environment import ENVIRONMENT
from support.shop import Shop
from ticket_demo.api import Api

RECOVERY = "orchestrator-recovery"
CREDITS = 5000
SEATS = 120
TICKETS = 160
AT_ONCE = 10
KINDS = sorted(declared_sagas(parts_of(Settings.from_env(ENVIRONMENT))[1].registry))


@pytest.fixture(scope="module")
def cases() -> Iterator[DeclaredCases]:
    """On a stack of their own: these sagas are in no log, so its books never close."""
    with live_stack() as stack:
        stack.stop(RECOVERY)
        settings = Settings.from_env(stack.environment("orchestrator-service"))
        database, parts = parts_of(settings)
        shop = Shop(Api(stack.url("gateway")))
        seller, buyer = (new_customer(stack, shop, CREDITS).person for _ in range(2))
        event = shop.publish(seats=SEATS + TICKETS)
        tickets = event.seat_ids[:TICKETS]
        for at in range(0, TICKETS, AT_ONCE):
            shop.buy(seller.token, *tickets[at : at + AT_ONCE])
        yield DeclaredCases(
            parts=parts,
            clients=build_clients(settings),
            shop=shop,
            event=event,
            seats=iter(event.seat_ids[TICKETS:]),
            people=(seller, buyer),
            tickets=iter(tickets),
        )
        database.dispose()


@pytest.fixture(autouse=True)
def everything_adds_up_afterwards() -> None:
    """Nothing does, on this stack; each rehearsal judges its own case."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("rehearsal", REHEARSALS)
@pytest.mark.parametrize("kind", KINDS)
def test_declared_saga_passes_the_rehearsal_with_real_participants(
    cases: DeclaredCases, kind: str, rehearsal: str
) -> None:
    assert REHEARSALS[rehearsal](lambda: cases.make(kind)) > 0
