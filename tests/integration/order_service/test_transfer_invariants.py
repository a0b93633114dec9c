"""The invariants of transfers in orders_db: they hold, and see what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from builders.ticket_transfers import Resales, a_new_transfer, an_offer_of
from order_service.services.invariant_service import InvariantService
from service_common.db import Database, DatabaseSettings, migrate

SERVICE_FOLDER = Path(__file__).parents[3] / "order-service"


@pytest.fixture(scope="module")
def unconstrained(
    make_database: Callable[[str], DatabaseSettings],
) -> Iterator[Database]:
    """A database that would let anything in."""
    settings = make_database("transfers_unconstrained")
    migrate(settings, SERVICE_FOLDER)
    database = Database(settings, pool_size=2, application_name="transfer-invariants")
    with database.statement() as connection:
        for table, name in connection.execute(
            text(
                "SELECT CAST(CAST(conrelid AS regclass) AS text), conname"
                "  FROM pg_constraint WHERE contype = 'c'"
                "   AND CAST(CAST(conrelid AS regclass) AS text)"
                "       IN ('orders', 'transfers')"
            )
        ).all():
            connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
    yield database
    database.dispose()


@pytest.fixture
def resales(unconstrained: Database) -> Resales:
    with unconstrained.statement() as connection:
        connection.execute(
            text("TRUNCATE parked_messages, transfer_outbox, transfers, orders CASCADE")
        )
    return Resales(unconstrained)


def _broken(database: Database) -> dict[str, tuple[str, ...]]:
    judged = InvariantService(database).judge()
    return {one.name: one.examples for one in judged if not one.holds}


def test_invariants_hold_after_every_move_of_a_transfer(
    resales: Resales, unconstrained: Database
) -> None:
    resales.pending(a_new_transfer())
    resales.agreed(an_offer_of(resales.sold()))
    completed = resales.completed(an_offer_of(resales.sold()))
    resales.disputed(an_offer_of(resales.sold()))
    resales.reverse(resales.disputed(an_offer_of(resales.sold())))

    assert completed.completed_version == 2
    assert _broken(unconstrained) == {}


@pytest.mark.parametrize(
    ("damage", "broken"),
    [
        (
            "UPDATE transfers SET completed_version = 3",
            {"transfer_that_happened_has_its_order"},
        ),
        (
            "UPDATE transfers SET credits_amount = credits_amount + 1",
            {"transfer_that_happened_has_its_order"},
        ),
        (
            "UPDATE transfers SET buyer_user_id = gen_random_uuid()",
            {"transfer_that_happened_has_its_order"},
        ),
        (
            "UPDATE transfers SET status = 'REVERSED'",
            {"transfer_that_happened_has_its_order"},
        ),
        (
            "UPDATE transfers SET status = 'FAILED'",
            {"order_of_a_transfer_is_of_one_that_happened"},
        ),
    ],
)
def test_damage_to_a_completed_transfer_is_seen(
    resales: Resales, unconstrained: Database, damage: str, broken: set[str]
) -> None:
    completed = resales.completed(an_offer_of(resales.sold()))
    with unconstrained.statement() as connection:
        connection.execute(text(damage))

    found = _broken(unconstrained)

    assert set(found) == broken
    [[named]] = found.values()
    assert named in {str(completed.transfer_id), str(_bought_order(unconstrained))}


@pytest.mark.parametrize(
    ("lateness", "broken"),
    [
        (
            (
                "UPDATE transfers SET expires_at = now() - interval '16 seconds'"
                " WHERE unsettled IS NULL"
            ),
            "no_transfer_outlives_its_offer",
        ),
        (
            (
                "UPDATE transfers SET unsettled_since = now() - interval '81 seconds'"
                " WHERE unsettled IS NOT NULL"
            ),
            "no_transfer_stays_unsettled",
        ),
        (
            (
                "UPDATE transfer_outbox SET created_at = now() - interval '11 seconds'"
                " WHERE id = (SELECT min(id) FROM transfer_outbox)"
            ),
            "transfer_outbox_drained",
        ),
        ("INSERT INTO parked_messages VALUES ('parking', 1)", "no_message_is_parked"),
    ],
)
def test_transfer_that_is_forgotten_is_seen_once_it_is_late(
    resales: Resales, unconstrained: Database, lateness: str, broken: str
) -> None:
    resales.pending(a_new_transfer())
    resales.agreed(a_new_transfer())
    assert _broken(unconstrained) == {}

    with unconstrained.statement() as connection:
        connection.execute(text(lateness))

    assert list(_broken(unconstrained)) == [broken]
    assert len(_broken(unconstrained)[broken]) == 1


def _bought_order(database: Database) -> object:
    with database.statement() as connection:
        return connection.execute(
            text("SELECT order_id FROM orders WHERE transfer_id IS NOT NULL")
        ).scalar_one()
