"""The races again with one guard out: each has to be seen going wrong.

A race test that stays green without its guard proves nothing. Every test here takes one
guard out of a statement and looks for the damage, or for the constraint of the schema
that is the last lock behind it.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import TextClause, text
from sqlalchemy.exc import IntegrityError

from inventory_service.models import ClaimState
from inventory_service.services import (
    claim_service,
    lock_service,
    offline_service,
    release_service,
    verification_service,
)
from inventory_service.services.claim_service import ClaimService
from inventory_service.services.claim_statements import CLAIM_HOLD
from inventory_service.services.claim_targets import HoldTarget
from inventory_service.services.hold_decision import Reservation
from inventory_service.services.lock_service import LockService
from inventory_service.services.offline_service import OfflineScan, OfflineService
from inventory_service.services.records import ReleaseOutcome, SeatHold
from inventory_service.services.release_service import ReleaseService
from inventory_service.services.reserve_statement import RESERVE
from inventory_service.services.verification_service import (
    Scan,
    ScanIdentity,
    VerificationService,
)
from service_common.db import Database
from service_common.errors import Conflict
from support.inventory_calls import InventoryCalls, new_id
from support.races import race

Query = Callable[..., list[Any]]
ROUNDS_MAX = 60

Alter = Callable[[ModuleType, str, str, str], None]


@pytest.fixture
def alter(monkeypatch: pytest.MonkeyPatch) -> Alter:
    """Take a guard out of a statement."""

    def take_out(module: ModuleType, statement: str, guard: str, instead: str) -> None:
        sql = getattr(module, statement).text
        assert guard in sql
        monkeypatch.setattr(module, statement, text(sql.replace(guard, instead)))

    return take_out


Replicas = Callable[[int], list[Callable[[Reservation], SeatHold]]]


@pytest.fixture
def replicas(database: Database) -> Replicas:
    """Processes of their own: what meets in one of them goes in one round."""

    def make(count: int) -> list[Callable[[Reservation], SeatHold]]:
        services = [LockService(database, hold_ttl_s=300) for _ in range(count)]
        return [service.reserve_seats for service in services]

    return make


def wish(*seat_ids: str) -> Reservation:
    return Reservation(
        tuple(UUID(seat_id) for seat_id in seat_ids),
        uuid.uuid4(),
        uuid.uuid4(),
        uuid.uuid4(),
    )


def free_all(query: Query) -> None:
    query(
        "UPDATE seats SET status = 'AVAILABLE', hold_id = NULL, order_id = NULL,"
        " held_by_user_id = NULL, held_until = NULL"
    )


@contextmanager
def not_yet_committed(
    database: Database, statement: TextClause, facts: dict[str, Any]
) -> Iterator[None]:
    """Somebody else's statement, whose commit comes at the end of the block."""
    with database.transaction() as connection:
        connection.execute(statement, facts)
        yield


def while_uncommitted(
    database: Database,
    statement: TextClause,
    facts: dict[str, Any],
    call: Callable[[], Any],
) -> Any:
    """Start the call while the statement is uncommitted, and let it run into it."""
    results: list[Any] = []

    def run() -> None:
        try:
            results.append(call())
        except Exception as error:  # noqa: BLE001 - the test looks at it
            results.append(error)

    thread = threading.Thread(target=run)
    with not_yet_committed(database, statement, facts):
        thread.start()
        thread.join(0.1)
    thread.join()
    return results[0]


def test_reservation_that_locks_nothing_sells_one_seat_twice(
    replicas: Replicas, seats: list[str], query: Query, alter: Alter
) -> None:
    alter(lock_service, "RESERVE", "FOR UPDATE NOWAIT", "")
    buyers = replicas(8)

    def two_winners() -> bool:
        free_all(query)
        results = race(*[partial(reserve, wish(seats[0])) for reserve in buyers])
        return sum(isinstance(result, SeatHold) for result in results) > 1

    assert any(two_winners() for _ in range(ROUNDS_MAX))


def test_reservation_that_takes_what_it_can_get_holds_half_of_a_set(
    replicas: Replicas, seats: list[str], query: Query, alter: Alter
) -> None:
    alter(lock_service, "RESERVE", "w.got AND t.seat_id", "t.seat_id")
    buyers = replicas(8)

    def half_a_set() -> bool:
        free_all(query)
        race(
            *[partial(reserve, wish(*seats[0:2])) for reserve in buyers[:4]],
            *[partial(reserve, wish(*seats[1:3])) for reserve in buyers[4:]],
        )
        held = query(
            "SELECT count(*) AS n FROM seats WHERE status = 'HELD' GROUP BY hold_id"
        )
        return any(row.n == 1 for row in held)

    assert any(half_a_set() for _ in range(ROUNDS_MAX))


