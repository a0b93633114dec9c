from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from service_common.errors import Conflict, Forbidden, InvalidInput, NotFound
from service_common.stubs import inventory_pb2 as pb
from support.inventory_calls import InventoryCalls, new_id
from support.races import race

Query = Callable[..., list[Any]]


@pytest.fixture
def seller() -> str:
    return new_id()


@pytest.fixture
def ticket(inventory: InventoryCalls, seats: list[str], seller: str) -> str:
    """The id of a seat that the seller has bought."""
    inventory.buy([seats[0]], seller)
    return seats[0]


def verify(inventory: InventoryCalls, seat_id: str) -> pb.TicketState:
    state: pb.TicketState = inventory.call(
        "VerifyTicket", pb.VerifyTicketRequest(seat_id=seat_id)
    )
    return state


def test_ticket_changes_hands_and_its_version_rises(
    inventory: InventoryCalls, ticket: str, seller: str
) -> None:
    claim_id, buyer = new_id(), new_id()

    assert inventory.claim_ticket(claim_id, ticket, seller, 1) == "OPEN"
    assert inventory.owner(ticket).claimed
    moved = inventory.update_owner(claim_id, ticket, buyer)

    assert (moved.owner_user_id, moved.ticket_version) == (buyer, 2)
    assert moved.price_paid == "350.00"
    assert not moved.claimed
    assert inventory.violations() == {}


def test_every_step_of_a_transfer_may_be_repeated(
    inventory: InventoryCalls, ticket: str, seller: str
) -> None:
    claim_id, buyer = new_id(), new_id()

    for _ in range(2):
        inventory.claim_ticket(claim_id, ticket, seller, 1)
    owners = [inventory.update_owner(claim_id, ticket, buyer) for _ in range(3)]

    assert {owner.ticket_version for owner in owners} == {2}
    assert inventory.claim_ticket(claim_id, ticket, seller, 1) == "CONFIRMED"
    assert inventory.revoke_ticket(claim_id, ticket, seller, 1) == "CONFIRMED"


def test_ticket_of_somebody_else_or_of_an_older_version_cannot_be_claimed(
    inventory: InventoryCalls, ticket: str, seller: str
) -> None:
    for owner, version in ((new_id(), 1), (seller, 0), (seller, 2), (seller, -1)):
        with pytest.raises(Forbidden) as refused:
            inventory.claim_ticket(new_id(), ticket, owner, version)
        assert refused.value.code == "NOT_SEAT_OWNER"


def test_seat_that_does_not_exist_cannot_be_claimed(
    inventory: InventoryCalls, seller: str
) -> None:
    with pytest.raises(NotFound) as refused:
        inventory.claim_ticket(new_id(), new_id(), seller, 1)

    assert refused.value.code == "SEAT_NOT_FOUND"


def test_ticket_under_a_claim_is_refused_to_a_second_one(
    inventory: InventoryCalls, ticket: str, seller: str
) -> None:
    inventory.claim_ticket(new_id(), ticket, seller, 1)

    with pytest.raises(Conflict) as refused:
        inventory.claim_ticket(new_id(), ticket, seller, 1)

    assert refused.value.code == "SEAT_UNAVAILABLE"


def test_used_ticket_cannot_be_claimed(
    inventory: InventoryCalls, event_id: str, ticket: str, seller: str
) -> None:
    inventory.check_in(ticket, event_id, 1)

    with pytest.raises(Conflict) as refused:
        inventory.claim_ticket(new_id(), ticket, seller, 1)

    assert refused.value.code == "SEAT_UNAVAILABLE"


def test_revoked_transfer_leaves_the_ticket_with_its_seller(
    inventory: InventoryCalls, ticket: str, seller: str
) -> None:
    claim_id = new_id()
    inventory.claim_ticket(claim_id, ticket, seller, 1)

    assert inventory.revoke_ticket(claim_id, ticket, seller, 1) == "REVOKED"
    with pytest.raises(Conflict) as refused:
        inventory.update_owner(claim_id, ticket, new_id())

    assert refused.value.code == "CLAIM_REVOKED"
    owner = inventory.owner(ticket)
    assert (owner.owner_user_id, owner.ticket_version) == (seller, 1)
    assert not owner.claimed


def test_transfer_claim_that_comes_after_its_revoke_is_refused(
    inventory: InventoryCalls, ticket: str, seller: str
) -> None:
    claim_id = new_id()
    inventory.revoke_ticket(claim_id, ticket, seller, 1)

    with pytest.raises(Conflict) as refused:
        inventory.claim_ticket(claim_id, ticket, seller, 1)

    assert refused.value.code == "CLAIM_REVOKED"


def test_claim_of_one_ticket_does_not_move_another(
    inventory: InventoryCalls, seats: list[str], ticket: str, seller: str
) -> None:
    inventory.buy([seats[1]], seller)
    claim_id = new_id()
    inventory.claim_ticket(claim_id, ticket, seller, 1)

    with pytest.raises(InvalidInput):
        inventory.update_owner(claim_id, seats[1], new_id())

    assert inventory.owner(seats[1]).owner_user_id == seller


def test_purchase_claim_is_no_transfer_claim(
    inventory: InventoryCalls, seats: list[str]
) -> None:
    hold, claim_id = inventory.reserve([seats[0]]), new_id()
    inventory.claim(claim_id, hold)

    with pytest.raises(InvalidInput):
        inventory.update_owner(claim_id, seats[0], new_id())

    assert inventory.status(seats[0]) == "HELD"


