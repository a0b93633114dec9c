"""Counts logins that fail, and refuses to try more of them for a while."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from sqlalchemy import text

from service_common.db import Database
from service_common.errors import TooManyRequests

log = structlog.get_logger()

ACCOUNT_ATTEMPTS_MAX = 10
# Behind one address there may be a whole school.
ADDRESS_ATTEMPTS_MAX = 50

# From so many failures on, each doubles the time until the next try: 1, 2, 4 ... s.
SLOW_FROM = 5
_NEVER_SLOW = 1_000_000

# Counted before the password is checked, so that a thousand tries at once are five. At
# the limit the quarter of an hour begins anew: the lock lasts as long as the memory.
_TAKE = text(
    """
    INSERT INTO login_attempts AS known (subject, attempts, forgotten_at)
    VALUES (:subject, 1, now() + interval '15 minutes')
    ON CONFLICT (subject) DO UPDATE
       SET attempts = CASE WHEN known.forgotten_at <= now() THEN 1
                           ELSE known.attempts + 1 END,
           forgotten_at = CASE
               WHEN known.forgotten_at <= now() OR known.attempts + 1 >= :attempts_max
               THEN now() + interval '15 minutes' ELSE known.forgotten_at END,
           next_attempt_at = CASE
               WHEN known.forgotten_at <= now() OR known.attempts + 1 < :slow_from
               THEN now()
               ELSE now() + make_interval(
                   secs => power(2, known.attempts + 1 - :slow_from)) END
     WHERE known.forgotten_at <= now()
        OR (known.attempts < :attempts_max
            AND (known.attempts < :slow_from OR known.next_attempt_at <= now()))
    RETURNING attempts
    """
)
_READ_WAIT = text(
    """
    SELECT greatest(1, ceil(extract(epoch FROM
               CASE WHEN attempts >= :attempts_max THEN forgotten_at
                    ELSE next_attempt_at END - now())))
      FROM login_attempts WHERE subject = :subject
    """
)
# As PostgreSQL compares addresses: no spelling of one is another account here.
_ACCOUNT = text(
    "SELECT 'account:' || encode(sha256(convert_to(lower(:email), 'UTF8')), 'hex')"
)
_FORGET = text("DELETE FROM login_attempts WHERE subject = :subject")
_GIVE_BACK = text(
    """
    UPDATE login_attempts SET attempts = attempts - 1
     WHERE subject = :subject AND attempts > 0
    """
)
_PURGE = text("DELETE FROM login_attempts WHERE forgotten_at <= now()")


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try that is counted already, until it turns out to be good."""

    account: str
    address: str


class LoginGuard:
    """Slow for those who guess, and the same for addresses that nobody has."""

    def __init__(self, database: Database, *, address_attempts_max: int) -> None:
        self._database = database
        self._address_attempts_max = address_attempts_max

    def take(self, email: str, address: str) -> Attempt:
        """Count a try, or RATE_LIMITED with the time to wait.

        The address comes first: one that is locked locks no more accounts.
        """
        subject = f"address:{address}"
        self._count(subject, self._address_attempts_max, slow_from=_NEVER_SLOW)
        with self._database.statement() as connection:
            account = connection.execute(_ACCOUNT, {"email": email}).scalar_one()
        self._count(account, ACCOUNT_ATTEMPTS_MAX, slow_from=SLOW_FROM)
        return Attempt(account, subject)

    def give_back(self, attempt: Attempt) -> None:
        """The password was right: for the address the try never was."""
        with self._database.statement() as connection:
            connection.execute(_GIVE_BACK, {"subject": attempt.address})

    def forget(self, attempt: Attempt) -> None:
        """It was the right person: the account starts anew."""
        with self._database.statement() as connection:
            connection.execute(_FORGET, {"subject": attempt.account})

    def _count(self, subject: str, attempts_max: int, *, slow_from: int) -> None:
        limits = {"subject": subject, "attempts_max": attempts_max}
        with self._database.statement() as connection:
            taken = connection.execute(
                _TAKE, {**limits, "slow_from": slow_from}
            ).scalar_one_or_none()
            if taken is not None:
                return
            wait_s = connection.execute(_READ_WAIT, limits).scalar_one_or_none()
        log.warning("login_refused", subject=subject)
        raise TooManyRequests(
            "Too many failed logins. Please try again later.",
            retry_after_s=int(wait_s or 1),
        )


def purge_login_attempts(database: Database) -> None:
    """Forget what is long ago."""
    with database.statement() as connection:
        connection.execute(_PURGE)
