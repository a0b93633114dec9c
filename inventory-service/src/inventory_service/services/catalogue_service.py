"""The seats of an event come and go as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import structlog
from sqlalchemy import Connection, text

from inventory_service.models import PlanState, SeatStatus
from service_common.db import Database
from service_common.errors import Conflict, InvalidInput

log = structlog.get_logger()

SEATS_MAX = 50_000
ROW_LENGTH_MAX = 4
CATEGORY_LENGTH_MAX = 40

# Thousands of rows take longer than the session's limits for a buyer's statement, and
# the event's row is waited for as long as another call creates them.
_LIMITS = (
    text("SET LOCAL statement_timeout = '60s'"),
    text("SET LOCAL lock_timeout = '20s'"),
)
# The plan's row is what two calls for one event meet at, before any seat.
_PLAN = text(
    """
    INSERT INTO seat_plans (event_id, state, seats_created)
    VALUES (:event_id, 'CREATED', :seats)
    ON CONFLICT (event_id) DO NOTHING
    RETURNING event_id
    """
)
_READ_PLAN = text(
    "SELECT state, seats_created FROM seat_plans WHERE event_id = :event_id"
)
# The id of a seat follows from what it is, so a repeat and the demo data make the
# same ids: md5 of "<event_id>/<row_number>/<seat_number>", read as a UUID.
_CREATE = text(
    """
    INSERT INTO seats (seat_id, event_id, row_number, seat_number, category, price)
    SELECT md5(CAST(:event_id AS uuid) || '/' || b.row_number || '/' || n)::uuid,
           :event_id, b.row_number, n, b.category, b.price
      FROM unnest(CAST(:row_numbers AS text[]), CAST(:lengths AS int[]),
                  CAST(:categories AS text[]), CAST(:prices AS numeric[]))
               AS b (row_number, length, category, price),
           generate_series(1, b.length) AS n
    """
)
# Plans are kept, and one that was made for a table of some rows would read all of many.
_PLAN_ANEW = text("ANALYZE seats")
_MANY_SEATS = 1_000
_DISCARD = text(
    """
    INSERT INTO seat_plans AS p (event_id, state, seats_created)
    VALUES (:event_id, 'DISCARDED', 0)
    ON CONFLICT (event_id) DO UPDATE SET state = 'DISCARDED'
    RETURNING seats_created
    """
)
# A seat that somebody is taking at this moment is waited for, and then not AVAILABLE.
_DELETE = text("DELETE FROM seats WHERE event_id = :event_id AND status = 'AVAILABLE'")
_LEFT = text("SELECT seat_id FROM seats WHERE event_id = :event_id LIMIT 10")
_COUNT = text(
    "SELECT status, count(*) AS seats FROM seats WHERE event_id = :event_id"
    " GROUP BY status"
)


@dataclass(frozen=True, slots=True)
class SeatBlock:
    """Rows of the same length, category and price."""

    category: str
    price: Decimal
    rows: tuple[str, ...]
    seats_per_row: int

    @property
    def seats(self) -> int:
        """How many seats it has."""
        return len(self.rows) * self.seats_per_row


class CatalogueService:
    """Creates, deletes and counts the seats of events."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create_seats(self, event_id: UUID, blocks: Sequence[SeatBlock]) -> int:
        """Create all seats of the event; a repeat answers the first one's count.

        Raises INVALID_INPUT, or SEATS_DISCARDED when DeleteSeats came first.
        """
        _check_plan(blocks)
        seats = sum(block.seats for block in blocks)
        with self._database.transaction() as connection:
            _allow_time(connection)
            facts = {"event_id": event_id, "seats": seats}
            if connection.execute(_PLAN, facts).first() is None:
                return _earlier_count(connection, event_id)
            connection.execute(_CREATE, {"event_id": event_id, **_columns(blocks)})
            if seats >= _MANY_SEATS:
                connection.execute(_PLAN_ANEW)
        log.info("seats_created", event_id=str(event_id), seats=seats)
        return seats

    def delete_seats(self, event_id: UUID) -> int:
        """Delete all seats of the event, now or already; none can be created later.

        Raises SEAT_UNAVAILABLE, and changes nothing, when one of them is taken.
        """
        with self._database.transaction() as connection:
            _allow_time(connection)
            facts = {"event_id": event_id}
            seats: int = connection.execute(_DISCARD, facts).scalar_one()
            connection.execute(_DELETE, facts)
            left = connection.execute(_LEFT, facts).scalars().all()
            if left:
                raise Conflict(
                    "A seat of the event is held or sold.",
                    code="SEAT_UNAVAILABLE",
                    details={"seat_ids": [str(seat_id) for seat_id in left]},
                )
        log.info("seats_discarded", event_id=str(event_id), seats=seats)
        return seats

    def count_seats(self, event_id: UUID) -> dict[SeatStatus, int]:
        """How many seats of the event stand at each status."""
        with self._database.statement() as connection:
            rows = connection.execute(_COUNT, {"event_id": event_id}).all()
        counted = {SeatStatus(row.status): row.seats for row in rows}
        return {status: counted.get(status, 0) for status in SeatStatus}


def _allow_time(connection: Connection) -> None:
    for limit in _LIMITS:
        connection.execute(limit)


def _earlier_count(connection: Connection, event_id: UUID) -> int:
    plan = connection.execute(_READ_PLAN, {"event_id": event_id}).one()
    if plan.state == PlanState.DISCARDED:
        raise Conflict("The event was given up.", code="SEATS_DISCARDED")
    earlier: int = plan.seats_created
    return earlier


def _columns(blocks: Sequence[SeatBlock]) -> dict[str, list[object]]:
    rows = [(row, block) for block in blocks for row in block.rows]
    return {
        "row_numbers": [row for row, _ in rows],
        "lengths": [block.seats_per_row for _, block in rows],
        "categories": [block.category for _, block in rows],
        "prices": [block.price for _, block in rows],
    }


def _check_plan(blocks: Sequence[SeatBlock]) -> None:
    problems = [problem for block in blocks for problem in _block_problems(block)]
    rows = Counter(row for block in blocks for row in block.rows)
    problems += [f"row {row!r} is named twice" for row, n in rows.items() if n > 1]
    # The products are summed only after each factor was found within bounds.
    if not problems and not 1 <= sum(block.seats for block in blocks) <= SEATS_MAX:
        problems.append(f"an event has between 1 and {SEATS_MAX} seats")
    if problems:
        raise InvalidInput(details={"fields": {"blocks": problems[:10]}})


def _block_problems(block: SeatBlock) -> list[str]:
    problems = []
    if not _is_name(block.category, CATEGORY_LENGTH_MAX):
        problems.append(f"a category has 1 to {CATEGORY_LENGTH_MAX} characters")
    if not block.rows:
        problems.append("a block has at least one row")
    if not all(_is_name(row, ROW_LENGTH_MAX) for row in block.rows):
        problems.append(f"a row has 1 to {ROW_LENGTH_MAX} characters")
    if not 1 <= block.seats_per_row <= SEATS_MAX:
        problems.append(f"a row has between 1 and {SEATS_MAX} seats")
    return problems


def _is_name(name: str, length_max: int) -> bool:
    return 1 <= len(name) <= length_max and name.isprintable() and name == name.strip()
