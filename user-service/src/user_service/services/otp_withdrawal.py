"""Withdraws one-time codes that nobody shall enter any more."""

from __future__ import annotations

import structlog
from sqlalchemy import text

from service_common.db import Database
from service_common.errors import Busy
from user_service.models.otp_challenge import ChallengeState
from user_service.services.otp_errand import Errand

log = structlog.get_logger()

# A code that is being checked at this moment changes a challenge only while it is open.
_WITHDRAW = text(
    """
    UPDATE otp_challenges SET state = 'WITHDRAWN'
     WHERE user_id = :user_id AND purpose = :purpose AND reference = :reference
       AND state = 'OPEN'
    """
)

# Where none counts for this reference one is put that was never open, so that a request
# which is still on its way finds it. Who is just opening one is waited for.
_FORBID = text(
    """
    INSERT INTO otp_challenges
        (user_id, phone, purpose, reference, amount, state, expires_at)
    SELECT user_id, phone, :purpose, :reference, 0, 'WITHDRAWN', now()
      FROM users
     WHERE user_id = :user_id
    ON CONFLICT DO NOTHING
    """
)
_READ_STATE = text(
    """
    SELECT state FROM otp_challenges
     WHERE user_id = :user_id AND purpose = :purpose AND reference = :reference
       AND state <> 'EXPIRED'
    """
)
# One that was opened between two looks is there at the next.
_TRIES_MAX = 3


class OtpWithdrawal:
    """Ends challenges whose order or transfer has ended."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def withdraw(self, errand: Errand) -> ChallengeState:
        """Withdraw what is open and keep it from being opened; never refused.

        Returns WITHDRAWN, or how it had ended. Nobody can ask for a code for a user who
        does not exist, so for him there is nothing to keep.
        """
        with self._database.statement() as connection:
            for _ in range(_TRIES_MAX):
                connection.execute(_WITHDRAW, errand.names)
                connection.execute(_FORBID, errand.names)
                state = connection.execute(
                    _READ_STATE, errand.names
                ).scalar_one_or_none()
                if state != ChallengeState.OPEN:
                    log.info("code_withdrawn", user_id=str(errand.user_id), state=state)
                    return ChallengeState(state or ChallengeState.WITHDRAWN)
        raise Busy("A code is being asked for. Please try again.")
