"""The statements that begin a transfer, bring it to an agreement, or end it.

Each move is one compare-and-set on the transfer's row and answers the row after it, or
nothing: then GET_TRANSFER tells how it stands. Whether time is over is judged by the
database's clock alone.
"""

# ruff: noqa: S608 - the statements are put together from constants only

from __future__ import annotations

from sqlalchemy import text

TRANSFER_COLUMNS = """
    t.transfer_id, t.seat_id, t.event_id, t.seller_user_id, t.buyer_user_id,
    t.initiated_by, t.status, t.seller_otp_verified, t.buyer_otp_verified,
    t.credits_amount, t.currency, t.ticket_version, t.completed_version,
    t.failure_reason, t.dispute_reason, t.disputed_by, t.dispute_no, t.reversal_no,
    t.unsettled, t.saga_id, t.sold_order_id, t.bought_order_id, t.reversal_saga_id,
    t.created_at, t.expires_at, t.completed_at, t.disputed_at, t.ended_at
"""
# An agreed transfer owes the swap: it cannot expire, be cancelled or give way.
NOT_AGREED = "t.status IN ('INITIATED', 'PENDING_OTP') AND t.unsettled IS NULL"
# The codes that are under way for it are good for nothing any more.
_FAILED = """
    status = 'FAILED', ended_at = now(), unsettled = 'CODES', unsettled_since = now()
"""

GET_TRANSFER = text(f"""
    SELECT {TRANSFER_COLUMNS}, t.expires_at <= now() AS is_over
      FROM transfers t WHERE t.transfer_id = :transfer_id
""")

# Whoever creates or disputes a transfer of a seat does it alone. The lock has a
# statement of its own, so that what follows sees what its last owner has committed;
# it ends with the transaction. A person's lock makes the count of his transfers exact;
# it is always taken first.
_SEAT_LOCK = "pg_advisory_xact_lock(hashtextextended('seat:' || :seat_id, 0))"
LOCK_SEAT = text(f"SELECT {_SEAT_LOCK}")
LOCK_PERSON_AND_SEAT = text(f"""
    SELECT pg_advisory_xact_lock(hashtextextended('person:' || :user_id, 0)),
           {_SEAT_LOCK}
""")

EXPIRE_OPEN_OF_SEAT = text(f"""
    UPDATE transfers t SET failure_reason = 'TRANSFER_EXPIRED', {_FAILED}
     WHERE t.seat_id = :seat_id AND {NOT_AGREED} AND t.expires_at <= now()
""")

# The one that stands in the way of another of the seat, if any: a disputed one first.
FIND_IN_THE_WAY = text("""
    SELECT * FROM (
        SELECT t.transfer_id, t.status, t.expires_at FROM transfers t
         WHERE t.seat_id = :seat_id AND t.status = 'DISPUTED'
        UNION ALL
        SELECT t.transfer_id, t.status, t.expires_at FROM transfers t
         WHERE t.seat_id = :seat_id AND t.status IN ('INITIATED', 'PENDING_OTP')
    ) t ORDER BY t.status = 'DISPUTED' DESC, t.expires_at LIMIT 1
""")

COUNT_RECENT = text("""
    SELECT count(*) AS begun,
           ceil(extract(epoch FROM min(t.created_at) + interval '1 hour' - now()))
               AS next_in_s
      FROM transfers t
     WHERE t.initiated_by = :user_id AND t.created_at > now() - interval '1 hour'
""")

# With the message that rings when its time is over.
CREATE_TRANSFER = text(f"""
    WITH made AS (
        INSERT INTO transfers
               (transfer_id, seat_id, event_id, seller_user_id, buyer_user_id,
                initiated_by, credits_amount, currency, ticket_version, expires_at)
        VALUES (:transfer_id, :seat_id, :event_id, :seller_id, :buyer_id,
                :initiated_by, :credits_amount, :currency, :ticket_version,
                now() + make_interval(secs => :ttl_s))
        ON CONFLICT (transfer_id) DO NOTHING
        RETURNING *
    ), told AS (
        INSERT INTO transfer_outbox (topic, payload, request_id)
        SELECT 'transfer.offer', jsonb_build_object(
                   'transfer_id', transfer_id,
                   'expires_at', to_char(expires_at AT TIME ZONE 'UTC',
                                         'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')),
               :request_id
          FROM made
    )
    SELECT {TRANSFER_COLUMNS} FROM made t
""")

MARK_OTP_SENT = text(f"""
    UPDATE transfers t SET status = 'PENDING_OTP'
     WHERE t.transfer_id = :transfer_id AND t.status = 'INITIATED'
       AND t.expires_at > now()
    RETURNING {TRANSFER_COLUMNS}
""")

# The second consent makes it agreed. A consent that waited for the other's row lock
# is computed anew from the row as the other has left it.
VERIFY_PARTY = text(f"""
    UPDATE transfers t
       SET seller_otp_verified = t.seller_otp_verified OR :is_seller,
           buyer_otp_verified = t.buyer_otp_verified OR NOT :is_seller,
           unsettled = CASE WHEN (t.seller_otp_verified OR :is_seller)
                             AND (t.buyer_otp_verified OR NOT :is_seller)
                            THEN CAST('SWAP' AS transfer_task) END,
           unsettled_since = CASE WHEN (t.seller_otp_verified OR :is_seller)
                                   AND (t.buyer_otp_verified OR NOT :is_seller)
                                  THEN now() END
     WHERE t.transfer_id = :transfer_id AND t.status = 'PENDING_OTP'
       AND t.unsettled IS NULL AND t.expires_at > now()
    RETURNING {TRANSFER_COLUMNS}
""")

FAIL_TRANSFER = text(f"""
    UPDATE transfers t SET failure_reason = :reason, {_FAILED}
     WHERE t.transfer_id = :transfer_id AND {NOT_AGREED}
    RETURNING {TRANSFER_COLUMNS}
""")

EXPIRE_TRANSFER = text(f"""
    UPDATE transfers t SET failure_reason = 'TRANSFER_EXPIRED', {_FAILED}
     WHERE t.transfer_id = :transfer_id AND {NOT_AGREED} AND t.expires_at <= now()
    RETURNING {TRANSFER_COLUMNS}
""")

EXPIRE_DUE_TRANSFERS = text(f"""
    UPDATE transfers t SET failure_reason = 'TRANSFER_EXPIRED', {_FAILED}
     WHERE t.transfer_id IN (
               SELECT d.transfer_id FROM transfers d
                WHERE d.status IN ('INITIATED', 'PENDING_OTP')
                  AND d.unsettled IS NULL AND d.expires_at <= now()
                ORDER BY d.expires_at LIMIT :limit
                  FOR UPDATE SKIP LOCKED)
    RETURNING t.transfer_id
""")

# Its saga has ended FAILED. Both codes are used up, so nothing is owed any more.
FAIL_SWAP = text(f"""
    UPDATE transfers t
       SET status = 'FAILED', failure_reason = :reason, ended_at = now(),
           unsettled = NULL, unsettled_since = NULL
     WHERE t.transfer_id = :transfer_id AND t.status = 'PENDING_OTP'
       AND t.unsettled = 'SWAP'
    RETURNING {TRANSFER_COLUMNS}
""")
