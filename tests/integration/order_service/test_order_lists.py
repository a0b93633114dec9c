"""Lists and sums over many orders."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from builders.orders import a_seat, an_end_of, an_order
from service_common.db import Database


def _create(client: FlaskClient, count: int = 1, **changes: Any) -> list[str]:
    made = [an_order(**{"seats": [a_seat()], **changes}) for _ in range(count)]
    for order in made:
        assert client.post("/orders", json=order).status_code == 201
    return [order["order_id"] for order in made]


def _confirm(client: FlaskClient, order_id: str) -> None:
    body = {"saga_id": str(uuid.uuid4())}
    assert client.post(f"/orders/{order_id}/confirm", json=body).status_code == 200


def _ids(page: dict[str, Any]) -> list[str]:
    return [order["order_id"] for order in page["data"]]


def test_list_of_a_user_is_paged_newest_first(client: FlaskClient) -> None:
    user_id = str(uuid.uuid4())
    made = _create(client, 5, user_id=user_id)

    pages = [
        client.get(
            "/orders", query_string={"user_id": user_id, "page": page, "page_size": 2}
        ).get_json()
        for page in (1, 2, 3)
    ]

    assert [_ids(page) for page in pages] == [made[:2:-1], made[2:0:-1], made[:1]]
    assert pages[0]["pagination"] == {
        "page": 1,
        "page_size": 2,
        "total": 5,
        "next_page": 2,
    }
    assert pages[2]["pagination"]["next_page"] is None


def test_orders_of_one_moment_keep_their_places_between_pages(
    client: FlaskClient, database: Database
) -> None:
    user_id = str(uuid.uuid4())
    made = _create(client, 6, user_id=user_id)
    with database.statement() as connection:
        connection.execute(
            text("UPDATE orders SET created_at = '2026-01-01' WHERE user_id = :user"),
            {"user": uuid.UUID(user_id)},
        )

    listed = [
        _ids(
            client.get(f"/orders?user_id={user_id}&page_size=1&page={page}").get_json()
        )[0]
        for page in range(1, 7)
    ]

    assert listed == sorted(made, key=uuid.UUID, reverse=True)


def test_page_beyond_the_end_is_empty_and_still_knows_the_total(
    client: FlaskClient,
) -> None:
    user_id = str(uuid.uuid4())
    _create(client, user_id=user_id)

    beyond = client.get(f"/orders?user_id={user_id}&page=1000000&page_size=100")
    nobody = client.get(f"/orders?user_id={uuid.uuid4()}")

    assert beyond.status_code == nobody.status_code == 200
    assert beyond.get_json()["data"] == nobody.get_json()["data"] == []
    assert beyond.get_json()["pagination"]["total"] == 1
    assert nobody.get_json()["pagination"]["total"] == 0


def test_seat_finds_every_order_that_covers_it_and_status_narrows(
    client: FlaskClient,
) -> None:
    seat = a_seat()
    alone, together = (
        _create(client, seats=[seat]),
        _create(client, seats=[a_seat(seat_number=1), seat]),
    )
    _create(client)
    _confirm(client, together[0])
    by_seat = f"/orders?seat_id={seat['seat_id']}"

    found = client.get(by_seat).get_json()
    confirmed = client.get(f"{by_seat}&status=CONFIRMED").get_json()

    assert _ids(found) == together + alone
    assert _ids(confirmed) == together
    assert len(confirmed["data"][0]["seats"]) == 2


def test_list_without_a_filter_answers_orders_of_everybody(client: FlaskClient) -> None:
    made = _create(client, 2)

    body = client.get("/orders?page_size=2").get_json()

    assert _ids(body) == made[::-1]
    assert body["pagination"]["total"] >= 2


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("user_id=17", "user_id"),
        ("user_id=%00", "user_id"),
        ("seat_id=", "seat_id"),
        ("status=confirmed", "status"),
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=1.5", "page"),
        ("page=9223372036854775808", "page"),
        (f"page={'9' * 5000}", "page"),
        ("page_size=101", "page_size"),
        ("page_size=many", "page_size"),
        ("user=somebody", "user"),
    ],
)
def test_filter_that_makes_no_sense_is_refused_by_name(
    client: FlaskClient, query: str, field: str
) -> None:
    answer = client.get(f"/orders?{query}")

    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (400, "INVALID_INPUT")
    assert list(error["details"]["fields"]) == [field]


def test_summary_counts_confirmed_orders_only_and_by_the_hour(
    client: FlaskClient, database: Database
) -> None:
    event_id = str(uuid.uuid4())
    seats = [a_seat(price="200.00"), a_seat(price="150.50")]
    early, late = (
        _create(client, event_id=event_id, seats=seats),
        _create(client, event_id=event_id),
    )
    _create(client, event_id=event_id)
    failed = an_order(event_id=event_id)
    client.post(f"/orders/{failed['order_id']}/fail", json=an_end_of(failed))
    for order_id, moment in ((early[0], "10:59:59.9"), (late[0], "11:00:00")):
        _confirm(client, order_id)
        with database.statement() as connection:
            connection.execute(
                text("UPDATE orders SET confirmed_at = :at WHERE order_id = :id"),
                {"at": f"2026-06-15T{moment}Z", "id": uuid.UUID(order_id)},
            )

    body = client.get(f"/orders/summary?event_id={event_id}").get_json()

    assert body == {
        "event_id": event_id,
        "confirmed_orders": 2,
        "seats_sold": 3,
        "revenue": "700.50",
        "currency": "SGD",
        "by_hour": [
            {"hour": "2026-06-15T10:00:00Z", "seats": 2, "revenue": "350.50"},
            {"hour": "2026-06-15T11:00:00Z", "seats": 1, "revenue": "350.00"},
        ],
    }


def test_summary_of_an_event_without_sales_is_all_zeros(client: FlaskClient) -> None:
    body = client.get(f"/orders/summary?event_id={uuid.uuid4()}").get_json()

    assert (body["confirmed_orders"], body["seats_sold"]) == (0, 0)
    assert (body["revenue"], body["by_hour"]) == ("0.00", [])


def test_summary_needs_an_event(client: FlaskClient) -> None:
    answer = client.get("/orders/summary")

    assert answer.status_code == 400
    assert list(answer.get_json()["error"]["details"]["fields"]) == ["event_id"]
