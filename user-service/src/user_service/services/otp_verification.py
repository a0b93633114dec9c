"""One-time codes: asks the SMU API whether they are right.

No transaction is open while it is asked. Before each call an attempt is taken in the
database, and given back when nobody knows how it went.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog
from sqlalchemy import Connection, Row

from service_common.db import Database
from service_common.errors import Busy, Unknown
from user_service.gateways.smu_gateway import CALL_OVER_S, SmuGateway
from user_service.models.otp_challenge import ATTEMPTS_MAX, ChallengeState
from user_service.services.otp_errand import Errand
from user_service.services.otp_statements import (
    COUNT_FAILURE,
    GIVE_ATTEMPT_BACK,
    READ_ATTEMPTS,
    TAKE_ATTEMPT,
    VERIFY,
)
from user_service.services.refusals import OtpNotFound

log = structlog.get_logger()

# How long to wait for attempts under way, which decide what there is to answer.
_ATTEMPTS_WAIT_S = 1.5
_POLL_S = 0.05


class VerifyOutcome(StrEnum):
    """What became of a code."""

    VERIFIED = "VERIFIED"
    INVALID = "INVALID"
    EXPIRED = "EXPIRED"
    EXCEEDED = "EXCEEDED"


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of a code, and how often another may be tried."""

    outcome: VerifyOutcome
    attempts_left: int


class OtpVerification:
    """Finds out whether somebody holds his phone."""

    def __init__(self, database: Database, smu: SmuGateway) -> None:
        self._database = database
        self._smu = smu

    def verify_code(self, errand: Errand, otp_code: str) -> Verification:
        """Check a code; of many at once three at most reach the SMU API."""
        attempt = self._take_attempt(errand)
        if isinstance(attempt, Verification):
            return attempt
        target = {"challenge_id": attempt.challenge_id}
        try:
            right = self._smu.verify_otp(attempt.phone, otp_code)
        except Unknown:
            with self._database.statement() as connection:
                connection.execute(GIVE_ATTEMPT_BACK, target)
            raise
        with self._database.statement() as connection:
            judge = VERIFY if right else COUNT_FAILURE
            row = connection.execute(judge, target).one_or_none()
            if row is None:  # another attempt has decided, or time has
                row = self._read(connection, errand)
        log.info("code_checked", user_id=str(errand.user_id), right=right)
        said = _verification(row)
        if said.outcome is VerifyOutcome.INVALID:
            return self._hear_the_others(errand, said)
        return said

    def _take_attempt(self, errand: Errand) -> Row[Any] | Verification:
        """An attempt, or why there is none any more.

        While others are under way that is open: one of them may be right.
        """
        give_up_at = time.monotonic() + _ATTEMPTS_WAIT_S
        while True:
            with self._database.statement() as connection:
                attempt = connection.execute(
                    TAKE_ATTEMPT, {**errand.names, "call_over_s": CALL_OVER_S}
                ).one_or_none()
                if attempt is not None:
                    return attempt
                row = self._read(connection, errand)
            if row.state != ChallengeState.OPEN or row.run_out:
                return _verification(row)
            if time.monotonic() > give_up_at:
                raise Busy("Another code is being checked. Please try again.")
            time.sleep(_POLL_S)

    def _hear_the_others(self, errand: Errand, said: Verification) -> Verification:
        """What is told of a wrong code, once whoever tried meanwhile is done, too.

        A code is good once: of two who enter it in the same moment one is told by the
        SMU API that it is wrong, though it has just been right.
        """
        give_up_at = time.monotonic() + _ATTEMPTS_WAIT_S
        while time.monotonic() < give_up_at:
            with self._database.statement() as connection:
                row = self._read(connection, errand)
            if row.state == ChallengeState.VERIFIED:
                return _verification(row)
            if row.state != ChallengeState.OPEN or row.attempts <= row.failures:
                break
            time.sleep(_POLL_S)
        return said

    def _read(self, connection: Connection, errand: Errand) -> Row[Any]:
        row = connection.execute(READ_ATTEMPTS, errand.names).one_or_none()
        if row is None:
            raise OtpNotFound
        return row


def _verification(row: Row[Any]) -> Verification:
    if row.state == ChallengeState.VERIFIED:
        return Verification(VerifyOutcome.VERIFIED, 0)
    if row.state == ChallengeState.FAILED:
        return Verification(VerifyOutcome.EXCEEDED, 0)
    if row.run_out or row.state in (ChallengeState.EXPIRED, ChallengeState.WITHDRAWN):
        return Verification(VerifyOutcome.EXPIRED, 0)
    return Verification(VerifyOutcome.INVALID, ATTEMPTS_MAX - row.failures)
