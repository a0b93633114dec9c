"""One-time codes: asks the SMU API to send them.

No transaction is open while it is asked. Before each call the right to make it is taken
in the database, and given back when nobody knows how it went. Nobody is told that a
code was sent before the SMU API has said so.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import structlog
from sqlalchemy import Connection, Row

from service_common.crash_points import crash_points_around
from service_common.db import Database
from service_common.errors import Busy, Unknown
from user_service.gateways.smu_gateway import CALL_OVER_S, SmuGateway
from user_service.models.otp_challenge import ATTEMPTS_MAX, ChallengeState, OtpPurpose
from user_service.services.otp_errand import Errand
from user_service.services.otp_statements import (
    CLAIM_SENDING,
    EXPIRE,
    GIVE_SENDING_BACK,
    HAS_LEFT,
    OPEN,
    READ,
    READ_PHONE,
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
# How long to wait for who is sending a code: how he fares decides what to answer.
_SENDING_WAIT_S = 1.5
_POLL_S = 0.05
_ERRANDS = {
    OtpPurpose.PURCHASE: "buy tickets for SGD {}",
    OtpPurpose.TRANSFER_SELLER: "hand over your ticket for SGD {}",
    OtpPurpose.TRANSFER_BUYER: "take over a ticket for SGD {}",
}


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenge as it stands; `sent` says whether this call had a code sent."""

    challenge_id: uuid.UUID
    state: ChallengeState
    expires_at: datetime
    attempts_left: int
    sent: bool


class OtpChallenges:
    """Asks somebody to prove that he holds his phone."""

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
        self._times = {
            "ttl_s": ttl_s,
            "resend_s": resend_s,
            "call_over_s": CALL_OVER_S,
        }
        self._codes_max = codes_per_hour_max
        self._address_codes_max = codes_per_address_max

    def open_challenge(
        self, errand: Errand, amount: Decimal, client_address: str | None = None
    ) -> Challenge:
        """Open a challenge and have its code sent, or answer the one there is.

        Who asks while a code is being sent waits for it, and is told to come again when
        that takes long: its sender may have died before it left.
        """
        give_up_at = time.monotonic() + _SENDING_WAIT_S
        while True:
            with self._database.transaction() as connection:
                row = self._find_or_open(connection, errand, amount, client_address)
                claim = self._claim_sending(connection, errand, row, client_address)
                if claim is None:
                    row = self._read(connection, errand)
                    if row.code_due:
                        raise OtpLimitReached
            if claim is not None:
                self._send(errand, row.phone, amount, claim)
                return _challenge(row, claim.expires_at, sent=True)
            if not row.being_sent:
                return _challenge(row, row.expires_at, sent=False)
            if time.monotonic() > give_up_at:
                raise Busy("A code is being sent. Please try again.")
            time.sleep(_POLL_S)

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
        """The right to send a code; None where none is due, or the limits forbid it."""
        return connection.execute(
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

    def _send(
        self, errand: Errand, phone: str, amount: Decimal, claim: Row[Any]
    ) -> None:
        sending = {
            "challenge_id": claim.challenge_id,
            "sending_until": claim.sending_until,
        }
        try:
            with crash_points_around("send_code"):
                self._smu.send_otp(phone, _message(errand.purpose, amount))
        except Unknown:
            with self._database.statement() as connection:
                connection.execute(GIVE_SENDING_BACK, sending)
            raise
        with self._database.statement() as connection:
            connection.execute(HAS_LEFT, sending)
        log.info("code_sent", user_id=str(errand.user_id), purpose=errand.purpose)

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
