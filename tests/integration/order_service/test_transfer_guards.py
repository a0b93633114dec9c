"""The races over transfers again with one guard out: each has to be seen going wrong.

A race test that stays green without its guard proves nothing. Every test here takes
one guard out of a statement or of the schema, in a database of its own, and looks for
the damage.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import text

from builders.ticket_transfers import (
    Resales,
    a_new_transfer,
    a_swap,
    an_offer_of,
    live_orders,
)
from order_service.models import Party, TransferStatus, TransferTask
from order_service.services import (
    dispute_service,
    expiry_service,
    swap_service,
    transfer_service,
)
from order_service.services.expiry_service import ExpiryService
from order_service.services.transfer_record import NewTransfer, TransferRecord
from order_service.services.transfer_service import TransferService
from service_common.db import Database, DatabaseSettings, migrate
from service_common.errors import AppError
from support.races import after, race

SERVICE_FOLDER = Path(__file__).parents[3] / "order-service"
ROUNDS_MAX = 100
NOT_AGREED = "AND t.unsettled IS NULL"


@pytest.fixture(scope="module")
def unguarded(
    make_database: Callable[[str], DatabaseSettings],
) -> Iterator[Database]:
    """A database whose constraints do not hide what the statements let through."""
    settings = make_database("transfers_unguarded")
    migrate(settings, SERVICE_FOLDER)
    database = Database(settings, pool_size=8, application_name="transfer-guards")
    with database.statement() as connection:
        for name in connection.execute(
            text(
                "SELECT conname FROM pg_constraint WHERE contype = 'c'"
                " AND conrelid = CAST('transfers' AS regclass)"
            )
        ).scalars():
            connection.execute(text(f"ALTER TABLE transfers DROP CONSTRAINT {name}"))
        connection.execute(text("DROP INDEX uq_transfers_open_seat"))
        connection.execute(text("DROP INDEX uq_order_items_live_seat"))
        connection.execute(text("DROP INDEX uq_orders_transfer_id"))
        connection.execute(text("DROP INDEX uq_transfers_sold_item"))
    yield database
    database.dispose()


@pytest.fixture
def unguarded_resales(unguarded: Database) -> Resales:
    return Resales(unguarded)


@pytest.fixture
def take_out(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def alter(
        module: ModuleType, statement: str, guard: str, instead: str = ""
    ) -> None:
        sql = getattr(module, statement).text
        assert guard in sql
        monkeypatch.setattr(module, statement, text(sql.replace(guard, instead)))

    return alter


def _eventually(damage: Callable[[int], bool]) -> bool:
    return any(damage(lead) for lead in range(ROUNDS_MAX))


def _open_of_seat(database: Database, seat_id: uuid.UUID) -> int:
    with database.statement() as connection:
        count: int = connection.execute(
            text(
                "SELECT count(*) FROM transfers WHERE seat_id = :id"
                " AND status IN ('INITIATED', 'PENDING_OTP')"
            ),
            {"id": seat_id},
        ).scalar_one()
    return count


def _let_time_pass(database: Database, transfer_id: uuid.UUID) -> None:
    with database.statement() as connection:
        connection.execute(
            text("UPDATE transfers SET expires_at = now() WHERE transfer_id = :id"),
            {"id": transfer_id},
        )


def _dispute(resales: Resales, done: TransferRecord) -> Callable[[], TransferRecord]:
    return partial(
        resales.disputes.dispute_transfer,
        done.transfer_id,
        user_id=done.seller_id,
        reason="No",
    )


def test_without_the_lock_of_the_seat_two_offers_are_made(
    unguarded: Database, unguarded_resales: Resales, take_out: Callable[..., None]
) -> None:
    _without_seat_lock(take_out)

    def two_are_open(_lead: int) -> bool:
        seat_id = uuid.uuid4()
        create = unguarded_resales.transfers.create_transfer
        race(*[partial(create, a_new_transfer(seat_id=seat_id)) for _ in range(4)])
        return _open_of_seat(unguarded, seat_id) > 1

    assert _eventually(two_are_open)


def test_without_the_lock_of_the_seat_a_disputed_ticket_stays_on_offer(
    unguarded: Database, unguarded_resales: Resales, take_out: Callable[..., None]
) -> None:
    _without_seat_lock(take_out)

    def stays_on_offer(lead: int) -> bool:
        done = unguarded_resales.completed(an_offer_of(unguarded_resales.sold()))
        onward = a_new_transfer(seat_id=done.seat_id, seller_id=done.buyer_id)
        create = partial(unguarded_resales.transfers.create_transfer, onward)
        read = partial(unguarded_resales.transfers.get_transfer, done.transfer_id)
        race(
            partial(after, lead % 4, read, _dispute(unguarded_resales, done)),
            partial(after, lead % 3, read, create),
        )
        return _open_of_seat(unguarded, done.seat_id) > 0

    assert _eventually(stays_on_offer)


def test_lock_in_the_statement_that_looks_sees_what_was_before_it_waited(
    unguarded: Database, unguarded_resales: Resales, take_out: Callable[..., None]
) -> None:
    """Why the lock has a statement of its own: a snapshot is older than the wait."""
    _without_seat_lock(take_out)
    take_out(
        transfer_service,
        "FIND_IN_THE_WAY",
        "SELECT * FROM (",
        "WITH locked AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended("
        "CAST(:seat_id AS text), 0))) SELECT t.* FROM locked, (",
    )

    def two_are_open(_lead: int) -> bool:
        seat_id = uuid.uuid4()
        create = unguarded_resales.transfers.create_transfer
        race(*[partial(create, a_new_transfer(seat_id=seat_id)) for _ in range(4)])
        return _open_of_seat(unguarded, seat_id) > 1

    assert _eventually(two_are_open)


def test_without_the_lock_of_the_person_the_limit_is_passed(
    unguarded: Database, take_out: Callable[..., None]
) -> None:
    take_out(transfer_service, "LOCK_PERSON_AND_SEAT", "'person:' || :user_id", _ANY)
    transfers = TransferService(unguarded, ttl_s=600, per_hour_max=1)

    def too_many(_lead: int) -> bool:
        seller = uuid.uuid4()
        outcomes = race(
            *[
                partial(transfers.create_transfer, a_new_transfer(seller_id=seller))
                for _ in range(4)
            ]
        )
        return sum(not isinstance(outcome, Exception) for outcome in outcomes) > 1

    assert _eventually(too_many)


@pytest.mark.parametrize(
    ("module", "statement", "call"),
    [
        (
            transfer_service,
            "FAIL_TRANSFER",
            lambda resales, _, new: resales.transfers.fail_transfer(
                new.transfer_id, "CANCELLED"
            ),
        ),
        (
            expiry_service,
            "EXPIRE_TRANSFER",
            lambda _, database, new: ExpiryService(database).expire_transfer(
                new.transfer_id
            ),
        ),
    ],
    ids=["cancelled", "expired"],
)
def test_end_that_does_not_look_for_an_agreement_ends_a_swap_under_way(
    unguarded: Database,
    unguarded_resales: Resales,
    take_out: Callable[..., None],
    module: ModuleType,
    statement: str,
    call: Callable[[Resales, Database, NewTransfer], Any],
) -> None:
    take_out(module, statement, NOT_AGREED)
    agreed = unguarded_resales.agreed(a_new_transfer())
    _let_time_pass(unguarded, agreed.transfer_id)

    call(unguarded_resales, unguarded, agreed)

    left = unguarded_resales.transfers.get_transfer(agreed.transfer_id)
    assert left.status is TransferStatus.FAILED


def test_sweep_that_does_not_look_for_an_agreement_ends_a_swap_under_way(
    unguarded: Database, unguarded_resales: Resales, take_out: Callable[..., None]
) -> None:
    take_out(expiry_service, "EXPIRE_DUE_TRANSFERS", "AND d.unsettled IS NULL")
    agreed = unguarded_resales.agreed(a_new_transfer())
    _let_time_pass(unguarded, agreed.transfer_id)

    ExpiryService(unguarded).sweep_due_transfers()

    left = unguarded_resales.transfers.get_transfer(agreed.transfer_id)
    assert left.status is TransferStatus.FAILED


def test_consent_that_does_not_look_at_the_status_revives_what_was_cancelled(
    unguarded_resales: Resales, take_out: Callable[..., None]
) -> None:
    take_out(transfer_service, "VERIFY_PARTY", " AND t.status = 'PENDING_OTP'")
    take_out(transfer_service, "VERIFY_PARTY", NOT_AGREED)

    def agreed_though_failed(_lead: int) -> bool:
        new = unguarded_resales.pending(a_new_transfer())
        transfers = unguarded_resales.transfers
        transfers.verify_party(new.transfer_id, Party.SELLER)
        outcomes = race(
            partial(transfers.verify_party, new.transfer_id, Party.BUYER),
            partial(transfers.fail_transfer, new.transfer_id, "CANCELLED"),
        )
        return not any(isinstance(outcome, Exception) for outcome in outcomes)

    assert _eventually(agreed_though_failed)


def test_consent_that_does_not_look_at_the_time_agrees_after_it(
    unguarded: Database, unguarded_resales: Resales, take_out: Callable[..., None]
) -> None:
    take_out(transfer_service, "VERIFY_PARTY", " AND t.expires_at > now()")
    new = unguarded_resales.pending(a_new_transfer())
    _let_time_pass(unguarded, new.transfer_id)

    for party in Party:
        unguarded_resales.transfers.verify_party(new.transfer_id, party)

    assert unguarded_resales.transfers.get_transfer(new.transfer_id).is_agreed


def test_dispute_that_leaves_offers_alone_lets_the_ticket_go(
    unguarded: Database, unguarded_resales: Resales, take_out: Callable[..., None]
) -> None:
    take_out(dispute_service, "FAIL_OPEN_OF_SEAT", "t.seat_id = :seat_id", "false")
    done = unguarded_resales.completed(an_offer_of(unguarded_resales.sold()))
    unguarded_resales.pending(a_new_transfer(seat_id=done.seat_id))

    _dispute(unguarded_resales, done)()

    assert _open_of_seat(unguarded, done.seat_id) == 1


def test_completion_without_the_lock_of_the_row_is_answered_in_two_ways(
    unguarded: Database, unguarded_resales: Resales, take_out: Callable[..., None]
) -> None:
    take_out(swap_service, "LOCK_TRANSFER", " FOR UPDATE")

    def refused_or_doubled(_lead: int) -> bool:
        new = unguarded_resales.agreed(an_offer_of(unguarded_resales.sold()))
        complete = partial(
            unguarded_resales.swaps.complete_transfer, a_swap(new), uuid.uuid4()
        )
        outcomes = race(*[complete] * 4)
        return any(isinstance(outcome, AppError) for outcome in outcomes)

    assert _eventually(refused_or_doubled)


def test_completion_that_does_not_look_whose_item_is_live_sells_somebody_elses(
    unguarded: Database, unguarded_resales: Resales, take_out: Callable[..., None]
) -> None:
    take_out(swap_service, "RETIRE_SELLERS_ITEM", "AND o.user_id = :seller_id")
    sold = unguarded_resales.sold()
    strangers = unguarded_resales.agreed(an_offer_of(sold, seller_id=uuid.uuid4()))

    done = unguarded_resales.swaps.complete_transfer(a_swap(strangers), uuid.uuid4())

    assert live_orders(unguarded, sold.seats[0].seat_id) == [done.bought_order_id]


def test_reversal_that_does_not_look_for_the_live_item_leaves_two_of_them(
    unguarded: Database, unguarded_resales: Resales, take_out: Callable[..., None]
) -> None:
    take_out(swap_service, "REFUND_BUYERS_ORDER", " AND i.live")
    first = unguarded_resales.completed(an_offer_of(unguarded_resales.sold()))
    unguarded_resales.completed(
        a_new_transfer(
            seat_id=first.seat_id, seller_id=first.buyer_id, ticket_version=2
        )
    )

    unguarded_resales.reverse(unguarded_resales.dispute(first))

    assert len(live_orders(unguarded, first.seat_id)) == 2


def test_report_that_does_not_look_at_the_number_ends_what_is_owed_since(
    unguarded_resales: Resales, take_out: Callable[..., None]
) -> None:
    take_out(dispute_service, "SETTLE_TASK", "AND :number = CASE", "AND 0 <= CASE")
    disputed = unguarded_resales.disputed(an_offer_of(unguarded_resales.sold()))
    disputes = unguarded_resales.disputes
    for number in (1, 2):
        begun = disputes.begin_reversal(disputed.transfer_id)
        assert begun.reversal_no == number
        left = disputes.settle_task(disputed.transfer_id, TransferTask.REVERSE, 1)

    assert left.unsettled is None


_ANY = "CAST(gen_random_uuid() AS text) || :user_id"


def _without_seat_lock(take_out: Callable[..., None]) -> None:
    guard = "'seat:' || :seat_id"
    instead = "CAST(gen_random_uuid() AS text) || :seat_id"
    take_out(transfer_service, "LOCK_PERSON_AND_SEAT", guard, instead)
    take_out(dispute_service, "LOCK_SEAT", guard, instead)
