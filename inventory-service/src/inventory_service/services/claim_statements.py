"""Claim, confirm, hand over and revoke: the statements around `seat_claims`.

One lock order for all of them: the seats first, in seat order, then the claim's row.
Seats first, because a seat row is where all the others meet: reservations, releases
and the gate know no claim, and must never wait for a row that a claim took before it
came to the seats. The claim's row then is only ever waited for by somebody who holds
the very same seats, so no cycle can form. What is judged under the seats' locks:

* claim ∥ claim, claim ∥ release: the loser finds the seat changed and gets no row.
* claim ∥ revoke: either the claim was first and the revoke, once it has the seats,
  reads the OPEN row in a fresh snapshot; or the tombstone was first and the claim
  either sees it or, with an older snapshot, dies of the primary key on its insert.
* confirm ∥ revoke: whoever locks the first seat decides; the other finds the seats
  without the claim.
"""

from __future__ import annotations

from sqlalchemy import TextClause, text

from service_common.prepared import hot


def _claim(kind: str, target: str, guard: str) -> TextClause:
    """Mark all seats of the target with the claim and write the claim, or neither."""
    return text(
        f"""
        WITH target AS MATERIALIZED (
            SELECT seat_id FROM seats WHERE {target}
        ), locked AS MATERIALIZED (
            SELECT seat_id FROM seats
             WHERE {target} AND {guard} AND claim_id IS NULL
               AND NOT EXISTS (SELECT 1 FROM seat_claims WHERE claim_id = :claim_id)
             ORDER BY seat_id
               FOR UPDATE
        ), whole AS MATERIALIZED (
            SELECT count(*) AS seat_count,
                   count(*) > 0 AND count(*) = (SELECT count(*) FROM target) AS got
              FROM locked
        ), marked AS (
            UPDATE seats t SET claim_id = :claim_id
              FROM locked l, whole w
             WHERE w.got AND t.seat_id = l.seat_id
        )
        INSERT INTO seat_claims (claim_id, kind, hold_id, seat_id, seat_count, state)
        SELECT :claim_id, '{kind}', CAST(:hold_id AS uuid), CAST(:seat_id AS uuid),
               seat_count, 'OPEN'
          FROM whole WHERE got
        RETURNING state
        """  # noqa: S608 - put together from constants only
    )


CLAIM_HOLD = hot(
    _claim(
        "PURCHASE",
        "hold_id = :hold_id",
        "status = 'HELD' AND held_by_user_id = :user_id AND held_until > now()",
    )
)
CLAIM_TICKET = _claim(
    "TRANSFER",
    "seat_id = :seat_id",
    "status = 'SOLD' AND owner_user_id = :user_id AND ticket_version = :ticket_version",
)

READ_CLAIM = text(
    """
    SELECT claim_id, kind, state, hold_id, seat_id, seat_count
      FROM seat_claims WHERE claim_id = :claim_id
    """
)


def _hand_over(kind: str, guard: str, changes: str) -> TextClause:
    """Confirm the claim and give its seats to their new owner, or neither."""
    return text(
        f"""
        WITH locked AS MATERIALIZED (
            SELECT seat_id FROM seats
             WHERE claim_id = :claim_id AND {guard}
             ORDER BY seat_id
               FOR UPDATE
        ), closed AS (
            UPDATE seat_claims SET state = 'CONFIRMED', closed_at = now()
             WHERE claim_id = :claim_id AND kind = '{kind}' AND state = 'OPEN'
               AND seat_count = (SELECT count(*) FROM locked)
            RETURNING claim_id
        )
        UPDATE seats t
           SET {changes}, ticket_version = t.ticket_version + 1, claim_id = NULL
          FROM locked l, closed c
         WHERE t.seat_id = l.seat_id
        RETURNING t.seat_id, t.event_id, t.row_number, t.seat_number, t.category,
                  t.price, t.ticket_version, t.owner_user_id, t.held_by_user_id,
                  t.status, t.price_paid, false AS claimed
        """  # noqa: S608 - put together from constants only
    )


CONFIRM_SEATS = hot(
    _hand_over(
        "PURCHASE",
        "status = 'HELD' AND held_by_user_id = :user_id",
        """status = 'SOLD', owner_user_id = t.held_by_user_id, price_paid = t.price,
       held_by_user_id = NULL, held_until = NULL""",
    )
)
UPDATE_OWNER = _hand_over(
    "TRANSFER",
    "status = 'SOLD' AND seat_id = :seat_id",
    "owner_user_id = :new_owner_user_id",
)

# Revoke is three statements of one transaction: after the locks it needs a snapshot
# that shows what their last holder did.
LOCK_TARGET = text(
    """
    SELECT seat_id FROM seats
     WHERE hold_id = CAST(:hold_id AS uuid) OR seat_id = CAST(:seat_id AS uuid)
        OR claim_id = :claim_id
     ORDER BY seat_id
       FOR UPDATE
    """
)
FREE_CLAIMED = text("UPDATE seats SET claim_id = NULL WHERE claim_id = :claim_id")
REVOKE = text(
    """
    INSERT INTO seat_claims AS c
        (claim_id, kind, hold_id, seat_id, seat_count, state, closed_at)
    VALUES (:claim_id, CAST(:kind AS claim_kind), :hold_id, :seat_id, 0, 'REVOKED',
            now())
    ON CONFLICT (claim_id) DO UPDATE
       SET state = CASE c.state WHEN 'OPEN' THEN 'REVOKED' ELSE c.state END,
           closed_at = coalesce(c.closed_at, now())
    RETURNING c.state
    """
)
