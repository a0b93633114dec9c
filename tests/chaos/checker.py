"""Compares what clients were told with what is in the books at the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from chaos.books import Books
from chaos.recorder import Operation, Outcome
from chaos.town import Town

_SOLD = ("SOLD", "CHECKED_IN")
_TRANSFERRED = ("COMPLETED", "DISPUTED")
_NOTHING_CHARGED = "HOLD_EXPIRED"
_DEFECT = "INTERNAL_ERROR"

_TRANSFERS = """
    SELECT CAST(transfer_id AS text) AS id, status, credits_amount,
           CAST(seller_user_id AS text) AS seller, CAST(buyer_user_id AS text) AS buyer
      FROM transfers
"""
_ORDERS = """
    SELECT CAST(order_id AS text) AS id, CAST(user_id AS text) AS buyer, status, total,
           transfer_id IS NULL AS bought
      FROM orders
"""
_OWNERS = """
    SELECT CAST(i.seat_id AS text) AS seat, CAST(o.user_id AS text) AS owner
      FROM order_items i JOIN orders o USING (order_id) WHERE i.live
"""
_SEATS = """
    SELECT CAST(seat_id AS text) AS id, CAST(owner_user_id AS text) AS owner, status
      FROM seats
"""
_USERS = """
    SELECT CAST(user_id AS text) AS id,
           credit_balance + credits_frozen - credits_owed AS worth
      FROM users
