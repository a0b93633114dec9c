"""Lists of transfers and tickets, what is unsettled, facts, and sums over orders."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from builders.ticket_transfers import Resales, a_new_transfer, an_offer_of
from order_service.services.order_record import NewOrder
from order_service.services.transfer_record import TransferRecord
from service_common.db import Database


def _get(client: FlaskClient, path: str, **query: Any) -> dict[str, Any]:
    answer = client.get(path, query_string={k: str(v) for k, v in query.items()})
    assert answer.status_code == 200, answer.get_json()
    body: dict[str, Any] = answer.get_json()
    return body


def _ids(body: dict[str, Any]) -> list[str]:
    return [transfer["transfer_id"] for transfer in body["data"]]


def _seats(body: dict[str, Any]) -> list[str]:
    return [ticket["seat_id"] for ticket in body["data"]]


def test_transfers_of_a_person_are_listed_by_role_and_status_newest_first(
    client: FlaskClient, resales: Resales
) -> None:
    me = uuid.uuid4()
    sold = [
        str(resales.pending(a_new_transfer(seller_id=me)).transfer_id) for _ in range(3)
    ]
    buying = a_new_transfer(buyer_id=me)
    resales.transfers.create_transfer(buying)

    everything = _get(client, "/transfers", user_id=me)
    second = _get(client, "/transfers", user_id=me, page=2, page_size=3)
    beyond = _get(client, "/transfers", user_id=me, page=9)

    assert _ids(everything) == [str(buying.transfer_id), *reversed(sold)]
    assert _ids(second) == [sold[0]]
    assert second["pagination"] == {
        "page": 2,
        "page_size": 3,
        "total": 4,
        "next_page": None,
    }
    assert (beyond["data"], beyond["pagination"]["total"]) == ([], 4)
    assert _ids(_get(client, "/transfers", user_id=me, role="seller")) == sold[::-1]
    assert _ids(_get(client, "/transfers", user_id=me, role="buyer")) == [
        str(buying.transfer_id)
    ]
    assert _ids(_get(client, "/transfers", user_id=me, status="INITIATED")) == [
        str(buying.transfer_id)
    ]


def test_disputed_transfers_of_everybody_are_listed_for_an_admin(
    client: FlaskClient, resales: Resales
) -> None:
    disputed = resales.disputed(an_offer_of(resales.sold()))

    body = _get(client, "/transfers", status="DISPUTED", page_size=100)

    assert str(disputed.transfer_id) in _ids(body)
    assert {transfer["status"] for transfer in body["data"]} == {"DISPUTED"}


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/transfers", {"role": "seller"}),
        ("/transfers", {"user_id": "x"}),
        ("/transfers", {"status": "OPEN"}),
        ("/transfers", {"page": "0"}),
        ("/transfers/unsettled", {"older_than_s": "-1"}),
        ("/transfers/unsettled", {"older_than_s": "nan"}),
        ("/transfers/unsettled", {"limit": "501"}),
        ("/transfers/facts", {"after": "T1"}),
        ("/transfers/facts", {"limit": "0"}),
        ("/tickets", {}),
        ("/tickets", {"user_id": str(uuid.uuid4()), "scope": "lost"}),
        ("/tickets", {"user_id": str(uuid.uuid4()), "page_size": "101"}),
    ],
)
def test_question_that_makes_no_sense_is_refused(
    client: FlaskClient, path: str, query: dict[str, str]
) -> None:
    answer = client.get(path, query_string=query)

    assert answer.status_code == 400
    assert answer.get_json()["error"]["code"] == "INVALID_INPUT"


def test_what_is_owed_is_listed_the_longest_first_until_it_is_settled(
    client: FlaskClient, resales: Resales, database: Database
) -> None:
    agreed = resales.agreed(a_new_transfer()).transfer_id
    failed = resales.pending(a_new_transfer()).transfer_id
    resales.transfers.fail_transfer(failed, "CANCELLED")
    idle = resales.pending(a_new_transfer()).transfer_id
    with database.statement() as connection:
        for transfer_id, age in ((agreed, "2 hours"), (failed, "3 hours")):
            connection.execute(
                text(
                    "UPDATE transfers SET unsettled_since = now() - CAST(:age AS"
                    " interval) WHERE transfer_id = :id"
                ),
                {"id": transfer_id, "age": age},
            )

    body = _get(client, "/transfers/unsettled", older_than_s=7000, limit=500)

    mine = [i for i in _ids(body) if i in (str(agreed), str(failed), str(idle))]
    assert mine == [str(failed), str(agreed)]
    client.post(f"/transfers/{failed}/settled", json={"task": "CODES", "number": 0})
    left = _get(client, "/transfers/unsettled", older_than_s=7000.5)
    assert str(failed) not in _ids(left)
    young = _get(client, "/transfers/unsettled", older_than_s=9000, limit=500)
    assert str(agreed) not in _ids(young)


def test_facts_are_paged_by_id_and_none_is_left_out(
    client: FlaskClient, resales: Resales
) -> None:
    reversed_ = resales.reverse(resales.disputed(an_offer_of(resales.sold())))
    for _ in range(3):
        resales.pending(a_new_transfer())
    facts: dict[str, dict[str, Any]] = {}
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = _get(client, "/transfers/facts", **query)
        assert len(page["data"]) <= 2
        facts |= {fact["transfer_id"]: fact for fact in page["data"]}
        if page["next"] is None:
            break
        query["after"] = page["next"]

    assert list(facts) == sorted(facts)
    assert facts[str(reversed_.transfer_id)] == {
        "transfer_id": str(reversed_.transfer_id),
        "seat_id": str(reversed_.seat_id),
        "seller_id": str(reversed_.seller_id),
        "buyer_id": str(reversed_.buyer_id),
        "status": "REVERSED",
        "credits_amount": "120.00",
        "ticket_version": 1,
        "completed_version": 2,
        "unsettled": None,
        "dispute_no": 1,
        "reversal_no": 1,
        "saga_id": str(reversed_.saga_id),
        "reversal_saga_id": str(reversed_.reversal_saga_id),
        "sold_order_id": str(reversed_.sold_order_id),
        "bought_order_id": str(reversed_.bought_order_id),
    }


@pytest.fixture
def sold_on(resales: Resales) -> tuple[NewOrder, TransferRecord]:
    order = resales.sold(row_number="K", seat_number=3, category="CAT2")
    return order, resales.completed(an_offer_of(order))


def test_purchased_ticket_is_owned_and_tells_its_seat_and_price(
    client: FlaskClient, resales: Resales
) -> None:
    order = resales.sold(row_number="K", seat_number=3, category="CAT2")

    [ticket] = _get(client, "/tickets", user_id=order.user_id)["data"]

    record = client.get(f"/orders/{order.order_id}").get_json()
    assert ticket == {
        "seat_id": str(order.seats[0].seat_id),
        "event_id": str(order.event_id),
        "row_number": "K",
        "seat_number": 3,
        "category": "CAT2",
        "price_paid": "350.00",
        "acquired_at": record["confirmed_at"],
        "acquired_by": "purchase",
        "order_id": str(order.order_id),
        "owned": True,
        "sold_at": None,
        "sold_for": None,
        "transfer_id": None,
    }


def test_ticket_that_was_sold_on_is_its_buyers_and_told_of_by_its_seller(
    client: FlaskClient, sold_on: tuple[NewOrder, TransferRecord]
) -> None:
    order, done = sold_on

    [bought] = _get(client, "/tickets", user_id=done.buyer_id)["data"]
    [gone] = _get(client, "/tickets", user_id=order.user_id, scope="sold")["data"]

    assert (bought["acquired_by"], bought["price_paid"]) == ("transfer", "120.00")
    assert (bought["owned"], bought["transfer_id"]) == (True, str(done.transfer_id))
    assert (bought["row_number"], bought["category"]) == ("K", "CAT2")
    assert (gone["owned"], gone["price_paid"]) == (False, "350.00")
    assert gone["sold_for"] == "120.00"
    assert gone["sold_at"] == bought["acquired_at"]
    assert gone["transfer_id"] == str(done.transfer_id)
    assert _get(client, "/tickets", user_id=order.user_id)["data"] == []
    assert _get(client, "/tickets", user_id=order.user_id, scope="purchased")[
        "data"
    ] == [gone]
    assert _get(client, "/tickets", user_id=done.buyer_id, scope="sold")["data"] == []


def test_disputed_ticket_is_still_its_buyers_and_a_reversed_one_its_sellers(
    client: FlaskClient, resales: Resales, sold_on: tuple[NewOrder, TransferRecord]
) -> None:
    order, done = sold_on
    disputed = resales.dispute(done)

    while_disputed = _get(client, "/tickets", user_id=done.buyer_id)
    still_sold = _get(client, "/tickets", user_id=order.user_id, scope="sold")
    resales.reverse(disputed)

    assert _seats(while_disputed) == _seats(still_sold) == [str(done.seat_id)]
    for scope in ("owned", "purchased", "sold"):
        assert (
            _get(client, "/tickets", user_id=done.buyer_id, scope=scope)["data"] == []
        )
    [back] = _get(client, "/tickets", user_id=order.user_id)["data"]
    assert (back["owned"], back["sold_at"], back["transfer_id"]) == (True, None, None)
    assert _get(client, "/tickets", user_id=order.user_id, scope="sold")["data"] == []


def test_tickets_are_paged_newest_first_and_failed_orders_are_none(
    client: FlaskClient, resales: Resales, database: Database
) -> None:
    orders = [resales.sold() for _ in range(4)]
    resales.pending_purchase()
    me = uuid.uuid4()
    with database.statement() as connection:
        connection.execute(
            text("UPDATE orders SET user_id = :me WHERE order_id = ANY(:ids)"),
            {"me": me, "ids": [order.order_id for order in orders]},
        )
    newest_first = [str(order.seats[0].seat_id) for order in reversed(orders)]

    pages = [
        _get(client, "/tickets", user_id=me, page=page, page_size=3)
        for page in (1, 2, 3)
    ]

    assert [_seats(page) for page in pages] == [newest_first[:3], newest_first[3:], []]
    assert [page["pagination"]["total"] for page in pages] == [4, 4, 4]
    assert pages[0]["pagination"]["next_page"] == 2


def test_sold_tickets_are_listed_by_when_they_were_sold(
    client: FlaskClient, resales: Resales, database: Database
) -> None:
    me = uuid.uuid4()
    first, second = resales.sold(), resales.sold()
    with database.statement() as connection:
        connection.execute(
            text("UPDATE orders SET user_id = :me WHERE order_id = ANY(:ids)"),
            {"me": me, "ids": [first.order_id, second.order_id]},
        )
    for order in (second, first):
        resales.completed(an_offer_of(order, seller_id=me))

    body = _get(client, "/tickets", user_id=me, scope="sold")

    assert _seats(body) == [str(order.seats[0].seat_id) for order in (first, second)]


def test_resale_is_no_further_sale_of_the_event(
    client: FlaskClient, resales: Resales, sold_on: tuple[NewOrder, TransferRecord]
) -> None:
    order, _ = sold_on

    body = _get(client, "/orders/summary", event_id=order.event_id)

    assert (body["confirmed_orders"], body["seats_sold"]) == (1, 1)
    assert body["revenue"] == "350.00"
    assert [hour["seats"] for hour in body["by_hour"]] == [1]


def test_gate_finds_the_order_that_a_seat_is_sold_by_now_first(
    client: FlaskClient, resales: Resales, database: Database
) -> None:
    order = resales.sold()
    done = resales.completed(an_offer_of(order))
    # Also when the clocks of two moments say the opposite.
    with database.statement() as connection:
        connection.execute(
            text(
                "UPDATE orders SET created_at = created_at - interval '1 day'"
                " WHERE order_id = :id"
            ),
            {"id": done.bought_order_id},
        )
    question = {"seat_id": done.seat_id, "status": "CONFIRMED"}

    after_resale = _get(client, "/orders", **question)["data"]
    resales.reverse(resales.dispute(done))
    after_reversal = _get(client, "/orders", **question)["data"]

    assert [found["order_id"] for found in after_resale] == [
        str(done.bought_order_id),
        str(order.order_id),
    ]
    assert [found["order_id"] for found in after_reversal] == [str(order.order_id)]