def take_over(seat_id: str) -> dict[str, Any]:
    wanted = wish(seat_id)
    return {
        "seat_ids": list(wanted.seat_ids),
        "user_id": wanted.user_id,
        "hold_id": wanted.hold_id,
        "order_id": wanted.order_id,
        "ttl_s": 300,
        "request_id": "-",
    }


@pytest.mark.parametrize(
    ("lock", "status"), [("FOR UPDATE", "HELD"), ("", "AVAILABLE")]
)
def test_release_needs_its_lock_to_spare_the_hold_that_took_over(
    database: Database,
    inventory: InventoryCalls,
    seats: list[str],
    expire: Callable[[str], None],
    alter: Alter,
    lock: str,
    status: str,
) -> None:
    alter(release_service, "_RELEASE_DUE", "FOR UPDATE", lock)
    old = inventory.reserve([seats[0]])
    expire(old.hold_id)

    while_uncommitted(
        database,
        RESERVE,
        take_over(seats[0]),
        lambda: ReleaseService(database).release_hold(UUID(old.hold_id)),
    )

    assert inventory.status(seats[0]) == status


def test_release_that_ignores_claims_is_stopped_by_the_schema(
    database: Database,
    inventory: InventoryCalls,
    seats: list[str],
    expire: Callable[[str], None],
    alter: Alter,
) -> None:
    alter(release_service, "_RELEASE_DUE", "AND claim_id IS NULL", "")
    hold = inventory.reserve([seats[0]])
    inventory.claim(new_id(), hold)
    expire(hold.hold_id)

    with pytest.raises(IntegrityError, match="ck_seats_claim_has_target"):
        ReleaseService(database).release_hold(UUID(hold.hold_id))


@pytest.mark.parametrize(
    ("guard", "outcome"),
    [
        ("AND held_until <= now()", ReleaseOutcome.NOT_DUE),
        ("", ReleaseOutcome.RELEASED),
    ],
)
def test_release_needs_the_clock_to_spare_a_live_hold(
    database: Database,
    inventory: InventoryCalls,
    seats: list[str],
    alter: Alter,
    guard: str,
    outcome: ReleaseOutcome,
) -> None:
    alter(release_service, "_RELEASE_DUE", "AND held_until <= now()", guard)
    hold = inventory.reserve([seats[0]])

    assert ReleaseService(database).release_hold(UUID(hold.hold_id)) == outcome


