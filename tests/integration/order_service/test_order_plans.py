"""Questions about one person or seat are answered by an index, however many rows."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import TextClause, text

from order_service.models.order_queries import FIND_PAID_SEATS, LIST_ORDERS
from order_service.models.transfer_queries import (
    LIST_TICKETS,
    LIST_TRANSFERS,
    LIST_UNSETTLED,
)
from order_service.models.transfer_statements import (
    COUNT_RECENT,
    EXPIRE_DUE_TRANSFERS,
    FIND_IN_THE_WAY,
)
from service_common.db import Database, DatabaseSettings, migrate

SERVICE_FOLDER = Path(__file__).parents[3] / "order-service"
AN_ID = uuid.uuid4()
NOBODY = {"user_id": None, "seat_id": None, "status": None}
NO_PARTY = {"seller_id": None, "buyer_id": None, "party_id": None, "status": None}


_FILL = (
    """
    INSERT INTO orders (order_id, user_id, event_id, hold_id, status, total, currency,
                        credits_charged, saga_id, confirmed_at)
    SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
           'CONFIRMED', 10, 'SGD', 10, gen_random_uuid(), now()
      FROM generate_series(1, 20000)
    """,
    """
    INSERT INTO order_items
    SELECT order_id, gen_random_uuid(), 'A', 1, 'CAT1', 10, true FROM orders
    """,
    """
    INSERT INTO transfers (transfer_id, seat_id, event_id, seller_user_id,
                           buyer_user_id, initiated_by, credits_amount, currency,
                           ticket_version, expires_at)
    SELECT gen_random_uuid(), gen_random_uuid(), event_id, user_id, gen_random_uuid(),
           user_id, 10, 'SGD', 1, now() + interval '10 minutes'
      FROM orders
    """,
    "ANALYZE",
)


@pytest.fixture(scope="module")
def much(make_database: Callable[[str], DatabaseSettings]) -> Iterator[Database]:
    """A database in which reading a whole table would be felt."""
    settings = make_database("orders_much")
    migrate(settings, SERVICE_FOLDER)
    database = Database(settings, pool_size=1, application_name="order-plans")
    with database.statement() as connection:
        for statement in _FILL:
            connection.execute(text(statement))
    yield database
    database.dispose()


@pytest.mark.parametrize(
    ("statement", "parameters"),
    [
        (LIST_ORDERS, NOBODY | {"user_id": AN_ID}),
        (LIST_ORDERS, NOBODY | {"seat_id": AN_ID, "status": "CONFIRMED"}),
        (FIND_PAID_SEATS, {"seat_ids": [AN_ID]}),
        (LIST_TICKETS, {"user_id": AN_ID, "scope": "owned"}),
        (LIST_TICKETS, {"user_id": AN_ID, "scope": "sold"}),
        (LIST_TRANSFERS, NO_PARTY | {"party_id": AN_ID}),
        (LIST_TRANSFERS, NO_PARTY | {"seller_id": AN_ID}),
        (LIST_TRANSFERS, NO_PARTY | {"buyer_id": AN_ID, "status": "COMPLETED"}),
        (LIST_UNSETTLED, {"older_than_s": 5}),
        (FIND_IN_THE_WAY, {"seat_id": AN_ID}),
        (COUNT_RECENT, {"user_id": AN_ID}),
        (EXPIRE_DUE_TRANSFERS, {}),
    ],
)
def test_no_table_is_read_as_a_whole(
    much: Database, statement: TextClause, parameters: dict[str, Any]
) -> None:
    explained = text(f"EXPLAIN (FORMAT JSON) {statement.text}")
    with much.statement() as connection:
        [plan] = connection.execute(
            explained, {"limit": 20, "offset": 0} | parameters
        ).scalar_one()

    nodes = list(_nodes(plan["Plan"]))
    assert [node for node in nodes if "Index Name" in node]
    assert not [node for node in nodes if node["Node Type"] == "Seq Scan"]


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for inner in node.get("Plans", []):
        yield from _nodes(inner)
