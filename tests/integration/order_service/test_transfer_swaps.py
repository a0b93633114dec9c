"""The books after a ticket has changed hands, and after it has come back."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from builders.ticket_transfers import REASON, Resales, an_offer_of, live_orders
from order_service.models import OrderStatus
from order_service.services.order_record import NewOrder, OrderRecord
from order_service.services.transfer_record import NewTransfer
from service_common.db import Database


def _complete(client: FlaskClient, transfer: NewTransfer, **changes: Any) -> Any:
    body = {
        "saga_id": str(transfer.transfer_id),
        "order_id": str(uuid.uuid4()),
        "ticket_version": transfer.ticket_version + 1,
        **changes,
    }
    return client.post(f"/transfers/{transfer.transfer_id}/complete", json=body)


def _reversed(client: FlaskClient, transfer_id: object, **changes: Any) -> Any:
    body = {"saga_id": str(uuid.uuid4()), "ticket_version": 3, **changes}
    return client.post(f"/transfers/{transfer_id}/reversed", json=body)


def _code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


def _order(resales: Resales, order_id: uuid.UUID) -> OrderRecord:
    return resales.orders.get_order(order_id)


def test_completed_transfer_gives_the_buyer_an_order_at_its_price(
    client: FlaskClient, resales: Resales
) -> None:
    sold = resales.sold(row_number="C", seat_number=7, category="CAT2")
    transfer = resales.agreed(an_offer_of(sold))
    order_id = uuid.uuid4()

    body = _complete(client, transfer, order_id=str(order_id)).get_json()

    assert (body["status"], body["unsettled"]) == ("COMPLETED", None)
    assert (body["completed_version"], body["saga_id"]) == (
        2,
        str(transfer.transfer_id),
    )
    bought = client.get(f"/orders/{order_id}").get_json()
    assert bought["seats"] == [
        {
            "seat_id": str(transfer.seat_id),
            "row_number": "C",
            "seat_number": 7,
            "category": "CAT2",
            "price": "120.00",
        }
    ]
    assert (
        bought.items()
        >= {
            "user_id": str(transfer.buyer_id),
            "event_id": str(sold.event_id),
            "hold_id": None,
            "transfer_id": str(transfer.transfer_id),
            "saga_id": str(transfer.transfer_id),
            "status": "CONFIRMED",
            "total": "120.00",
            "credits_charged": "120.00",
        }.items()
    )
    assert bought["confirmed_at"] == body["completed_at"]


def test_seller_keeps_his_order_and_the_buyers_is_the_live_one(
    client: FlaskClient, resales: Resales, database: Database
) -> None:
    sold = resales.sold()
    done = resales.completed(an_offer_of(sold))

    assert _order(resales, sold.order_id).status is OrderStatus.CONFIRMED
    assert live_orders(database, done.seat_id) == [done.bought_order_id]


def test_repeated_completion_answers_the_same_and_writes_one_order(
    client: FlaskClient, resales: Resales
) -> None:
    transfer = resales.agreed(an_offer_of(resales.sold()))
    order_id = str(uuid.uuid4())
    first = _complete(client, transfer, order_id=order_id)

    again = _complete(client, transfer, order_id=order_id)
    disputed = resales.dispute(resales.transfers.get_transfer(transfer.transfer_id))
    late = _complete(client, transfer, order_id=order_id)

    assert (again.status_code, again.get_json()) == (200, first.get_json())
    assert (late.status_code, late.get_json()["status"]) == (200, "DISPUTED")
    page = client.get("/orders", query_string={"user_id": str(disputed.buyer_id)})
    assert page.get_json()["pagination"]["total"] == 1


def test_another_saga_or_order_cannot_complete_it_again(
    client: FlaskClient, resales: Resales
) -> None:
    transfer = resales.agreed(an_offer_of(resales.sold()))
    order_id = str(uuid.uuid4())
    _complete(client, transfer, order_id=order_id)

    for changes in (
        {"order_id": str(uuid.uuid4())},
        {"order_id": order_id, "saga_id": str(uuid.uuid4())},
    ):
        answer = _complete(client, transfer, **changes)
        assert _code(answer) == (409, "TRANSFER_INVALID_STATE")


def test_transfer_without_both_consents_cannot_be_completed(
    client: FlaskClient, resales: Resales
) -> None:
    transfer = resales.pending(an_offer_of(resales.sold()))

    assert _code(_complete(client, transfer)) == (409, "TRANSFER_INVALID_STATE")


def test_completion_waits_for_the_sellers_own_order(
    client: FlaskClient, resales: Resales
) -> None:
    """The seat is sold before its order is confirmed, and may be passed on by then."""
    purchase = resales.pending_purchase()
    transfer = resales.agreed(an_offer_of(purchase))
    order_id = str(uuid.uuid4())

    early = _complete(client, transfer, order_id=order_id)
    resales.orders.confirm_order(purchase.order_id, uuid.uuid4())
    then = _complete(client, transfer, order_id=order_id)

    assert _code(early) == (503, "SERVICE_UNAVAILABLE")
    assert early.headers["Retry-After"]
    assert (then.status_code, then.get_json()["status"]) == (200, "COMPLETED")


def test_completion_waits_while_somebody_elses_item_is_live(
    client: FlaskClient, resales: Resales, database: Database
) -> None:
    sold = resales.sold()
    transfer = resales.agreed(an_offer_of(sold, seller_id=uuid.uuid4()))

    answer = _complete(client, transfer)

    assert _code(answer) == (503, "SERVICE_UNAVAILABLE")
    assert live_orders(database, transfer.seat_id) == [sold.order_id]


def test_order_id_that_is_in_use_is_refused_and_nothing_is_half_done(
    client: FlaskClient, resales: Resales, database: Database
) -> None:
    sold, other = resales.sold(), resales.sold()
    transfer = resales.agreed(an_offer_of(sold))

    answer = _complete(client, transfer, order_id=str(other.order_id))

    assert _code(answer) == (422, "ORDER_ID_REUSED")
    assert resales.transfers.get_transfer(transfer.transfer_id).is_agreed
    assert live_orders(database, transfer.seat_id) == [sold.order_id]


def test_reversed_transfer_gives_everything_back_in_the_books(
    client: FlaskClient, resales: Resales, database: Database
) -> None:
    sold = resales.sold()
    disputed = resales.disputed(an_offer_of(sold))
    resales.disputes.begin_reversal(disputed.transfer_id)

    body = _reversed(client, disputed.transfer_id).get_json()

    assert (body["status"], body["unsettled"]) == ("REVERSED", None)
    assert body["ended_at"] is not None
    assert disputed.bought_order_id is not None
    bought = _order(resales, disputed.bought_order_id)
    assert bought.status is OrderStatus.REFUNDED
    assert live_orders(database, disputed.seat_id) == [sold.order_id]


def test_repeated_reversal_answers_the_same_and_anothers_is_refused(
    client: FlaskClient, resales: Resales
) -> None:
    disputed = resales.disputed(an_offer_of(resales.sold()))
    resales.disputes.begin_reversal(disputed.transfer_id)
    saga_id = str(uuid.uuid4())
    first = _reversed(client, disputed.transfer_id, saga_id=saga_id)

    again = _reversed(client, disputed.transfer_id, saga_id=saga_id)
    other = _reversed(client, disputed.transfer_id)

    assert (again.status_code, again.get_json()) == (200, first.get_json())
    assert _code(other) == (409, "TRANSFER_INVALID_STATE")


def test_disputed_transfer_is_not_reversed_before_it_was_decided(
    client: FlaskClient, resales: Resales
) -> None:
    disputed = resales.disputed(an_offer_of(resales.sold()))

    answer = _reversed(client, disputed.transfer_id)

    assert _code(answer) == (409, "TRANSFER_INVALID_STATE")


def test_reversal_waits_while_the_buyers_item_is_not_the_live_one(
    client: FlaskClient, resales: Resales
) -> None:
    """He had passed it on, and that transfer is being reversed at this moment."""
    first = resales.completed(an_offer_of(resales.sold()))
    onward = resales.completed(
        an_offer_of(_as_order(resales, first.bought_order_id), ticket_version=2)
    )
    disputed = resales.dispute(first)
    resales.disputes.begin_reversal(disputed.transfer_id)

    early = _reversed(client, first.transfer_id)
    resales.reverse(resales.dispute(onward))
    then = _reversed(client, first.transfer_id)

    assert _code(early) == (503, "SERVICE_UNAVAILABLE")
    assert then.get_json()["status"] == "REVERSED"


def test_ticket_that_came_back_can_be_passed_on_again(
    client: FlaskClient, resales: Resales, database: Database
) -> None:
    sold = resales.sold()
    resales.reverse(resales.disputed(an_offer_of(sold)))

    done = resales.completed(an_offer_of(sold, ticket_version=3))

    assert done.sold_order_id == sold.order_id
    assert live_orders(database, done.seat_id) == [done.bought_order_id]


def test_invariants_hold_after_swaps_disputes_and_reversals(
    client: FlaskClient, resales: Resales, database: Database
) -> None:
    # Other tests age their rows, or write some that nobody could have bought.
    with database.statement() as connection:
        connection.execute(text("TRUNCATE transfer_outbox, transfers, orders CASCADE"))
    first = resales.completed(an_offer_of(resales.sold()))
    resales.completed(
        an_offer_of(_as_order(resales, first.bought_order_id), ticket_version=2)
    )
    resales.reverse(resales.disputed(an_offer_of(resales.sold())))
    resales.disputes.dispute_transfer(
        first.transfer_id, user_id=first.seller_id, reason=REASON
    )

    for verdict in client.get("/invariants").get_json()["invariants"]:
        assert verdict["holds"], verdict


@pytest.mark.parametrize("hops", [3, 4])
def test_ring_of_transfers_ends_where_it_began_with_each_hop_sold_once(
    client: FlaskClient, resales: Resales, database: Database, hops: int
) -> None:
    order = resales.sold()
    people = [order.user_id, *(uuid.uuid4() for _ in range(hops - 1))]
    for hop in range(hops):
        done = resales.completed(
            an_offer_of(
                order, buyer_id=people[(hop + 1) % hops], ticket_version=hop + 1
            )
        )
        order = _as_order(resales, done.bought_order_id)

    assert order.user_id == people[0]
    assert live_orders(database, order.seats[0].seat_id) == [order.order_id]


def _as_order(resales: Resales, order_id: uuid.UUID | None) -> NewOrder:
    assert order_id is not None
    record = _order(resales, order_id)
    return NewOrder(
        order_id=record.order_id,
        user_id=record.user_id,
        event_id=record.event_id,
        hold_id=uuid.uuid4(),
        seats=record.seats,
    )
