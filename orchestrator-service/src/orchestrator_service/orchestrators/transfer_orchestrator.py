"""Scenario 2: a ticket goes from one person to another, and both consent."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import structlog

from orchestrator_service.clients.transfer_client import (
    Offer,
    Party,
    Transfer,
    TransferClient,
    TransferStatus,
)
from orchestrator_service.clients.user_client import OtpOutcome, UserClient
from orchestrator_service.orchestrators.transfer_access import (
    Viewer,
    read_transfer,
)
from orchestrator_service.orchestrators.transfer_checks import (
    Proposal,
    TransferChecks,
)
from orchestrator_service.orchestrators.transfer_settlement import (
    TransferSettlement,
    challenge_of,
)
from orchestrator_service.refusals import SeatNotSold
from orchestrator_service.saga.drive import Result
from orchestrator_service.saga.log import SagaState
from orchestrator_service.transfer_refusals import (
    BuyerHasTooLittle,
    TransferExpired,
    TransferInvalidState,
    TransferOtpExceeded,
    TransferOtpExpired,
    TransferOtpInvalid,
)
from service_common.errors import AppError, Conflict, Refusal

log = structlog.get_logger()

CURRENCY = "SGD"
# How long a second confirmation waits for the swap that the first has begun.
_JOIN_WAIT_S = 1.5


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A transfer after a confirmation; `pending`: recovery finishes the swap."""

    transfer: Transfer
    pending: bool = False


