"""The tables of seats_db: what they refuse to hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from service_common.db import constraint_name
from support.inventory_calls import InventoryCalls, new_id

Query = Callable[..., list[Any]]


HOLD = {"hold_id": "gen_random_uuid()", "order_id": "gen_random_uuid()"}
HELD = {
    **HOLD,
    "status": "'HELD'",
    "held_by_user_id": "gen_random_uuid()",
    "held_until": "now()",
}
SOLD = {
    **HOLD,
    "status": "'SOLD'",
    "owner_user_id": "gen_random_uuid()",
    "price_paid": "1",
}


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        (HELD | {"held_by_user_id": "NULL"}, "ck_seats_held_has_holder"),
        (HELD | {"held_until": "NULL"}, "ck_seats_held_has_end"),
        (HELD | {"hold_id": "NULL", "order_id": "NULL"}, "ck_seats_taken_has_hold"),
        (HELD | {"order_id": "NULL"}, "ck_seats_hold_has_order"),
        (SOLD | {"owner_user_id": "NULL"}, "ck_seats_sold_has_owner"),
        (SOLD | {"price_paid": "NULL"}, "ck_seats_sold_has_price"),
        (SOLD | {"held_until": "now()"}, "ck_seats_held_has_end"),
        ({"owner_user_id": "gen_random_uuid()"}, "ck_seats_sold_has_owner"),
        ({"claim_id": "gen_random_uuid()"}, "ck_seats_claim_has_target"),
        ({"price": "-1"}, "ck_seats_price_not_negative"),
        ({"ticket_version": "-1"}, "ck_seats_ticket_version_not_negative"),
        ({"seat_number": "0"}, "ck_seats_seat_number_positive"),
        ({"seat_number": "2"}, "uq_seats_event_id_row_number_seat_number"),
    ],
)
def test_seat_that_contradicts_itself_is_refused_by_the_schema(
    seats: list[str], query: Query, columns: dict[str, str], constraint: str
) -> None:
    damage = ", ".join(f"{name} = {value}" for name, value in columns.items())

    with pytest.raises(IntegrityError) as refused:
        query(f"UPDATE seats SET {damage} WHERE seat_id = :id", id=seats[0])  # noqa: S608

    assert constraint_name(refused.value) == constraint


def test_one_hold_cannot_be_sold_twice(
    inventory: InventoryCalls, seats: list[str], query: Query
) -> None:
    inventory.buy([seats[0]], new_id())

    with pytest.raises(IntegrityError) as refused:
        query(
            "INSERT INTO seat_claims"
            " (claim_id, kind, hold_id, seat_count, state, closed_at)"
            " SELECT gen_random_uuid(), 'PURCHASE', hold_id, 1, 'CONFIRMED', now()"
            "   FROM seat_claims"
        )

    assert constraint_name(refused.value) == "one_sale_per_hold"


def test_counterfeit_can_be_logged_though_its_seat_does_not_exist(
    query: Query,
) -> None:
    query(
        "INSERT INTO entry_logs (presented_seat_id, scanned_by_staff_id, result)"
        " VALUES ('no seat at all', gen_random_uuid(), 'NOT_FOUND')"
    )

    assert len(query("SELECT 1 FROM entry_logs WHERE seat_id IS NULL")) == 1


def test_every_change_of_a_seat_bumps_its_version_and_time(
    seats: list[str], query: Query
) -> None:
    [before] = query("SELECT * FROM seats WHERE seat_id = :id", id=seats[0])
    query("UPDATE seats SET category = 'CAT9' WHERE seat_id = :id", id=seats[0])
    [after] = query("SELECT * FROM seats WHERE seat_id = :id", id=seats[0])

    assert after.version > before.version
    assert after.updated_at > before.updated_at
