from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from service_common.errors import InvalidInput
from service_common.stubs import inventory_pb2 as pb
from support.inventory_calls import InventoryCalls, new_id

Query = Callable[..., list[Any]]


@pytest.fixture
def busy_inventory(
    inventory: InventoryCalls, event_id: str, seats: list[str]
) -> list[str]:
    """A seat at every status: free, held, claimed, sold, checked in."""
    inventory.reserve([seats[1]])
    inventory.claim(new_id(), inventory.reserve([seats[2]]))
    inventory.buy(seats[3:5], new_id())
    inventory.buy([seats[5]], new_id())
    inventory.check_in(seats[5], event_id, 1)
    return seats


def test_healthy_inventory_breaks_no_rule(
    inventory: InventoryCalls, busy_inventory: list[str]
) -> None:
    answer = inventory.call("CheckInvariants", pb.CheckInvariantsRequest())

    assert {found.name for found in answer.invariants if not found.holds} == set()
    assert len(answer.invariants) == 13


@pytest.mark.parametrize(
    ("damage", "broken"),
    [
        (
            (
                "UPDATE seats SET held_until = now() - interval '11 seconds'"
                " WHERE status = 'HELD' AND claim_id IS NULL"
            ),
            "no_seat_held_past_its_time",
        ),
        (
            (
                "UPDATE seat_claims SET created_at = now() - interval '81 seconds'"
                " WHERE state = 'OPEN'"
            ),
            "no_claim_stays_open",
        ),
        (
            (
                "UPDATE outbox SET created_at = now() - interval '11 seconds'"
                " WHERE id = (SELECT min(id) FROM outbox)"
            ),
            "outbox_drained",
        ),
        ("INSERT INTO parked_messages VALUES ('parking', 1)", "no_message_is_parked"),
        (
            "UPDATE seats SET claim_id = NULL WHERE status = 'HELD'",
            "open_claims_match_claimed_seats",
        ),
        (
            "UPDATE seat_claims SET state = 'REVOKED' WHERE seat_count = 2",
            "confirmed_claims_match_sold_seats",
        ),
        (
            "UPDATE seats SET hold_id = gen_random_uuid() WHERE seat_number = 4",
            "confirmed_claims_match_sold_seats",
        ),
        ("DELETE FROM entry_logs", "checked_in_seats_match_entry_logs"),
        (
            "UPDATE seats SET ticket_version = 7 WHERE seat_number = 4",
            "ticket_version_counts_its_handovers",
        ),
        ("DELETE FROM seats WHERE status = 'AVAILABLE'", "seat_plans_match_seats"),
    ],
)
def test_broken_rule_is_named_with_its_offenders(
    inventory: InventoryCalls,
    busy_inventory: list[str],
    query: Query,
    damage: str,
    broken: str,
) -> None:
    query(damage)

    answer = inventory.call("CheckInvariants", pb.CheckInvariantsRequest())

    [found] = [found for found in answer.invariants if not found.holds]
    assert found.name == broken
    assert found.violations >= len(found.examples) >= 1


def test_hold_torn_apart_is_found(
    inventory: InventoryCalls, seats: list[str], query: Query
) -> None:
    inventory.claim(new_id(), inventory.reserve(seats[:2]))
    query("UPDATE seats SET claim_id = NULL WHERE seat_id = :id", id=seats[0])

    assert inventory.violations() == {
        "seats_of_a_hold_move_together": 1,
        "open_claims_match_claimed_seats": 1,
    }


def test_at_most_ten_examples_are_named(
    inventory: InventoryCalls, query: Query
) -> None:
    query(
        "INSERT INTO outbox (topic, payload, request_id, created_at)"
        " SELECT 'seat.hold', '{}', '-', now() - interval '1 minute'"
        "   FROM generate_series(1, 25)"
    )

    answer = inventory.call("CheckInvariants", pb.CheckInvariantsRequest())

    [found] = [found for found in answer.invariants if not found.holds]
    assert (found.violations, len(found.examples)) == (25, 10)


def test_claims_are_paged_by_id_and_none_is_left_out(
    inventory: InventoryCalls, query: Query
) -> None:
    query(
        "INSERT INTO seat_claims"
        " (claim_id, kind, hold_id, seat_count, state, closed_at)"
        " SELECT gen_random_uuid(), 'PURCHASE', gen_random_uuid(), 0, 'REVOKED', now()"
        "   FROM generate_series(1, 25)"
    )
    pages: list[Any] = []
    after = ""
    while not pages or pages[-1]:
        request = pb.ListClaimsRequest(after_claim_id=after, limit=10)
        pages.append(inventory.call("ListClaims", request).claims)
        after = pages[-1][-1].claim_id if pages[-1] else ""

    claims = [claim.claim_id for page in pages for claim in page]
    assert [len(page) for page in pages] == [10, 10, 5, 0]
    assert claims == sorted(set(claims))
    assert {claim.state for page in pages for claim in page} == {pb.REVOKED}