"""
_ADMITTED = "SELECT CAST(seat_id AS text) AS id, count(*) AS n FROM entry_logs"
_ADMITTED += " WHERE admitted GROUP BY seat_id"
_LIVE_SAGAS = "SELECT count(*) FROM sagas WHERE state NOT IN ('DONE', 'FAILED')"
_HELD = "SELECT count(*) FROM seats WHERE status = 'HELD'"
_PENDING = "SELECT count(*) FROM orders WHERE status = 'PENDING'"
_OUTBOX = "SELECT count(*) FROM outbox"
_UNSETTLED = "SELECT count(*) FROM transfers WHERE unsettled IS NOT NULL"


def unsettled(books: Books) -> dict[str, int]:
    """What has to come to an end by itself, and has not yet."""
    counts = {
        "live sagas": books.count("sagas_db", _LIVE_SAGAS),
        "held seats": books.count("seats_db", _HELD),
        "pending orders": books.count("orders_db", _PENDING),
        "outbox": books.count("seats_db", _OUTBOX),
        "unsettled transfers": books.count("orders_db", _UNSETTLED),
    }
    return {name: count for name, count in counts.items() if count}


@dataclass(frozen=True, slots=True)
class Ending:
    """The end state, by id."""

    orders: dict[str, Any]
    transfers: dict[str, Any]
    seats: dict[str, Any]
    owners: dict[str, str]
    worth: dict[str, Decimal]
    admitted: dict[str, int]

    @classmethod
    def read(cls, books: Books) -> Ending:
        """Read it once everything has come to rest."""
        return cls(
            orders={row.id: row for row in books.rows("orders_db", _ORDERS)},
            transfers={row.id: row for row in books.rows("orders_db", _TRANSFERS)},
            seats={row.id: row for row in books.rows("seats_db", _SEATS)},
            owners={row.seat: row.owner for row in books.rows("orders_db", _OWNERS)},
            worth={row.id: row.worth for row in books.rows("users_db", _USERS)},
            admitted={row.id: row.n for row in books.rows("seats_db", _ADMITTED)},
        )


def contradictions(town: Town, ending: Ending) -> list[str]:
    """Whatever a client was told that is not so, and whatever does not add up."""
    told = town.recorder.operations
    checks: tuple[Callable[[], Iterator[str]], ...] = (
        lambda: _orders_as_told(told, ending),
        lambda: _transfers_as_told(told, ending),
        lambda: _scans_as_told(told, ending),
        lambda: _nobody_met_a_defect(told),
        lambda: _owners_agree(ending),
        lambda: _money_adds_up(town, ending),
    )
    return [found for check in checks for found in check()]


def _orders_as_told(told: list[Operation], ending: Ending) -> Iterator[str]:
    for one in told:
        if one.kind == "reserve" and one.outcome is Outcome.OK:
            if one.told["order_id"] not in ending.orders:
                yield f"held, but there is no order {one.told['order_id']}"
        elif one.kind == "pay":
            order = ending.orders.get(one.what)
            confirmed = order is not None and order.status == "CONFIRMED"
            if one.outcome is Outcome.OK and not confirmed:
                yield f"told paid, but order {one.what} is not confirmed"
            if one.code == _NOTHING_CHARGED and confirmed:
                yield f"told expired, but order {one.what} is confirmed"


def _transfers_as_told(told: list[Operation], ending: Ending) -> Iterator[str]:
    final = {
        "confirm": ("COMPLETED", "DISPUTED", "REVERSED"),
        "dispute": ("COMPLETED", "DISPUTED", "REVERSED"),
        "reverse": ("REVERSED",),
        "uphold": ("COMPLETED",),
    }
    for one in told:
        if one.kind not in final or one.outcome is not Outcome.OK:
            continue
        if one.kind == "confirm" and one.told.get("status") != "COMPLETED":
            continue
        status = ending.transfers[one.what].status
        if status not in final[one.kind]:
            yield f"told {one.kind}, but transfer {one.what} is {status}"


def _scans_as_told(told: list[Operation], ending: Ending) -> Iterator[str]:
    let_in: dict[str, set[str]] = defaultdict(set)
    for one in told:
        if one.kind == "scan" and one.told.get("result") == "SUCCESS":
            let_in[one.what].add(one.who)
    for seat_id, scans in let_in.items():
        if len(scans) > 1:
            yield f"seat {seat_id} was let in by {len(scans)} scans"
        if ending.seats[seat_id].status != "CHECKED_IN":
            yield f"seat {seat_id} was let in, and is not checked in"
    for seat_id, seat in ending.seats.items():
        entries = ending.admitted.get(seat_id, 0)
        if entries != (1 if seat.status == "CHECKED_IN" else 0):
            yield f"seat {seat_id} is {seat.status} with {entries} entries"


def _nobody_met_a_defect(told: list[Operation]) -> Iterator[str]:
    """What is out of reach is said to be so: it is no defect of ours."""
    for one in told:
        if one.code == _DEFECT:
            told_at = f"after {one.ended_s:.1f} s"
            yield f"{one.kind} of {one.what} was answered with {_DEFECT} {told_at}"


def _owners_agree(ending: Ending) -> Iterator[str]:
    """The seat's row and the order that the seat is sold by name one person."""
    for seat_id, seat in ending.seats.items():
        sold = seat.status in _SOLD
        if sold and ending.owners.get(seat_id) != seat.owner:
            yield f"seat {seat_id} belongs to {seat.owner}, the orders say otherwise"
        if not sold and seat_id in ending.owners:
            yield f"seat {seat_id} is {seat.status}, and an order has it"


def _money_adds_up(town: Town, ending: Ending) -> Iterator[str]:
    """Paid in, less what was bought, more what was sold, is what everybody has."""
    expected: dict[str, Decimal] = defaultdict(Decimal)
    for user_id, cents in town.payments.values():
        expected[user_id] += Decimal(cents) / 100
    for order in ending.orders.values():
        if order.bought and order.status == "CONFIRMED":
            expected[order.buyer] -= order.total
    for transfer in ending.transfers.values():
        if transfer.status in _TRANSFERRED:
            expected[transfer.seller] += transfer.credits_amount
            expected[transfer.buyer] -= transfer.credits_amount
    for person in town.customers:
        has, should = ending.worth[person.user_id], expected[person.user_id]
        if has != should:
            yield f"{person.user_id} has {has} and should have {should}"