class TransferOrchestrator:
    """Initiate, confirm, cancel."""

    def __init__(
        self,
        *,
        checks: TransferChecks,
        users: UserClient,
        transfers: TransferClient,
        settlement: TransferSettlement,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._checks = checks
        self._users = users
        self._transfers = transfers
        self._settlement = settlement
        self._now = now

    def initiate(
        self, caller_id: str, proposal: Proposal, client_address: str
    ) -> Transfer:
        """Steps 1 to 4: check, write it down, send both a code.

        Refusals: SELF_TRANSFER, FORBIDDEN, SEAT_NOT_FOUND, SEAT_UNAVAILABLE,
        NOT_SEAT_OWNER, EVENT_ENDED, TRANSFER_CLOSED, TRANSFER_PRICE_TOO_HIGH,
        USER_NOT_FOUND, INSUFFICIENT_CREDITS, TRANSFER_IN_PROGRESS,
        TRANSFER_LIMIT_REACHED, OTP_LIMIT_REACHED, PHONE_BUSY.
        """
        owner = self._checks.look_at(caller_id, proposal)
        transfer = self._transfers.create(
            Offer(
                transfer_id=proposal.transfer_id or str(uuid.uuid4()),
                seat_id=proposal.seat_id,
                event_id=owner.event_id,
                seller_id=proposal.seller_id,
                buyer_id=proposal.buyer_id,
                initiated_by=caller_id,
                credits_amount=f"{proposal.amount:.2f}",
                currency=CURRENCY,
                ticket_version=owner.ticket_version,
            )
        )
        if transfer.status is TransferStatus.FAILED:
            raise TransferInvalidState(transfer.status)
        if transfer.status is not TransferStatus.INITIATED:
            return transfer  # a repeat of one that went through
        return self._send_codes(
            transfer, client_address, is_repeatable=proposal.transfer_id is not None
        )

    def confirm(
        self,
        viewer: Viewer,
        transfer_id: str,
        codes: Mapping[Party, str],
        client_address: str,
    ) -> Confirmation:
        """Steps 5 to 8: whoever's code is right has consented; with both, swap.

        Refusals: TRANSFER_NOT_FOUND, FORBIDDEN, TRANSFER_INVALID_STATE,
        TRANSFER_EXPIRED, EVENT_ENDED, OTP_INVALID, OTP_EXPIRED; with
        OTP_ATTEMPTS_EXCEEDED and with what turns the swap back (INSUFFICIENT_CREDITS,
        NOT_SEAT_OWNER, SEAT_UNAVAILABLE) the transfer is FAILED.
        """
        transfer = read_transfer(self._transfers, viewer, transfer_id)
        if not transfer.is_agreed:
            self._must_await_codes(transfer)
            transfer = self._take_codes(transfer, codes, client_address)
        if not transfer.is_agreed:
            return Confirmation(transfer)
        return self._swap(viewer, transfer)

    def cancel(self, viewer: Viewer, transfer_id: str) -> Transfer:
        """Either party changes his mind. TRANSFER_INVALID_STATE once both agreed."""
        transfer = read_transfer(self._transfers, viewer, transfer_id)
        failed = self._transfers.fail(transfer.transfer_id, "CANCELLED")
        self._settlement.settle_quietly(failed)
        return failed

    def _send_codes(
        self, transfer: Transfer, client_address: str, *, is_repeatable: bool
    ) -> Transfer:
        try:
            for party in Party:
                self._users.send_otp(
                    challenge_of(transfer, party),
                    transfer.credits_amount,
                    client_address,
                )
        except AppError as error:
            # A caller with a key comes again, finds it, and has the codes sent then.
            if not is_repeatable or isinstance(error, Refusal):
                self._give_up_quietly(transfer, error.code)
            raise
        return self._transfers.mark_otp_sent(transfer.transfer_id)

    def _give_up_quietly(self, transfer: Transfer, code: str) -> None:
        """A courtesy: it would expire anyway, but the seat is wanted now."""
        try:
            failed = self._transfers.fail(transfer.transfer_id, code)
        except AppError as error:
            log.warning(
                "transfer_left_to_expire",
                transfer_id=transfer.transfer_id,
                code=error.code,
            )
        else:
            self._settlement.settle_quietly(failed)

    def _must_await_codes(self, transfer: Transfer) -> None:
        if transfer.failure_reason == TransferExpired.default_code:
            raise TransferExpired
        if transfer.status is not TransferStatus.PENDING_OTP:
            raise TransferInvalidState(transfer.status)
        if datetime.fromisoformat(transfer.expires_at) <= self._now():
            raise TransferExpired
        self._checks.must_be_open(transfer.event_id)

    def _take_codes(
        self, transfer: Transfer, codes: Mapping[Party, str], client_address: str
    ) -> Transfer:
        """Remember every consent before a wrong code of the other is answered."""
        refusal: Refusal | None = None
        for party, code in codes.items():
            if transfer.has_consent_of(party):
                continue
            challenge = challenge_of(transfer, party)
            outcome, attempts_left = self._users.verify_otp(challenge, code)
            if outcome is OtpOutcome.VERIFIED:
                transfer = self._transfers.record_consent(transfer.transfer_id, party)
            elif outcome is OtpOutcome.EXCEEDED:
                self._end_for_guessing(transfer)
                raise TransferOtpExceeded(party)
            elif outcome is OtpOutcome.EXPIRED:
                self._send_another_quietly(transfer, party, client_address)
                refusal = refusal or TransferOtpExpired(party)
            else:
                refusal = refusal or TransferOtpInvalid(party, attempts_left)
        if refusal is not None:
            raise refusal
        return transfer

    def _send_another_quietly(
        self, transfer: Transfer, party: Party, client_address: str
    ) -> None:
        challenge = challenge_of(transfer, party)
        try:
            self._users.send_otp(challenge, transfer.credits_amount, client_address)
        except AppError as error:
            log.warning(
                "code_not_sent_again",
                transfer_id=transfer.transfer_id,
                code=error.code,
            )

    def _end_for_guessing(self, transfer: Transfer) -> None:
        try:
            failed = self._transfers.fail(
                transfer.transfer_id, TransferOtpExceeded.default_code
            )
        except Conflict:
            return  # it has ended otherwise at this very moment
        self._settlement.settle_quietly(failed)

    def _swap(self, viewer: Viewer, transfer: Transfer) -> Confirmation:
        result = self._settlement.swap(transfer, join_wait_s=_JOIN_WAIT_S)
        if result.state is SagaState.FAILED:
            raise _swap_refusal(result, transfer, viewer)
        ended = self._transfers.get(transfer.transfer_id)
        return Confirmation(ended, pending=result.state is not SagaState.DONE)


def _swap_refusal(result: Result, transfer: Transfer, viewer: Viewer) -> AppError:
    """What turned the swap back, in the words of the public contract."""
    error = result.error(unanswered="The transfer could not be made; nothing moved.")
    if error.code == "CLAIM_REVOKED":
        return SeatNotSold(transfer.seat_id, "SOLD")
    too_little = error.code == BuyerHasTooLittle.default_code
    if too_little and viewer.user_id != transfer.buyer_id:
        return BuyerHasTooLittle(
            required=Decimal(transfer.credits_amount), available=None
        )
    return error