def test_named_claims_and_seats_are_found(
    inventory: InventoryCalls, seats: list[str]
) -> None:
    hold = inventory.reserve([seats[0]])
    claim_id = new_id()
    inventory.claim(claim_id, hold)

    claims = inventory.call(
        "ListClaims", pb.ListClaimsRequest(claim_ids=[claim_id, new_id()])
    ).claims
    found = inventory.call(
        "ListSoldSeats", pb.ListSoldSeatsRequest(seat_ids=[seats[0], new_id()])
    ).seats

    [claim] = claims
    assert (claim.claim_id, claim.hold_id, claim.seat_count, claim.state) == (
        claim_id,
        hold.hold_id,
        1,
        pb.OPEN,
    )
    [seat] = found
    assert (seat.seat_id, seat.owner_user_id, seat.order_id, seat.claim_id) == (
        seats[0],
        "",
        hold.order_id,
        claim_id,
    )


def test_sold_seats_are_paged_by_id_with_their_owners(
    inventory: InventoryCalls, seats: list[str]
) -> None:
    owner = new_id()
    inventory.buy(seats[:3], owner)
    inventory.reserve([seats[3]])

    first = inventory.call("ListSoldSeats", pb.ListSoldSeatsRequest(limit=2)).seats
    request = pb.ListSoldSeatsRequest(limit=2, after_seat_id=first[-1].seat_id)
    second = inventory.call("ListSoldSeats", request).seats

    told = [*first, *second]
    assert [seat.seat_id for seat in told] == sorted(seats[:3])
    assert {(seat.owner_user_id, seat.ticket_version) for seat in told} == {(owner, 1)}


@pytest.mark.parametrize(
    ("call", "request_"),
    [
        ("ListClaims", pb.ListClaimsRequest()),
        ("ListClaims", pb.ListClaimsRequest(limit=1001)),
        ("ListClaims", pb.ListClaimsRequest(limit=-1)),
        ("ListClaims", pb.ListClaimsRequest(limit=1, after_claim_id="x")),
        ("ListClaims", pb.ListClaimsRequest(claim_ids=["x"])),
        ("ListSoldSeats", pb.ListSoldSeatsRequest()),
        ("ListSoldSeats", pb.ListSoldSeatsRequest(limit=1001)),
        ("ListSoldSeats", pb.ListSoldSeatsRequest(seat_ids=["x"])),
        ("ListSoldSeats", pb.ListSoldSeatsRequest(limit=1, after_seat_id="x")),
    ],
)
def test_page_that_makes_no_sense_is_refused(
    inventory: InventoryCalls, call: str, request_: object
) -> None:
    with pytest.raises(InvalidInput):
        inventory.call(call, request_)


def test_hold_whose_claim_was_revoked_late_is_given_its_ten_seconds(
    inventory: InventoryCalls, seats: list[str], query: Query
) -> None:
    hold, claim_id = inventory.reserve([seats[0]]), new_id()
    inventory.claim(claim_id, hold)
    query(
        "UPDATE seats SET held_until = now() - interval '1 minute'"
        " WHERE status = 'HELD'"
    )
    inventory.revoke(claim_id, hold)

    assert inventory.violations() == {}

    query("UPDATE seat_claims SET closed_at = now() - interval '11 seconds'")
    assert inventory.violations() == {"no_seat_held_past_its_time": 1}


def test_only_a_hold_that_is_over_and_told_is_found_as_ended(
    inventory: InventoryCalls, seats: list[str], query: Query
) -> None:
    standing = inventory.reserve([seats[0]])
    untold = inventory.reserve([seats[1]])
    over = inventory.reserve([seats[2]])
    inventory.release(over.hold_id, by_holder=True)
    query("DELETE FROM outbox WHERE payload ->> 'hold_id' = :id", id=over.hold_id)
    inventory.release(untold.hold_id, by_holder=True)
    never_was = new_id()
    asked = [standing.hold_id, untold.hold_id, over.hold_id, never_was]

    answer = inventory.call("FindEndedHolds", pb.FindEndedHoldsRequest(hold_ids=asked))

    assert set(answer.hold_ids) == {over.hold_id, never_was}


def test_too_many_holds_at_once_are_refused(inventory: InventoryCalls) -> None:
    asked = [new_id() for _ in range(1001)]

    with pytest.raises(InvalidInput):
        inventory.call("FindEndedHolds", pb.FindEndedHoldsRequest(hold_ids=asked))
