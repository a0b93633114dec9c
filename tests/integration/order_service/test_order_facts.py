"""Facts for the reconciliation: pages that leave nothing out, and look-ups by id."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from builders.orders import a_new_order, a_seat
from order_service.services.order_record import NewOrder
from order_service.services.order_service import OrderService
from service_common.db import Database

ENDLESS = 5000


def _pages(
    client: FlaskClient, path: str, **query: object
) -> list[list[dict[str, Any]]]:
    pages, after = [], str(uuid.UUID(int=0))
    for _ in range(ENDLESS):
        page = client.get(path, query_string={"after": after, **query}).get_json()
        pages.append(page["data"])
        if page["next"] is None:
            return pages
        after = page["next"]
    raise AssertionError("the pages have no end")


def _confirmed(orders: OrderService, *seats: Any) -> tuple[NewOrder, uuid.UUID]:
    order, saga_id = a_new_order(*seats), uuid.uuid4()
    orders.create_order(order)
    orders.confirm_order(order.order_id, saga_id)
    return order, saga_id


def test_orders_are_paged_by_id_and_none_is_left_out(
    client: FlaskClient, orders: OrderService
) -> None:
    confirmed, saga_id = _confirmed(orders)
    pending = a_new_order()
    orders.create_order(pending)

    pages = _pages(client, "/orders/facts", limit=2)

    facts = {fact["order_id"]: fact for page in pages for fact in page}
    assert list(facts) == sorted(facts)
    assert max(len(page) for page in pages) == 2
    assert facts[str(confirmed.order_id)] == {
        "order_id": str(confirmed.order_id),
        "user_id": str(confirmed.user_id),
        "hold_id": str(confirmed.hold_id),
        "transfer_id": None,
        "saga_id": str(saga_id),
        "status": "CONFIRMED",
        "total": "350.00",
        "credits_charged": "350.00",
        "seat_count": 1,
    }
    assert facts[str(pending.order_id)]["saga_id"] is None


def test_pending_orders_are_told_only_once_they_are_old_enough(
    client: FlaskClient, orders: OrderService, database: Database
) -> None:
    confirmed, _ = _confirmed(orders)
    young, old = a_new_order(), a_new_order()
    for order in (young, old):
        orders.create_order(order)
    with database.statement() as connection:
        connection.execute(
            text(
                "UPDATE orders SET created_at = now() - interval '16 seconds'"
                " WHERE order_id = ANY(CAST(:ids AS uuid[]))"
            ),
            {"ids": [old.order_id, confirmed.order_id]},
        )

    pages = _pages(client, "/orders/facts", status="PENDING", older_than_s=15)

    told = {fact["order_id"] for page in pages for fact in page}
    assert str(old.order_id) in told
    assert told.isdisjoint({str(young.order_id), str(confirmed.order_id)})


def test_orders_are_paged_by_their_saga_without_tearing_one_apart(
    client: FlaskClient, orders: OrderService
) -> None:
    (first, saga_id), (second, _), _ = (_confirmed(orders) for _ in range(3))
    orders.create_order(a_new_order())
    shared = a_new_order()
    orders.create_order(shared)
    orders.confirm_order(shared.order_id, saga_id)

    pages = _pages(client, "/orders/facts/by-saga", limit=1)

    sagas = [[fact["saga_id"] for fact in page] for page in pages if page]
    assert all(len(set(page)) == 1 for page in sagas)
    assert sagas == sorted(sagas)
    [whole] = [page for page in pages if page and page[0]["saga_id"] == str(saga_id)]
    assert {fact["order_id"] for fact in whole} == {
        str(first.order_id),
        str(shared.order_id),
    }
    assert str(second.order_id) in {f["order_id"] for page in pages for f in page}


def test_orders_of_named_sagas_are_found(
    client: FlaskClient, orders: OrderService
) -> None:
    order, saga_id = _confirmed(orders)
    _confirmed(orders)

    answer = client.post(
        "/orders/facts/by-saga", json={"ids": [str(saga_id), str(uuid.uuid4())]}
    )

    [fact] = answer.get_json()["data"]
    assert fact["order_id"] == str(order.order_id)


def test_live_seats_name_the_order_and_buyer_they_are_sold_by(
    client: FlaskClient, orders: OrderService
) -> None:
    seats = [a_seat(), a_seat()]
    order, saga_id = _confirmed(orders, *seats)
    waiting = a_new_order()
    orders.create_order(waiting)

    pages = _pages(client, "/orders/facts/seats", limit=1)

    facts = {fact["seat_id"]: fact for page in pages for fact in page}
    for seat in seats:
        assert facts[seat["seat_id"]] == {
            "seat_id": seat["seat_id"],
            "order_id": str(order.order_id),
            "user_id": str(order.user_id),
            "saga_id": str(saga_id),
        }
    assert str(waiting.seats[0].seat_id) not in facts
    answer = client.post(
        "/orders/facts/seats", json={"ids": [seats[0]["seat_id"]]}
    ).get_json()
    assert answer == {"data": [facts[seats[0]["seat_id"]]], "next": None}


@pytest.mark.parametrize("path", ["/orders/facts", "/orders/facts/seats"])
@pytest.mark.parametrize(
    "query", ["after=x", "limit=0", "limit=1001", "limit=9e9", "older=1"]
)
def test_facts_refuse_a_bad_key_or_limit(
    client: FlaskClient, path: str, query: str
) -> None:
    assert client.get(f"{path}?{query}").status_code == 400


@pytest.mark.parametrize(
    "ids", [None, [], "x", ["x"], [1], [str(uuid.UUID(int=1))] * 1001]
)
def test_look_up_refuses_what_is_no_list_of_ids(
    client: FlaskClient, ids: object
) -> None:
    answer = client.post("/orders/facts/by-saga", json={"ids": ids})

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (
        400,
        "INVALID_INPUT",
    )
