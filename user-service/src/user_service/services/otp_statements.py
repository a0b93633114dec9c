"""The SQL of one-time codes; the database's clock is the only one that counts."""

from __future__ import annotations

from sqlalchemy import text

READ_PHONE = text("SELECT phone FROM users WHERE user_id = :user_id")

# What has expired gives way; nothing else does.
EXPIRE = text(
    """
    UPDATE otp_challenges SET state = 'EXPIRED'
     WHERE state = 'OPEN' AND expires_at <= now()
       AND (phone = :phone OR (user_id = :user_id AND purpose = :purpose
                               AND reference = :reference))
    """
)

# Two unique indexes decide: one open challenge a phone, and one that counts a
# reference. Who comes second waits for the first and then inserts nothing.
OPEN = text(
    """
    INSERT INTO otp_challenges
        (user_id, phone, purpose, reference, amount, client_address, expires_at)
    VALUES (:user_id, :phone, :purpose, :reference, :amount, :client_address,
            now() + make_interval(secs => :ttl_s))
    ON CONFLICT DO NOTHING
    """
)

# Nobody is sending one, and the last, if there was one, left long enough ago.
_CODE_DUE = """(
    state = 'OPEN' AND expires_at > now()
    AND (sending_until IS NULL OR sending_until <= now())
    AND (sent_at IS NULL OR sent_at <= now() - make_interval(secs => :resend_s))
)"""

READ = text(
    f"""
    SELECT challenge_id, phone, amount, state, failures, expires_at,
           state = 'OPEN' AND coalesce(sending_until > now(), false) AS being_sent,
           {_CODE_DUE} AS code_due
      FROM otp_challenges
     WHERE user_id = :user_id AND purpose = :purpose AND reference = :reference
     ORDER BY created_at DESC
     LIMIT 1
    """  # noqa: S608 - put together from constants only
)

# Takes the right to send a code, within the limits: one caller gets it, and then nobody
# until it has left, is given back, or its time is over, because whoever had it is dead.
# A new code is a new span of time; the attempts stay counted.
CLAIM_SENDING = text(
    f"""
    UPDATE otp_challenges
       SET sending_until = clock_timestamp() + make_interval(secs => :call_over_s),
           codes_sent = codes_sent + 1,
           expires_at = now() + make_interval(secs => :ttl_s)
     WHERE challenge_id = :challenge_id AND {_CODE_DUE}
       AND codes_sent < :codes_max
       AND :codes_max > (
           SELECT coalesce(sum(recent.codes_sent), 0) FROM otp_challenges recent
            WHERE (recent.phone = :phone OR recent.user_id = :user_id)
              AND recent.created_at > now() - interval '1 hour')
       AND :address_codes_max > (
           SELECT coalesce(sum(recent.codes_sent), 0) FROM otp_challenges recent
            WHERE recent.client_address = :client_address
              AND recent.created_at > now() - interval '1 hour')
    RETURNING challenge_id, sending_until, expires_at
    """  # noqa: S608 - put together from constants only
)

# The SMU API has taken it. Whoever was slower than his claim has sent one, too.
HAS_LEFT = text(
    """
    UPDATE otp_challenges SET sent_at = now(), sending_until = NULL
     WHERE challenge_id = :challenge_id AND sending_until = :sending_until
    """
)

# The code is not known to have left, so the next caller may send one at once.
GIVE_SENDING_BACK = text(
    """
    UPDATE otp_challenges SET sending_until = NULL, codes_sent = codes_sent - 1
     WHERE challenge_id = :challenge_id AND sending_until = :sending_until
    """
)

READ_ATTEMPTS = text(
    """
    SELECT state, attempts, failures,
           state = 'OPEN' AND expires_at <= now() AS run_out
      FROM otp_challenges
     WHERE user_id = :user_id AND purpose = :purpose AND reference = :reference
     ORDER BY created_at DESC
     LIMIT 1
    """
)

# An attempt is taken before the SMU API is asked: of any number of guesses at once
# three get one, whatever happens to the processes that make them. One that is neither
# judged nor given back when its time is over never was: its process is dead.
TAKE_ATTEMPT = text(
    """
    UPDATE otp_challenges
       SET attempts =
               CASE WHEN checking_until <= now() THEN failures ELSE attempts END + 1,
           checking_until = clock_timestamp() + make_interval(secs => :call_over_s)
     WHERE user_id = :user_id AND purpose = :purpose AND reference = :reference
       AND state = 'OPEN' AND (attempts < 3 OR checking_until <= now())
       AND expires_at > now()
    RETURNING challenge_id, phone
    """
)

# Nobody knows whether the code was right: the attempt never was.
GIVE_ATTEMPT_BACK = text(
    """
    UPDATE otp_challenges SET attempts = attempts - 1
     WHERE challenge_id = :challenge_id AND state = 'OPEN' AND attempts > failures
    """
)

VERIFY = text(
    """
    UPDATE otp_challenges SET state = 'VERIFIED'
     WHERE challenge_id = :challenge_id AND state = 'OPEN'
    RETURNING state, failures, false AS run_out
    """
)

COUNT_FAILURE = text(
    """
    UPDATE otp_challenges
       SET failures = failures + 1,
           attempts = greatest(attempts, failures + 1),
           state = CASE WHEN failures + 1 >= 3 THEN 'FAILED' ELSE state END
     WHERE challenge_id = :challenge_id AND state = 'OPEN'
    RETURNING state, failures, expires_at <= now() AS run_out
    """
)
