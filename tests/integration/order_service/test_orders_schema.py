"""The tables of orders_db: what they refuse to hold."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from builders.orders import a_new_order
from order_service.services.order_service import OrderService
from service_common.db import Database, constraint_name

AN_ID = "gen_random_uuid()"
AN_OPEN_ONE = {
    "status": "'PENDING_OTP'",
    "seat_id": AN_ID,
    "event_id": AN_ID,
    "buyer_user_id": AN_ID,
    "credits_amount": "10",
    "currency": "'SGD'",
    "seller_otp_verified": "true",
    "buyer_otp_verified": "false",
}
BOTH = {"seller_otp_verified": "true", "buyer_otp_verified": "true"}
OWED_SINCE = {"unsettled_since": "now()"}
A_COMPLETED_ONE = BOTH | {
    "status": "'COMPLETED'",
    "completed_at": "now()",
    "completed_version": "2",
    "saga_id": AN_ID,
    "sold_order_id": ":order_id",
    "bought_order_id": ":order_id",
}
A_DISPUTE = {
    "dispute_no": "1",
    "dispute_reason": "'fake'",
    "disputed_by": AN_ID,
    "disputed_at": "now()",
}
A_DISPUTED_ONE = A_COMPLETED_ONE | A_DISPUTE | {"status": "'DISPUTED'"}
FIXED_ID = "'6b5c2a34-8d9e-4f5a-9c51-52c2f4f4a001'"


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        (
            "status = 'CONFIRMED', credits_charged = total",
            "ck_orders_confirmed_by_a_saga",
        ),
        ("saga_id = gen_random_uuid()", "ck_orders_confirmed_by_a_saga"),
        ("credits_charged = total", "ck_orders_charged_when_confirmed"),
        ("status = 'FAILED'", "ck_orders_failed_for_a_reason"),
        ("failure_reason = 'HOLD_EXPIRED'", "ck_orders_failed_for_a_reason"),
        ("total = -1", "ck_orders_total_not_negative"),
        ("currency = 'sgd'", "ck_orders_currency_is_a_code"),
    ],
)
def test_database_refuses_an_order_that_contradicts_itself(
    database: Database, orders: OrderService, change: str, constraint: str
) -> None:
    order, _ = orders.create_order(a_new_order())

    with pytest.raises(IntegrityError) as refused, database.statement() as connection:
        connection.execute(
            text(f"UPDATE orders SET {change} WHERE order_id = :id"),  # noqa: S608
            {"id": order.order_id},
        )

    assert constraint_name(refused.value) == constraint


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"buyer_user_id": FIXED_ID}, "two_parties"),
        ({"initiated_by": AN_ID}, "begun_by_a_party"),
        ({"credits_amount": "0"}, "amount_positive"),
        ({"currency": "'sgd'"}, "currency_is_a_code"),
        ({"status": "'INITIATED'"}, "consents_need_codes"),
        (BOTH, "swap_owed_when_agreed"),
        ({"unsettled": "'SWAP'", **OWED_SINCE}, "swap_owed_when_agreed"),
        ({"unsettled": "'FREEZE'", **OWED_SINCE}, "task_fits_status"),
        ({"unsettled": "'REVERSE'", **OWED_SINCE}, "task_fits_status"),
        ({"unsettled": "'UNFREEZE'", **OWED_SINCE}, "task_fits_status"),
        ({"unsettled": "'CODES'", **OWED_SINCE}, "task_fits_status"),
        (OWED_SINCE, "unsettled_since_a_time"),
        ({"status": "'FAILED'", "ended_at": "now()"}, "failed_for_a_reason"),
        ({"failure_reason": "'CANCELLED'"}, "failed_for_a_reason"),
        ({"status": "'FAILED'", "failure_reason": "'NO'"}, "ended_at_a_time"),
        ({"ended_at": "now()"}, "ended_at_a_time"),
        ({"status": "'COMPLETED'", **BOTH}, "completed_at_a_time"),
        (A_COMPLETED_ONE | {"status": "'PENDING_OTP'"}, "completed_at_a_time"),
        (A_COMPLETED_ONE | {"buyer_otp_verified": "false"}, "completed_by_both"),
        (A_COMPLETED_ONE | {"bought_order_id": "NULL"}, "completed_with_orders"),
        ({"saga_id": AN_ID}, "completed_with_orders"),
        (A_DISPUTE, "disputed_once_completed"),
        (A_COMPLETED_ONE | {"disputed_at": "now()"}, "disputes_are_complete"),
        (A_DISPUTED_ONE | {"dispute_reason": "NULL"}, "disputes_are_complete"),
        (A_COMPLETED_ONE | {"status": "'DISPUTED'"}, "disputed_by_a_dispute"),
        (A_COMPLETED_ONE | {"reversal_no": "1"}, "reversal_needs_a_dispute"),
        (
            A_DISPUTED_ONE | {"status": "'REVERSED'", "ended_at": "now()"},
            "reversed_by_a_saga",
        ),
        (A_DISPUTED_ONE | {"reversal_saga_id": AN_ID}, "reversed_by_a_saga"),
    ],
)
def test_database_refuses_a_transfer_that_contradicts_itself(
    database: Database, orders: OrderService, changes: dict[str, str], constraint: str
) -> None:
    order, _ = orders.create_order(a_new_order())

    with pytest.raises(IntegrityError) as refused:
        _insert_transfer(database, order.order_id, **changes)

    assert constraint_name(refused.value) == f"ck_transfers_{constraint}"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"status": "'INITIATED'", "seller_otp_verified": "false"},
        BOTH | {"unsettled": "'SWAP'", **OWED_SINCE},
        A_COMPLETED_ONE,
        A_COMPLETED_ONE | A_DISPUTE | {"unsettled": "'UNFREEZE'", **OWED_SINCE},
        A_DISPUTED_ONE | {"unsettled": "'FREEZE'", **OWED_SINCE},
        A_DISPUTED_ONE | {"reversal_no": "2", "unsettled": "'REVERSE'", **OWED_SINCE},
    ],
)
def test_database_takes_a_transfer_in_every_state_it_may_be_in(
    database: Database, orders: OrderService, changes: dict[str, str]
) -> None:
    order, _ = orders.create_order(a_new_order())

    _insert_transfer(database, order.order_id, **changes)


@pytest.mark.parametrize(
    "change",
    [f"transfer_id = {FIXED_ID}", "hold_id = NULL"],
    ids=["both", "neither"],
)
def test_order_is_bought_under_a_hold_or_by_a_transfer(
    database: Database, orders: OrderService, change: str
) -> None:
    order, _ = orders.create_order(a_new_order())

    with pytest.raises(IntegrityError) as refused, database.statement() as connection:
        connection.execute(
            text(f"UPDATE orders SET {change} WHERE order_id = :id"),  # noqa: S608
            {"id": order.order_id},
        )

    assert constraint_name(refused.value) == "ck_orders_by_hold_or_transfer"


def test_second_open_transfer_of_a_seat_is_refused_until_the_first_has_failed(
    database: Database,
) -> None:
    seat = "'6b5c2a34-8d9e-4f5a-9c51-52c2f4f4a002'"
    _insert_transfer(database, None, seat_id=seat)
    with pytest.raises(IntegrityError) as refused:
        _insert_transfer(database, None, seat_id=seat)
    with database.statement() as connection:
        connection.execute(
            text(
                "UPDATE transfers SET status = 'FAILED', failure_reason = 'CANCELLED',"  # noqa: S608
                f" ended_at = now() WHERE seat_id = {seat}"
            )
        )

    _insert_transfer(database, None, seat_id=seat)

    assert constraint_name(refused.value) == "uq_transfers_open_seat"


def _insert_transfer(
    database: Database, order_id: uuid.UUID | None, **changes: str
) -> None:
    values = {**AN_OPEN_ONE, "initiated_by": FIXED_ID, **changes}
    with database.statement() as connection:
        connection.execute(
            text(
                "INSERT INTO transfers (transfer_id, ticket_version, expires_at,"  # noqa: S608
                f" seller_user_id, {', '.join(values)})"
                f" VALUES (gen_random_uuid(), 1, now() + interval '10 minutes',"
                f" {FIXED_ID}, {', '.join(values.values())})"
            ),
            {"order_id": order_id} if ":order_id" in values.values() else {},
        )
