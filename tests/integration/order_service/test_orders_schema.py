"""The tables of orders_db: models and migrations agree, constraints hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError

import order_service.models  # noqa: F401 - the tables register themselves
from builders.orders import a_new_order
from order_service.services.order_service import OrderService
from service_common.db import Database, DatabaseSettings, constraint_name
from support.schema import create_from_models, describe_schema

SERVICE_FOLDER = Path(__file__).parents[3] / "order-service"

A_TRANSFER = {
    "status": "'PENDING_OTP'",
    "buyer_user_id": "gen_random_uuid()",
    "seller_user_id": "gen_random_uuid()",
    "seat_id": "gen_random_uuid()",
    "credits_amount": "10",
    "seller_otp_verified": "true",
    "buyer_otp_verified": "true",
    "completed_at": "NULL",
    "dispute_reason": "NULL",
}
FIXED_ID = "'6b5c2a34-8d9e-4f5a-9c51-52c2f4f4a001'"


def test_models_and_migrations_describe_the_same_schema(
    orders_database: DatabaseSettings,
    make_database: Callable[[str], DatabaseSettings],
) -> None:
    from_models = make_database("orders_models")
    create_from_models(from_models, "order_service")

    assert describe_schema(orders_database) == describe_schema(from_models)


def test_migrations_can_be_taken_back_to_an_empty_database(
    make_database: Callable[[str], DatabaseSettings],
) -> None:
    settings = make_database("orders_downgrade")
    config = Config(SERVICE_FOLDER / "alembic.ini")
    engine = create_engine(settings.url)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        command.downgrade(config, "base")
        connection.commit()
    engine.dispose()

    assert describe_schema(settings) == set()


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
        (
            {"buyer_user_id": FIXED_ID, "seller_user_id": FIXED_ID},
            "ck_transfers_two_parties",
        ),
        ({"credits_amount": "0"}, "ck_transfers_amount_positive"),
        ({"status": "'COMPLETED'"}, "ck_transfers_completed_at_a_time"),
        ({"completed_at": "now()"}, "ck_transfers_completed_at_a_time"),
        (
            {
                "status": "'COMPLETED'",
                "completed_at": "now()",
                "buyer_otp_verified": "false",
            },
            "ck_transfers_completed_by_both",
        ),
        (
            {"status": "'DISPUTED'", "completed_at": "now()"},
            "ck_transfers_disputed_for_a_reason",
        ),
    ],
)
def test_database_refuses_a_transfer_that_contradicts_itself(
    database: Database, changes: dict[str, str], constraint: str
) -> None:
    with pytest.raises(IntegrityError) as refused:
        _insert_transfer(database, **changes)

    assert constraint_name(refused.value) == constraint


def test_second_open_transfer_of_a_seat_is_refused_until_the_first_has_failed(
    database: Database,
) -> None:
    seat = "'6b5c2a34-8d9e-4f5a-9c51-52c2f4f4a002'"
    _insert_transfer(database, seat_id=seat)
    with pytest.raises(IntegrityError) as refused:
        _insert_transfer(database, seat_id=seat, status="'INITIATED'")
    with database.statement() as connection:
        connection.execute(
            text(f"UPDATE transfers SET status = 'FAILED' WHERE seat_id = {seat}")  # noqa: S608
        )

    _insert_transfer(database, seat_id=seat)

    assert constraint_name(refused.value) == "uq_transfers_open_seat"


def _insert_transfer(database: Database, **changes: str) -> None:
    values = {**A_TRANSFER, **changes}
    with database.statement() as connection:
        connection.execute(
            text(
                "INSERT INTO transfers (transfer_id, ticket_version, expires_at,"  # noqa: S608
                f" {', '.join(values)}) VALUES (gen_random_uuid(), 1,"
                f" now() + interval '10 minutes', {', '.join(values.values())})"
            )
        )
