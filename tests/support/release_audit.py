"""A witness of every hold that ends without a sale: a trigger, and what it has seen.

Invariant I12 says that a release never touches a seat with an open claim, a newer hold
or an owner. What stands in the tables afterwards cannot tell; so a trigger writes down
what stood on the seat before, and in whose name it was taken away. Releases by message,
sweeper and holder are seen by it, and take-overs by the next buyer, and whatever else
might free a seat one day.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from support.superuser import execute

# `reason` is what the order service is told, by the row that the release itself wrote.
_INSTALL = """
    CREATE SCHEMA release_audit;
    CREATE TABLE release_audit.releases (
        seat_id uuid, hold_id uuid, claim_id uuid, owner_user_id uuid,
        held_until timestamptz, at timestamptz, taken_over boolean, reason text
    );
    CREATE FUNCTION release_audit.note() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
    BEGIN
        INSERT INTO release_audit.releases
        VALUES (OLD.seat_id, OLD.hold_id, OLD.claim_id, OLD.owner_user_id,
                OLD.held_until, now(), NEW.hold_id IS NOT NULL,
                (SELECT max(payload ->> 'reason') FROM public.outbox
                  WHERE topic = 'hold.released'
                    AND payload ->> 'hold_id' = OLD.hold_id::text));
        RETURN NULL;
    END $$;
    CREATE TRIGGER release_audit AFTER UPDATE ON public.seats FOR EACH ROW
    WHEN (OLD.hold_id IS NOT NULL AND NEW.hold_id IS DISTINCT FROM OLD.hold_id)
    EXECUTE FUNCTION release_audit.note()
"""
_REMOVE = """
    DROP TRIGGER release_audit ON public.seats;
    DROP SCHEMA release_audit CASCADE
"""
_SEEN = """
    SELECT count(*) FILTER (WHERE NOT taken_over) AS released,
           count(*) FILTER (WHERE taken_over) AS taken_over
      FROM release_audit.releases
"""
_EARLY = """
    SELECT DISTINCT CAST(hold_id AS text) AS hold_id
      FROM release_audit.releases WHERE held_until > at
"""
_WRONG = """
    SELECT seat_id, hold_id, claim_id, owner_user_id, reason, held_until - at AS left
      FROM release_audit.releases
     WHERE claim_id IS NOT NULL OR owner_user_id IS NOT NULL OR reason IS NULL
        OR (reason = 'HOLD_EXPIRED' AND held_until > at)
"""


class ReleaseAudit:
    """The trigger on `seats` of one database; `dsn` is the superuser's."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    def install(self) -> None:
        """Begin to watch."""
        execute(self._dsn, _INSTALL)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch for as long as the block takes; then all that was seen is forgotten."""
        self.install()
        try:
            yield
        finally:
            execute(self._dsn, _REMOVE)

    def released(self) -> int:
        """How many seats were seen to become free."""
        return int(self._seen().released)

    def taken_over(self) -> int:
        """How many seats were seen to go to the next buyer at once."""
        return int(self._seen().taken_over)

    def ended_early(self) -> set[str]:
        """The holds that ended before their time; only holders may ask for that."""
        return {row.hold_id for row in execute(self._dsn, _EARLY)}

    def contradictions(self) -> list[str]:
        """Every seat that was taken from somebody who had it still."""
        return [_sentence(row) for row in execute(self._dsn, _WRONG)]

    def _seen(self) -> Any:
        (row,) = execute(self._dsn, _SEEN)
        return row


def _sentence(row: Any) -> str:
    what = f"seat {row.seat_id} was released from hold {row.hold_id}"
    if row.claim_id is not None:
        return f"{what} under the claim {row.claim_id}"
    if row.owner_user_id is not None:
        return f"{what} though {row.owner_user_id} owned it"
    if row.reason is None:
        return f"{what} and nobody is told"
    return f"{what} as expired, {row.left} too soon"