@pytest.mark.parametrize(
    ("locks_seats", "damage"),
    [(True, {}), (False, {"open_claims_match_claimed_seats": 1})],
)
def test_revoke_needs_the_seats_locks_to_see_a_claim_in_flight(
    database: Database,
    inventory: InventoryCalls,
    seats: list[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    locks_seats: bool,
    damage: dict[str, int],
) -> None:
    if not locks_seats:
        monkeypatch.setattr(claim_service, "LOCK_TARGET", text("SELECT 1"))
    hold, claim_id = inventory.reserve([seats[0]]), uuid.uuid4()
    target = HoldTarget(UUID(hold.hold_id), UUID(hold.user_id))

    state = while_uncommitted(
        database,
        CLAIM_HOLD,
        {
            "claim_id": claim_id,
            "hold_id": target.hold_id,
            "user_id": target.user_id,
            "seat_id": None,
        },
        lambda: ClaimService(database).revoke(claim_id, target),
    )

    assert state is ClaimState.REVOKED
    assert inventory.violations() == damage


@pytest.mark.parametrize("leaves_tombstone", [True, False])
def test_revoke_needs_its_tombstone_to_refuse_a_late_claim(
    database: Database,
    inventory: InventoryCalls,
    seats: list[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    leaves_tombstone: bool,
) -> None:
    if not leaves_tombstone:
        monkeypatch.setattr(claim_service, "REVOKE", text("SELECT 'REVOKED'"))
    hold, claim_id = inventory.reserve([seats[0]]), uuid.uuid4()
    target = HoldTarget(UUID(hold.hold_id), UUID(hold.user_id))
    claims = ClaimService(database)
    claims.revoke(claim_id, target)

    if leaves_tombstone:
        with pytest.raises(Conflict):
            claims.claim(claim_id, target)
    else:
        assert claims.claim(claim_id, target) is ClaimState.OPEN


def test_claim_with_a_snapshot_older_than_the_tombstone_dies_of_the_primary_key(
    database: Database, inventory: InventoryCalls, seats: list[str], alter: Alter
) -> None:
    """Without the look into seat_claims, as when that look came too early."""
    alter(
        claim_service,
        "CLAIM_HOLD",
        "NOT EXISTS (SELECT 1 FROM seat_claims WHERE claim_id = :claim_id)",
        "true",
    )
    hold, claim_id = inventory.reserve([seats[0]]), uuid.uuid4()
    target = HoldTarget(UUID(hold.hold_id), UUID(hold.user_id))
    claims = ClaimService(database)
    claims.revoke(claim_id, target)

    with pytest.raises(Conflict) as refused:
        claims.claim(claim_id, target)

    assert refused.value.code == "CLAIM_REVOKED"
    assert not inventory.owner(seats[0]).claimed


@pytest.mark.parametrize("guard", ["ticket_version = :ticket_version", "true"])
def test_gate_needs_the_ticket_version_to_refuse_the_old_owners_code(
    database: Database,
    inventory: InventoryCalls,
    event_id: str,
    seats: list[str],
    alter: Alter,
    guard: str,
) -> None:
    alter(verification_service, "_CHECK_IN", "ticket_version = :ticket_version", guard)
    seller, claim_id = new_id(), new_id()
    inventory.buy([seats[0]], seller)
    inventory.claim_ticket(claim_id, seats[0], seller, 1)
    inventory.update_owner(claim_id, seats[0], new_id())

    checked_in, _ = VerificationService(database).mark_checked_in(
        a_scan(seats[0], event_id, ticket_version=1)
    )

    assert checked_in == (guard == "true")


def test_gate_that_forgets_the_status_is_stopped_by_the_schema(
    database: Database,
    inventory: InventoryCalls,
    event_id: str,
    seats: list[str],
    alter: Alter,
) -> None:
    alter(verification_service, "_CHECK_IN", "AND status = 'SOLD'", "")
    inventory.buy([seats[0]], new_id())
    inventory.check_in(seats[0], event_id, 1)

    with pytest.raises(IntegrityError, match="one_success_per_ticket"):
        VerificationService(database).mark_checked_in(
            a_scan(seats[0], event_id, ticket_version=1)
        )


@pytest.mark.parametrize(
    ("instead", "admitted"),
    [("AND ticket_version = :ticket_version", False), ("", True)],
)
def test_gate_needs_the_version_to_keep_a_former_owner_out(
    database: Database,
    inventory: InventoryCalls,
    event_id: str,
    seats: list[str],
    alter: Alter,
    instead: str,
    *,
    admitted: bool,
) -> None:
    seller = new_id()
    inventory.buy([seats[0]], seller)
    claim_id = new_id()
    inventory.claim_ticket(claim_id, seats[0], seller, 1)
    inventory.update_owner(claim_id, seats[0], new_id())
    guard = "AND ticket_version = :ticket_version"
    alter(verification_service, "_CHECK_IN", guard, instead)

    went_in, _ = VerificationService(database).mark_checked_in(
        a_scan(seats[0], event_id, ticket_version=1)
    )

    assert went_in is admitted


def test_gate_that_ignores_a_transfer_is_stopped_by_the_schema(
    database: Database,
    inventory: InventoryCalls,
    event_id: str,
    seats: list[str],
    alter: Alter,
) -> None:
    owner = new_id()
    inventory.buy([seats[0]], owner)
    inventory.claim_ticket(new_id(), seats[0], owner, 1)
    alter(verification_service, "_CHECK_IN", "AND claim_id IS NULL", "")

    with pytest.raises(IntegrityError, match="ck_seats_claim_has_target"):
        VerificationService(database).mark_checked_in(
            a_scan(seats[0], event_id, ticket_version=1)
        )


@pytest.mark.parametrize(("lock", "collides"), [("FOR UPDATE", False), ("", True)])
def test_merge_needs_the_seats_lock_to_see_an_admission_in_flight(
    database: Database,
    inventory: InventoryCalls,
    event_id: str,
    seats: list[str],
    query: Query,
    alter: Alter,
    lock: str,
    *,
    collides: bool,
) -> None:
    """Without it two scans both take the entry, and the index stops the second."""
    alter(offline_service, "_LOCK_SEAT", "FOR UPDATE", lock)
    inventory.buy([seats[0]], new_id())
    service = OfflineService(database)

    def collided() -> bool:
        query("TRUNCATE entry_logs")
        query("UPDATE seats SET status = 'SOLD' WHERE seat_id = :id", id=seats[0])
        scans = [an_offline_scan(seats[0], event_id) for _ in range(4)]
        results = race(*[partial(service.merge_scan, scan) for scan in scans])
        return any(isinstance(result, IntegrityError) for result in results)

    assert any(collided() for _ in range(ROUNDS_MAX)) is collides


def an_offline_scan(seat_id: str, event_id: str) -> OfflineScan:
    return OfflineScan(
        scan_id=uuid.uuid4(),
        seat_id=UUID(seat_id),
        event_id=UUID(event_id),
        ticket_version=1,
        staff_id=uuid.uuid4(),
        hall_id="HALL-A",
        scanned_at=datetime.now(UTC),
    )


def a_scan(seat_id: str, event_id: str, *, ticket_version: int) -> Scan:
    return Scan(
        seat_id=UUID(seat_id),
        event_id=UUID(event_id),
        ticket_version=ticket_version,
        staff_id=uuid.uuid4(),
        hall_id_presented="HALL-A",
        hall_id_expected="HALL-A",
        identity=ScanIdentity(uuid.uuid4(), 0),
    )
