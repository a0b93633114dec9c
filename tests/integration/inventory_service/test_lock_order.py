"""Rows are locked in seat order by whoever locks several, so nobody waits in a circle.

Somebody stands on the middle seat. Who comes then must hold every seat before it, and
none behind it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import text

from service_common.db import Database
from service_common.errors import Unavailable
from support.inventory_calls import InventoryCalls, new_id
from support.waiting import eventually

_FREE = text(
    """
    SELECT CAST(seat_id AS text) FROM seats
     WHERE event_id = :event_id FOR UPDATE SKIP LOCKED
    """
)
_STAND_ON = text("SELECT 1 FROM seats WHERE seat_id = :seat_id FOR UPDATE")


class Holder:
    """Ten seats held by one person, and what happens to such a hold."""

    def __init__(self, inventory: InventoryCalls, seats: list[str]) -> None:
        self._inventory = inventory
        self._user_id = new_id()
        self._hold = inventory.reserve(seats, user_id=self._user_id)
        self._claim_id = new_id()

    def release(self) -> None:
        self._inventory.release(self._hold.hold_id, by_holder=True)

    def claim(self) -> None:
        self._inventory.claim(self._claim_id, self._hold)

    def confirm(self) -> None:
        self._inventory.confirm(self._claim_id, self._user_id)

    def revoke(self) -> None:
        self._inventory.revoke(self._claim_id, self._hold)


@pytest.mark.parametrize(
    ("before", "move"),
    [
        ((), Holder.release),
        ((), Holder.claim),
        ((Holder.claim,), Holder.confirm),
        ((Holder.claim,), Holder.revoke),
    ],
    ids=["release", "claim", "confirm", "revoke"],
)
def test_seats_are_locked_one_after_the_other_in_their_order(
    inventory: InventoryCalls,
    database: Database,
    event_id: str,
    seats: list[str],
    before: tuple[Callable[[Holder], None], ...],
    move: Callable[[Holder], None],
) -> None:
    holder = Holder(inventory, seats)
    for step in before:
        step(holder)
    in_order = sorted(seats)
    middle = len(in_order) // 2
    ahead, behind = set(in_order[:middle]), set(in_order[middle + 1 :])

    with database.transaction() as connection:
        connection.execute(_STAND_ON, {"seat_id": in_order[middle]})
        with _repeating(lambda: move(holder)):
            free = eventually(
                lambda: _free_seats(database, event_id),
                # All that are ahead, or one behind, which would be wrong.
                lambda free: not ahead & free or bool(behind - free),
                within_s=20,
                every_s=0.005,
            )

    assert free == behind


def _free_seats(database: Database, event_id: str) -> set[str]:
    """Whose rows nobody has locked at this moment."""
    with database.transaction() as connection:
        return set(connection.scalars(_FREE, {"event_id": event_id}))


class _repeating:  # noqa: N801 - it reads as what the block is
    """Makes a call in a thread, again whenever it gave up waiting."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call = call
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._call()
            except Unavailable:
                continue
            return
