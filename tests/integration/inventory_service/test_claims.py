from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from service_common.errors import AppError, Conflict, Forbidden, Gone, InvalidInput
from service_common.stubs import inventory_pb2 as pb
from support.inventory_calls import InventoryCalls, new_id

Query = Callable[..., list[Any]]
Expire = Callable[[str], None]


def test_claimed_hold_is_sold_with_price_and_ticket_version(
    inventory: InventoryCalls, event_id: str, seats: list[str]
) -> None:
    hold, claim_id = inventory.reserve(seats[:2]), new_id()

    assert inventory.claim(claim_id, hold) == "OPEN"
    sale = inventory.confirm(claim_id, hold.user_id)

    assert sale.event_id == event_id
    assert [(s.seat.seat_id, s.ticket_version) for s in sale.seats] == [
        (seats[0], 1),
        (seats[1], 1),
    ]
    owner = inventory.owner(seats[0])
    assert (owner.owner_user_id, owner.price_paid) == (hold.user_id, "350.00")
    assert not owner.claimed
    assert inventory.status(seats[0]) == "SOLD"


def test_every_step_of_a_purchase_may_be_repeated(
    inventory: InventoryCalls, seats: list[str]
) -> None:
    hold, claim_id = inventory.reserve(seats[:2]), new_id()

    assert [inventory.claim(claim_id, hold) for _ in range(3)] == ["OPEN"] * 3
    sales = [inventory.confirm(claim_id, hold.user_id) for _ in range(3)]
    assert sales[0] == sales[1] == sales[2]
    assert inventory.claim(claim_id, hold) == "CONFIRMED"
    assert inventory.revoke(claim_id, hold) == "CONFIRMED"
    assert inventory.status(seats[0]) == "SOLD"


def test_hold_whose_time_is_over_cannot_be_claimed(
    inventory: InventoryCalls, seats: list[str], expire: Expire
) -> None:
    hold = inventory.reserve(seats[:2])
    expire(hold.hold_id)

    with pytest.raises(Gone) as refused:
        inventory.claim(new_id(), hold)

    assert refused.value.code == "HOLD_EXPIRED"
    assert sorted(refused.value.details["seat_ids"]) == sorted(seats[:2])


def test_hold_that_was_released_cannot_be_claimed(
    inventory: InventoryCalls, seats: list[str]
) -> None:
    hold = inventory.reserve([seats[0]])
    inventory.release(hold.hold_id, by_holder=True)

    with pytest.raises(Gone) as refused:
        inventory.claim(new_id(), hold)

    assert refused.value.code == "HOLD_EXPIRED"


def test_second_payment_for_one_hold_is_refused(
    inventory: InventoryCalls, seats: list[str]
) -> None:
    hold = inventory.reserve([seats[0]])
    inventory.claim(new_id(), hold)

    with pytest.raises(Conflict) as refused:
        inventory.claim(new_id(), hold)

    assert refused.value.code == "PAYMENT_IN_PROGRESS"


def test_hold_that_was_sold_cannot_be_claimed_again(
    inventory: InventoryCalls, seats: list[str]
) -> None:
    hold, claim_id = inventory.reserve([seats[0]]), new_id()
    inventory.claim(claim_id, hold)
    inventory.confirm(claim_id, hold.user_id)

    with pytest.raises(Conflict) as refused:
        inventory.claim(new_id(), hold)

    assert refused.value.code == "SEAT_ALREADY_SOLD"


def test_somebody_elses_hold_cannot_be_claimed_nor_confirmed(
    inventory: InventoryCalls, seats: list[str]
) -> None:
    hold, claim_id = inventory.reserve([seats[0]]), new_id()
    thief = type(hold)()
    thief.CopyFrom(hold)
    thief.user_id = new_id()

    with pytest.raises(Forbidden):
        inventory.claim(claim_id, thief)
    inventory.claim(claim_id, hold)
    with pytest.raises(Forbidden):
        inventory.confirm(claim_id, thief.user_id)

    assert inventory.status(seats[0]) == "HELD"


def test_claim_id_cannot_stand_for_two_holds(
    inventory: InventoryCalls, seats: list[str]
) -> None:
    claim_id = new_id()
    inventory.claim(claim_id, inventory.reserve([seats[0]]))

    with pytest.raises(InvalidInput):
        inventory.claim(claim_id, inventory.reserve([seats[1]]))


def test_revoked_purchase_leaves_its_seats_held_until_their_time_is_over(
    inventory: InventoryCalls, seats: list[str], expire: Expire
) -> None:
    hold, claim_id = inventory.reserve([seats[0]]), new_id()
    inventory.claim(claim_id, hold)

    assert inventory.revoke(claim_id, hold) == "REVOKED"
    assert inventory.status(seats[0]) == "HELD"
    assert inventory.release(hold.hold_id) == "NOT_DUE"
    expire(hold.hold_id)
    assert inventory.release(hold.hold_id) == "RELEASED"


def test_revoked_claim_can_neither_be_made_nor_confirmed_again(
    inventory: InventoryCalls, seats: list[str]
) -> None:
    hold, claim_id = inventory.reserve([seats[0]]), new_id()
    inventory.claim(claim_id, hold)
    assert [inventory.revoke(claim_id, hold) for _ in range(2)] == ["REVOKED"] * 2

    for late in (
        lambda: inventory.claim(claim_id, hold),
        lambda: inventory.confirm(claim_id, hold.user_id),
    ):
        with pytest.raises(Conflict) as refused:
            late()
        assert refused.value.code == "CLAIM_REVOKED"


def test_claim_that_comes_after_its_revoke_is_refused(
    inventory: InventoryCalls, seats: list[str]
) -> None:
    hold, claim_id = inventory.reserve([seats[0]]), new_id()

    assert inventory.revoke(claim_id, hold) == "REVOKED"
    with pytest.raises(Conflict) as refused:
        inventory.claim(claim_id, hold)

    assert refused.value.code == "CLAIM_REVOKED"
    assert inventory.claim(new_id(), hold) == "OPEN"


def test_claim_that_was_never_made_cannot_be_confirmed(
    inventory: InventoryCalls,
) -> None:
    with pytest.raises(Conflict) as refused:
        inventory.confirm(new_id(), new_id())

    assert refused.value.code == "CLAIM_REVOKED"


def test_buyer_may_pay_again_after_a_payment_that_was_given_up(
    inventory: InventoryCalls, seats: list[str]
) -> None:
    hold, first, second = inventory.reserve(seats[:2]), new_id(), new_id()
    inventory.claim(first, hold)
    inventory.revoke(first, hold)

    inventory.claim(second, hold)
    sale = inventory.confirm(second, hold.user_id)

    assert len(sale.seats) == 2
    assert inventory.violations() == {}


def test_claimed_hold_is_sold_though_its_time_ran_out_meanwhile(
    inventory: InventoryCalls, seats: list[str], expire: Expire
) -> None:
    hold, claim_id = inventory.reserve([seats[0]]), new_id()
    inventory.claim(claim_id, hold)
    expire(hold.hold_id)

    inventory.confirm(claim_id, hold.user_id)

    assert inventory.status(seats[0]) == "SOLD"


def test_claim_without_a_target_is_refused(inventory: InventoryCalls) -> None:
    with pytest.raises(AppError) as refused:
        inventory.call("ClaimSeat", pb.ClaimSeatRequest(claim_id=new_id()))

    assert refused.value.code == "INVALID_INPUT"
