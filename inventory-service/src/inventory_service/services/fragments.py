"""Pieces of SQL that more than one statement must have word for word."""

from __future__ import annotations

# A hold whose time is over and which no payment claims: anybody may end it.
DUE = "status = 'HELD' AND claim_id IS NULL AND held_until <= now()"

# What a seat looks like again when its hold has ended.
FREE_SEAT = """
    status = 'AVAILABLE', hold_id = NULL, order_id = NULL,
    held_by_user_id = NULL, held_until = NULL
"""


def released_rows(source: str, reason: str, where: str) -> str:
    """A SELECT of one outbox row (topic, payload, request_id) for each ended hold.

    `source` has the seats of the ended holds, all of them, as they were before;
    `where` may be any condition on it.
    """
    return f"""
    SELECT 'hold.released',
           jsonb_build_object(
               'hold_id', hold_id, 'order_id', order_id, 'event_id', event_id,
               'user_id', held_by_user_id, 'reason', {reason},
               'seats', jsonb_agg(
                   jsonb_build_object(
                       'seat_id', seat_id, 'row_number', row_number,
                       'seat_number', seat_number, 'category', category,
                       'price', price::text)
                   ORDER BY length(row_number), row_number, seat_number)),
           CAST(:request_id AS text)
      FROM {source}
     WHERE {where}
     GROUP BY hold_id, order_id, event_id, held_by_user_id
    """  # noqa: S608 - put together from constants only


def utc_text(moment: str) -> str:
    """A timestamptz as RFC 3339 in UTC."""
    return f"""to_char({moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
