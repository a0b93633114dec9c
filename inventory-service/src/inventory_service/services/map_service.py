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
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from inventory_service.services.fragments import utc_text
from service_common.db import Database
from service_common.prepared import hot

_NEWEST = hot(
    text(
        """
    SELECT max(version) AS newest,
           pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xmin
      FROM seats WHERE event_id = :event_id
    """
    )
)
# The rows as readers get them: what PostgreSQL writes here costs a tenth of what it
# would cost to carry 20,000 rows through two services and write them there. One
# statement has one snapshot; the join keeps a row when the event has no seat.
_RENDERED = """
    SELECT x.xmin, max(s.version) AS newest,
           coalesce(string_agg(
               '{"seat_id":"' || s.seat_id || '","row_number":'
               || to_json(s.row_number) || ',"seat_number":' || s.seat_number
               || ',"category":' || to_json(s.category) || ',"price":"' || s.price
               || '","status":"' || s.status || '"'
               || CASE WHEN s.held_until IS NULL THEN ''
                       ELSE ',"held_until":"' || {held_until} || '"' END || '}',
               ',' ORDER BY length(s.row_number), s.row_number COLLATE "C",
                            s.seat_number), '') AS seats
      FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xmin) x
      LEFT JOIN seats s ON s.event_id = :event_id {changed}
     GROUP BY x.xmin
""".replace("{held_until}", utc_text("s.held_until"))
_READ_WHOLE = hot(text(_RENDERED.replace("{changed}", "")))
_READ_CHANGES = hot(text(_RENDERED.replace("{changed}", "AND s.version >= :since")))


@dataclass(frozen=True, slots=True)
class RenderedMap:
    """Seats as the elements of a JSON array; None when the reader has them already."""

    version: int
    etag: str
    seats: str | None


class MapService:
    """Reads seat maps."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def render_map(self, event_id: UUID, known_etag: str = "") -> RenderedMap:
        """The whole map, or only its version when `known_etag` still stands for it."""
        if known_etag:
            version, etag = self._read_version(event_id)
            if etag == known_etag:
                return RenderedMap(version, etag, None)
        with self._database.statement() as connection:
            found = connection.execute(_READ_WHOLE, {"event_id": event_id}).one()
        version, etag = version_of(found.newest, found.xmin)
        return RenderedMap(version, etag, found.seats)

    def render_changes(self, event_id: UUID, since: int) -> RenderedMap:
        """The seats that the reader of version `since` has not seen as they are."""
        facts = {"event_id": event_id, "since": since}
        with self._database.statement() as connection:
            found = connection.execute(_READ_CHANGES, facts).one()
        # Nothing newer: the reader's version stays good, but only as far as nobody
        # still runs who may have changed something with an older id.
        newest = since - 1 if found.newest is None else found.newest
        version, etag = version_of(newest, found.xmin)
        return RenderedMap(version, etag, found.seats)

    def _read_version(self, event_id: UUID) -> tuple[int, str]:
        with self._database.statement() as connection:
            now = connection.execute(_NEWEST, {"event_id": event_id}).one()
        return version_of(now.newest, now.xmin)


def version_of(newest: int | None, xmin: int) -> tuple[int, str]:
    """The map's version and ETag, see the module's docstring."""
    if newest is not None and newest < xmin:
        return newest + 1, f'"v{newest + 1}"'
    return xmin, f'"u{xmin}-{uuid.uuid4().hex}"'
