"""One-time codes: asks the SMU API to send them and to check them.

No transaction is open while the SMU API is asked. Before each call the right to make it
is taken in the database, and given back when nobody knows how it went.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import structlog
from sqlalchemy import Connection, Row

from service_common.db import Database
from service_common.errors import Busy, Unknown
from user_service.gateways.smu_gateway import SmuGateway
from user_service.models.otp_challenge import ATTEMPTS_MAX, ChallengeState, OtpPurpose
from user_service.services.otp_statements import (
    CLAIM_SENDING,
    COUNT_FAILURE,
    EXPIRE,
    GIVE_ATTEMPT_BACK,
    GIVE_SENDING_BACK,
    OPEN,
    READ,
    READ_PHONE,
    TAKE_ATTEMPT,
    VERIFY,
)
from user_service.services.refusals import (
    OtpLimitReached,
    OtpNotFound,
    OtpReferenceReused,
    PhoneBusy,
    UserNotFound,
)

log = structlog.get_logger()

CODES_PER_HOUR_MAX = 30
# A class or a household shares an address.
CODES_PER_ADDRESS_MAX = 100
# The challenge that was in the way may have ended meanwhile; then it is tried again.
_TRIES_MAX = 3
# How long to wait for attempts under way, which decide what there is to answer.
_ATTEMPTS_WAIT_S = 1.5
_POLL_S = 0.05
_ERRANDS = {
    OtpPurpose.PURCHASE: "buy tickets for SGD {}",
    OtpPurpose.TRANSFER_SELLER: "hand over your ticket for SGD {}",
    OtpPurpose.TRANSFER_BUYER: "take over a ticket for SGD {}",
}


class VerifyOutcome(StrEnum):
    """What became of a code."""

    VERIFIED = "VERIFIED"
    INVALID = "INVALID"
    EXPIRED = "EXPIRED"
    EXCEEDED = "EXCEEDED"


@dataclass(frozen=True, slots=True)
class Errand:
    """What somebody has to prove himself for."""

    user_id: uuid.UUID
    purpose: OtpPurpose
    reference: str

    @property
    def names(self) -> dict[str, object]:
        """As the statements know it."""
        return {
            "user_id": self.user_id,
            "purpose": self.purpose,
            "reference": self.reference,
        }


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenge as it stands; `sent` says whether this call had a code sent."""

    challenge_id: uuid.UUID
    state: ChallengeState
    expires_at: datetime
    attempts_left: int
    sent: bool


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of a code, and how often another may be tried."""

    outcome: VerifyOutcome
    attempts_left: int


class OtpService:
    """Proves that somebody holds his phone."""

    def __init__(
        self,
        database: Database,
        smu: SmuGateway,
        *,
        ttl_s: int,
        resend_s: int,
        codes_per_hour_max: int = CODES_PER_HOUR_MAX,
        codes_per_address_max: int = CODES_PER_ADDRESS_MAX,
    ) -> None:
        self._database = database
        self._smu = smu
        self._times = {"ttl_s": ttl_s, "resend_s": resend_s}
        self._codes_max = codes_per_hour_max
        self._address_codes_max = codes_per_address_max

    def open_challenge(
        self, errand: Errand, amount: Decimal, client_address: str | None = None
    ) -> Challenge:
        """Open a challenge and have its code sent, or answer the one there is."""
        with self._database.transaction() as connection:
            row = self._find_or_open(connection, errand, amount, client_address)
            claim = self._claim_sending(connection, errand, row, client_address)
        if claim is None:
            return _challenge(row, row.expires_at, sent=False)
        self._send(errand, row, amount, claim.sent_at)
        return _challenge(row, claim.expires_at, sent=True)

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

    def _find_or_open(
        self,
        connection: Connection,
        errand: Errand,
        amount: Decimal,
        client_address: str | None,
    ) -> Row[Any]:
        phone = connection.execute(READ_PHONE, errand.names).scalar_one_or_none()
        if phone is None:
            raise UserNotFound
        wanted = {
            **errand.names,
            **self._times,
            "phone": phone,
            "amount": amount,
            "client_address": client_address,
        }
        for _ in range(_TRIES_MAX):
            connection.execute(EXPIRE, wanted)
            opened = connection.execute(OPEN, wanted).rowcount
            row = connection.execute(READ, wanted).one_or_none()
            if row is not None and row.state != ChallengeState.EXPIRED:
                # One that was withdrawn before it was opened knows of no amount.
                if row.state != ChallengeState.WITHDRAWN and row.amount != amount:
                    raise OtpReferenceReused
                return row
            if not opened:
                raise PhoneBusy
        raise Busy("The phone's codes keep changing. Please try again.")

    def _claim_sending(
        self,
        connection: Connection,
        errand: Errand,
        row: Row[Any],
        client_address: str | None,
    ) -> Row[Any] | None:
        if row.state != ChallengeState.OPEN or not row.resend_due:
            return None
        claim = connection.execute(
            CLAIM_SENDING,
            {
                **errand.names,
                **self._times,
                "challenge_id": row.challenge_id,
                "phone": row.phone,
                "codes_max": self._codes_max,
                "client_address": client_address,
                "address_codes_max": self._address_codes_max,
            },
        ).one_or_none()
        if claim is not None:
            return claim
        if self._read(connection, errand).resend_due:
            raise OtpLimitReached
        return None  # another request is sending one at this moment

    def _send(
        self, errand: Errand, row: Row[Any], amount: Decimal, sent_at: datetime
    ) -> None:
        try:
            self._smu.send_otp(row.phone, _message(errand.purpose, amount))
        except Unknown:
            with self._database.statement() as connection:
                connection.execute(
                    GIVE_SENDING_BACK,
                    {"challenge_id": row.challenge_id, "sent_at": sent_at},
                )
            raise
        log.info("code_sent", user_id=str(errand.user_id), purpose=errand.purpose)

    def _take_attempt(self, errand: Errand) -> Row[Any] | Verification:
        """An attempt, or why there is none any more.

        While others are under way that is open: one of them may be right.
        """
        give_up_at = time.monotonic() + _ATTEMPTS_WAIT_S
        while True:
            with self._database.statement() as connection:
                attempt = connection.execute(TAKE_ATTEMPT, errand.names).one_or_none()
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
        row = connection.execute(READ, {**errand.names, **self._times}).one_or_none()
        if row is None:
            raise OtpNotFound
        return row


def _message(purpose: OtpPurpose, amount: Decimal) -> str:
    """What the phone shows before the code: a code given away names its price."""
    errand = _ERRANDS[purpose].format(f"{amount:.2f}")
    return f"TicketRemaster: your code to {errand}. Share it with nobody. Code:"


def _challenge(row: Row[Any], expires_at: datetime, *, sent: bool) -> Challenge:
    open_ = row.state == ChallengeState.OPEN
    return Challenge(
        challenge_id=row.challenge_id,
        state=ChallengeState(row.state),
        expires_at=expires_at,
        attempts_left=ATTEMPTS_MAX - row.failures if open_ else 0,
        sent=sent,
    )


def _verification(row: Row[Any]) -> Verification:
    if row.state == ChallengeState.VERIFIED:
        return Verification(VerifyOutcome.VERIFIED, 0)
    if row.state == ChallengeState.FAILED:
        return Verification(VerifyOutcome.EXCEEDED, 0)
    if row.run_out or row.state in (ChallengeState.EXPIRED, ChallengeState.WITHDRAWN):
        return Verification(VerifyOutcome.EXPIRED, 0)
    return Verification(VerifyOutcome.INVALID, ATTEMPTS_MAX - row.failures)
