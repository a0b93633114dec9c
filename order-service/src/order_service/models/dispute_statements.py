"""The statements of a dispute over a completed transfer, and of what is settled."""

# ruff: noqa: S608 - the statements are put together from constants only

from __future__ import annotations

from sqlalchemy import text

from order_service.models.transfer_statements import NOT_AGREED, TRANSFER_COLUMNS

DISPUTE_TRANSFER = text(f"""
    UPDATE transfers t
       SET status = 'DISPUTED', dispute_reason = :reason, disputed_by = :user_id,
           disputed_at = now(), dispute_no = t.dispute_no + 1,
           unsettled = 'FREEZE', unsettled_since = now()
     WHERE t.transfer_id = :transfer_id AND t.status = 'COMPLETED'
       AND t.unsettled IS NULL
    RETURNING {TRANSFER_COLUMNS}
""")

FAIL_OPEN_OF_SEAT = text(f"""
    UPDATE transfers t
       SET status = 'FAILED', failure_reason = 'TICKET_DISPUTED', ended_at = now(),
           unsettled = 'CODES', unsettled_since = now()
     WHERE t.seat_id = :seat_id AND {NOT_AGREED}
    RETURNING t.transfer_id
""")

UPHOLD_TRANSFER = text(f"""
    UPDATE transfers t
       SET status = 'COMPLETED', unsettled = 'UNFREEZE', unsettled_since = now()
     WHERE t.transfer_id = :transfer_id AND t.status = 'DISPUTED'
       AND t.unsettled IS NULL
    RETURNING {TRANSFER_COLUMNS}
""")

BEGIN_REVERSAL = text(f"""
    UPDATE transfers t
       SET reversal_no = t.reversal_no + 1,
           unsettled = 'REVERSE', unsettled_since = now()
     WHERE t.transfer_id = :transfer_id AND t.status = 'DISPUTED'
       AND t.unsettled IS NULL
    RETURNING {TRANSFER_COLUMNS}
""")

# Only this very task: a report that comes late must not clear what is owed since.
SETTLE_TASK = text(f"""
    UPDATE transfers t SET unsettled = NULL, unsettled_since = NULL
     WHERE t.transfer_id = :transfer_id
       AND t.unsettled = CAST(:task AS transfer_task)
       AND :number = CASE t.unsettled WHEN 'FREEZE' THEN t.dispute_no
                                      WHEN 'UNFREEZE' THEN t.dispute_no
                                      WHEN 'REVERSE' THEN t.reversal_no ELSE 0 END
    RETURNING {TRANSFER_COLUMNS}
""")