@pytest.mark.parametrize("attempt", range(10))
def test_transfer_and_gate_race_for_a_ticket_and_one_of_them_has_it(
    inventory: InventoryCalls, event_id: str, ticket: str, seller: str, attempt: int
) -> None:
    claimed, scanned = race(
        partial(inventory.claim_ticket, new_id(), ticket, seller, 1),
        partial(inventory.check_in, ticket, event_id, 1),
    )

    if claimed == "OPEN":
        assert not scanned.checked_in
        assert scanned.state.ticket.claimed
    else:
        assert claimed.code == "SEAT_UNAVAILABLE"
        assert scanned.checked_in


def test_ticket_is_checked_in_once_with_its_log(
    inventory: InventoryCalls, event_id: str, ticket: str, query: Query
) -> None:
    first = inventory.check_in(ticket, event_id, 1)
    second = inventory.check_in(ticket, event_id, 1)

    assert first.checked_in
    assert not second.checked_in
    assert second.state == verify(inventory, ticket)
    assert second.state.ticket == first.state.ticket
    assert second.state.checked_in_at == first.state.checked_in_at
    assert (first.state.same_scan, second.state.same_scan) == (True, False)
    assert first.state.ticket.status == pb.CHECKED_IN
    assert first.state.checked_in_hall_id == "HALL-A"
    assert first.state.HasField("checked_in_at")
    [log] = query("SELECT * FROM entry_logs")
    assert (str(log.seat_id), log.presented_seat_id) == (ticket, ticket)
    assert (log.result, log.ticket_version) == ("SUCCESS", 1)


def test_of_ten_gates_one_lets_the_ticket_in(
    inventory: InventoryCalls, event_id: str, ticket: str, query: Query
) -> None:
    answers = race(*[partial(inventory.check_in, ticket, event_id, 1)] * 10)

    assert sum(answer.checked_in for answer in answers) == 1
    assert len(query("SELECT 1 FROM entry_logs WHERE result = 'SUCCESS'")) == 1


def test_gate_refuses_an_old_version_another_event_and_an_unpaid_seat(
    inventory: InventoryCalls, event_id: str, seats: list[str], ticket: str
) -> None:
    hold = inventory.reserve([seats[1]])

    assert not inventory.check_in(ticket, event_id, 0).checked_in
    assert not inventory.check_in(ticket, new_id(), 1).checked_in
    unpaid = inventory.check_in(seats[1], event_id, 0)
    assert not unpaid.checked_in
    assert unpaid.state.held_by_user_id == hold.user_id
    assert unpaid.state.ticket.status == pb.HELD


def test_gate_is_told_that_a_seat_does_not_exist(
    inventory: InventoryCalls, event_id: str
) -> None:
    for call in (
        lambda: verify(inventory, new_id()),
        lambda: inventory.check_in(new_id(), event_id, 1),
        lambda: inventory.owner(new_id()),
    ):
        with pytest.raises(NotFound) as refused:
            call()
        assert refused.value.code == "SEAT_NOT_FOUND"


@pytest.mark.parametrize("hall", ["", "x" * 21, "HALL\0", "HALL\nA"])
def test_gate_refuses_a_malformed_hall(
    inventory: InventoryCalls, event_id: str, ticket: str, hall: str
) -> None:
    request = pb.MarkCheckedInRequest(
        seat_id=ticket,
        event_id=event_id,
        ticket_version=1,
        staff_id=new_id(),
        hall_id_presented=hall,
        hall_id_expected="HALL-A",
        scan=pb.ScanIdentity(scan_id=new_id()),
    )

    with pytest.raises(InvalidInput):
        inventory.call("MarkCheckedIn", request)


def test_owners_of_several_seats_are_read_at_once_and_unknown_ones_left_out(
    inventory: InventoryCalls, seats: list[str], ticket: str, seller: str
) -> None:
    wanted = [ticket, seats[1], new_id()]

    found = inventory.call("ListSeatOwners", pb.ListSeatOwnersRequest(seat_ids=wanted))

    assert {owner.seat.seat_id: owner.owner_user_id for owner in found.owners} == {
        ticket: seller,
        seats[1]: "",
    }


def test_too_many_seats_or_a_malformed_one_are_refused(
    inventory: InventoryCalls,
) -> None:
    for wanted in ([new_id()] * 101, ["no-uuid"]):
        with pytest.raises(InvalidInput):
            inventory.call("ListSeatOwners", pb.ListSeatOwnersRequest(seat_ids=wanted))


def test_claim_of_a_used_ticket_is_refused_with_its_status(
    inventory: InventoryCalls, ticket: str, seller: str, event_id: str
) -> None:
    inventory.check_in(ticket, event_id, 1)

    with pytest.raises(Conflict) as refused:
        inventory.claim_ticket(new_id(), ticket, seller, 1)

    assert refused.value.code == "SEAT_UNAVAILABLE"
    assert refused.value.details["status"] == "CHECKED_IN"


def test_free_seat_has_no_owner_and_no_price_paid(
    inventory: InventoryCalls, seats: list[str], event_id: str
) -> None:
    owner = inventory.owner(seats[3])

    assert (owner.owner_user_id, owner.price_paid, owner.claimed) == ("", "", False)
    assert (owner.event_id, owner.status) == (event_id, pb.AVAILABLE)
    assert (owner.seat.row_number, owner.seat.seat_number) == ("A", 4)
