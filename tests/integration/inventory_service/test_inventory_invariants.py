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
    assert len(answer.invariants) == 10


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
                "UPDATE seat_claims SET created_at = now() - interval '61 seconds'"
                " WHERE state = 'OPEN'"
            ),
            "no_open_claim_older_than_60s",
        ),
        (
            (
                "UPDATE outbox SET created_at = now() - interval '11 seconds'"
                " WHERE id = (SELECT min(id) FROM outbox)"
            ),
            "outbox_drained",
        ),
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


def test_all_claims_are_listed_over_several_pages(
    inventory: InventoryCalls, query: Query
) -> None:
    query(
        "INSERT INTO seat_claims"
        " (claim_id, kind, hold_id, seat_count, state, closed_at)"
        " SELECT gen_random_uuid(), 'PURCHASE', gen_random_uuid(), 0, 'REVOKED', now()"
        "   FROM generate_series(1, 2100)"
    )

    chunks = list(
        inventory.caller.stream(
            inventory.stub.ListClaims, pb.ListClaimsRequest(), timeout_s=10
        )
    )

    claims = [claim for chunk in chunks for claim in chunk.claims]
    assert len({claim.claim_id for claim in claims}) == len(claims) == 2100
    assert len(chunks) == 3
    assert {claim.kind for claim in claims} == {"PURCHASE"}
    assert {claim.state for claim in claims} == {pb.REVOKED}


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
