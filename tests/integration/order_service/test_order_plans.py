"""Questions about one person or seat are answered by an index, however many rows."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import TextClause, text

from order_service.models.order_queries import LIST_ORDERS
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
from service_common.db import Database

AN_ID = uuid.uuid4()
NOBODY = {"user_id": None, "seat_id": None, "status": None}
NO_PARTY = {"seller_id": None, "buyer_id": None, "party_id": None, "status": None}


@pytest.mark.parametrize(
    ("statement", "parameters"),
    [
        (LIST_ORDERS, NOBODY | {"user_id": AN_ID}),
        (LIST_ORDERS, NOBODY | {"seat_id": AN_ID, "status": "CONFIRMED"}),
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
def test_every_scan_has_an_index_and_a_condition_on_it(
    database: Database, statement: TextClause, parameters: dict[str, Any]
) -> None:
    explained = text(f"EXPLAIN (FORMAT JSON) {statement.text}")
    with database.transaction() as connection:
        # Also where the tables are so small that reading all of them is cheaper.
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        [plan] = connection.execute(
            explained, {"limit": 20, "offset": 0} | parameters
        ).scalar_one()

    scans = [node for node in _nodes(plan["Plan"]) if _reads_a_table(node)]
    assert scans
    for scan in scans:
        assert "Index Cond" in scan or "Recheck Cond" in scan, scan


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for inner in node.get("Plans", []):
        yield from _nodes(inner)


def _reads_a_table(node: dict[str, Any]) -> bool:
    return "Relation Name" in node and node["Node Type"].endswith("Scan")
