"""The gate's look at many tickets, and the admission of many, in one statement each.

As with holds: tickets that somebody else has locked are passed over, the locks come in
seat order, and whatever is not let in here is let in, or not, by the statement for one.
"""

from __future__ import annotations

from sqlalchemy import text

from inventory_service.services.ownership_service import TICKET_COLUMNS
from service_common.prepared import hot

READ_STATES = hot(
    text(
        f"""
    WITH asked AS MATERIALIZED (
        SELECT * FROM unnest(
            CAST(:numbers AS int[]), CAST(:seat_ids AS uuid[]),
            CAST(:scan_ids AS uuid[]), CAST(:within_s AS int[]))
          AS a(number, seat_id, scan_id, within_s)
    )
    SELECT a.number, {TICKET_COLUMNS}, e.scanned_at, e.hall_id_presented,
           coalesce(e.scan_id = a.scan_id
                    AND (a.within_s = 0
                         OR e.scanned_at > now() - make_interval(secs => a.within_s)),
                    false) AS same_scan
      FROM asked a JOIN seats s ON s.seat_id = a.seat_id
      LEFT JOIN entry_logs e ON e.seat_id = s.seat_id AND e.result = 'SUCCESS'
                            AND e.ticket_version = s.ticket_version
     WHERE s.seat_id = ANY(CAST(:seat_ids AS uuid[]))
    """  # noqa: S608 - put together from constants only
    )
)

CHECK_IN_MANY = hot(
    text(
        f"""
    WITH asked AS MATERIALIZED (
        SELECT * FROM unnest(
            CAST(:seat_ids AS uuid[]), CAST(:event_ids AS uuid[]),
            CAST(:ticket_versions AS int[]), CAST(:staff_ids AS uuid[]),
            CAST(:halls_presented AS text[]), CAST(:halls_expected AS text[]),
            CAST(:scan_ids AS uuid[]))
          AS a(seat_id, event_id, ticket_version, staff_id, hall_id_presented,
               hall_id_expected, scan_id)
    ), locked AS MATERIALIZED (
        SELECT s.seat_id
          FROM asked a JOIN seats s ON s.seat_id = a.seat_id
         WHERE s.seat_id = ANY(CAST(:seat_ids AS uuid[]))
           AND s.event_id = a.event_id AND s.status = 'SOLD'
           AND s.claim_id IS NULL AND s.ticket_version = a.ticket_version
         ORDER BY s.seat_id
           FOR UPDATE OF s SKIP LOCKED
    ), admitted AS (
        UPDATE seats s SET status = 'CHECKED_IN'
          FROM locked l WHERE s.seat_id = l.seat_id
        RETURNING s.*
    ), logged AS (
        INSERT INTO entry_logs
            (scan_id, seat_id, presented_seat_id, event_id, ticket_version,
             scanned_by_staff_id, result, admitted, hall_id_presented,
             hall_id_expected)
        SELECT a.scan_id, s.seat_id, s.seat_id::text, s.event_id, s.ticket_version,
               a.staff_id, 'SUCCESS', true, a.hall_id_presented, a.hall_id_expected
          FROM admitted s JOIN asked a ON a.seat_id = s.seat_id
        RETURNING seat_id, scanned_at, hall_id_presented
    )
    SELECT {TICKET_COLUMNS}, e.scanned_at, e.hall_id_presented, true AS same_scan
      FROM admitted s JOIN logged e ON e.seat_id = s.seat_id
    """  # noqa: S608 - put together from constants only
    )
)
