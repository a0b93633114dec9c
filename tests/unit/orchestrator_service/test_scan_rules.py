"""Every rule of the gate, and which of them speaks first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from fakes.participants import EVENT_ID, NOW, SEAT_ID, an_event
from orchestrator_service.clients.gate_client import TicketState
from orchestrator_service.clients.inventory_types import Seat
from orchestrator_service.services.qr_service import TicketCode
from orchestrator_service.services.scan_rules import (
    ADMIT,
    COUNTERFEIT,
    PAYING,
    STALE,
    UNPAID,
    USED,
    Evidence,
    Verdict,
    judge,
)

CODE = TicketCode(SEAT_ID, EVENT_ID, "HALL-A", 1, NOW)
TICKET = TicketState(
    seat=Seat(SEAT_ID, "A", 1, "CAT1", Decimal("350.00")),
    event_id=EVENT_ID,
    status="SOLD",
    ticket_version=1,
    claimed=False,
    checked_in_at=None,
    checked_in_hall_id="",
    same_scan=False,
)
GOOD = Evidence(
    code=CODE, is_fresh=True, hall_id="HALL-A", ticket=TICKET, event=an_event()
)
USED_TICKET = replace(
    TICKET,
    status="CHECKED_IN",
    checked_in_at=NOW + timedelta(seconds=1),
    checked_in_hall_id="HALL-A",
)


def ticket(**changes: Any) -> Evidence:
    return replace(GOOD, ticket=replace(TICKET, **changes))


def verdict_on(seen: Evidence, *, paid: bool = True) -> Verdict:
    return judge(seen, lambda: paid)


def test_everything_in_order_is_let_in() -> None:
    assert verdict_on(GOOD) is ADMIT


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (replace(GOOD, ticket=None), COUNTERFEIT),
        (replace(GOOD, event=None), COUNTERFEIT),
        (ticket(event_id=SEAT_ID), COUNTERFEIT),
        (ticket(status="HELD"), UNPAID),
        (ticket(status="AVAILABLE"), UNPAID),
        (ticket(status="HELD", claimed=True), PAYING),
        (replace(GOOD, is_fresh=False), STALE),
        (ticket(ticket_version=2), STALE),
        (ticket(ticket_version=0), STALE),
        (ticket(claimed=True), STALE),
        (replace(GOOD, ticket=USED_TICKET), USED),
        (replace(GOOD, ticket=replace(USED_TICKET, ticket_version=2)), STALE),
    ],
)
def test_each_rule_refuses_alone(seen: Evidence, expected: Verdict) -> None:
    assert verdict_on(seen) is expected


@pytest.mark.parametrize(
    ("scanner", "code"), [("HALL-B", "HALL-A"), ("HALL-A", "HALL-B"), ("B", "B")]
)
def test_guest_is_sent_to_the_hall_of_the_event(scanner: str, code: str) -> None:
    seen = replace(GOOD, hall_id=scanner, code=replace(CODE, hall_id=code))

    assert verdict_on(seen).message == "Go to Hall HALL-A"


def test_sold_seat_whose_order_is_not_confirmed_yet_is_being_paid() -> None:
    assert verdict_on(GOOD, paid=False) is PAYING


@pytest.mark.parametrize(
    ("seen", "first"),
    [
        (replace(GOOD, ticket=None, hall_id="HALL-B"), "NOT_FOUND"),
        (replace(GOOD, ticket=USED_TICKET, hall_id="HALL-B"), "WRONG_HALL"),
        (replace(GOOD, ticket=USED_TICKET, is_fresh=False), "DUPLICATE"),
        (replace(ticket(status="HELD"), is_fresh=False), "UNPAID"),
    ],
)
def test_earlier_rule_speaks_first(seen: Evidence, first: str) -> None:
    assert verdict_on(seen).result == first


@pytest.mark.parametrize(
    "seen",
    [
        replace(GOOD, ticket=None),
        replace(GOOD, hall_id="HALL-B"),
        replace(GOOD, ticket=USED_TICKET),
        replace(GOOD, is_fresh=False),
        ticket(claimed=True),
        ticket(status="HELD"),
    ],
)
def test_refusal_does_not_need_the_orders(seen: Evidence) -> None:
    def unreachable() -> bool:
        raise AssertionError("the orders were asked")

    assert judge(seen, unreachable) is not ADMIT
