"""The seat map, and when a reader may go on using the one he has.

`seats.version` is the id of the transaction that changed the row last. Transactions
do not commit in the order of their ids: while 100 is still running, 101 may commit,
and a reader who then saw "everything up to 101" would miss what 100 does later. So the
map's version V is chosen so that *every change that the reader has not seen has a
version >= V*:

* `xmin`, the oldest transaction still running at the snapshot, is always such a V:
  what the snapshot does not show was made by a transaction not older than that.
* When the event's newest version is older than `xmin`, nobody who was running then can
  still have changed it unseen with an id up to it, and V = newest + 1 is right too. The
  map is *settled*: V stays the same until a seat changes, and so makes an ETag.

An unsettled map has an ETag of its own that never matches again.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from service_common.db import Database

_NEWEST = text(
    """
    SELECT max(version) AS newest,
           pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xmin
      FROM seats WHERE event_id = :event_id
    """
)
# One statement has one snapshot; the join keeps a row when the event has no seat.
_READ = text(
    """
    SELECT x.xmin, s.seat_id::text, s.row_number, s.seat_number, s.category,
           s.price::text, s.status::text, s.held_until, s.version
      FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xmin) x
      LEFT JOIN seats s ON s.event_id = :event_id
     ORDER BY length(s.row_number), s.row_number COLLATE "C", s.seat_number
    """
)


@dataclass(frozen=True, slots=True)
class SeatMap:
    """All seats of an event as one snapshot shows them.

    Their rows have the ids and the money as text, as they travel. `rows` is None when
    the reader's map is still the right one.
    """

    version: int
    etag: str
    rows: Sequence[Row[Any]] | None


class MapService:
    """Reads seat maps."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read_map(self, event_id: UUID, known_etag: str = "") -> SeatMap:
        """The map, or only its version when `known_etag` still stands for it."""
        facts = {"event_id": event_id}
        if known_etag:
            with self._database.statement() as connection:
                now = connection.execute(_NEWEST, facts).one()
            version, etag = version_of(now.newest, now.xmin)
            if etag == known_etag:
                return SeatMap(version, etag, None)
        with self._database.statement() as connection:
            rows = connection.execute(_READ, facts).all()
        if rows[0].seat_id is None:
            version, etag = version_of(None, rows[0].xmin)
            return SeatMap(version, etag, [])
        version, etag = version_of(max(row.version for row in rows), rows[0].xmin)
        return SeatMap(version, etag, rows)


def version_of(newest: int | None, xmin: int) -> tuple[int, str]:
    """The map's version and ETag, see the module's docstring."""
    if newest is not None and newest < xmin:
        return newest + 1, f'"v{newest + 1}"'
    return xmin, f'"u{xmin}-{uuid.uuid4().hex}"'
