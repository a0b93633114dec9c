"""The order service's transfers in memory: one row, moved as the real one is."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

from fakes.participants import NOW
from orchestrator_service.clients.transfer_client import (
    Offer,
    Party,
    Task,
    Transfer,
    TransferStatus,
)
from orchestrator_service.clients.user_client import OtpChallenge, OtpOutcome, Risk
from orchestrator_service.transfer_refusals import (
    TransferInvalidState,
    TransferNotFound,
)
from service_common.errors import AppError

SEAT_ID = "0d9f5a5e-6b1c-4d5e-8a52-3f6f54a0d001"
EVENT_ID = "0d9f5a5e-6b1c-4d5e-8a52-3f6f54a0d002"
SELLER_ID = "0d9f5a5e-6b1c-4d5e-8a52-3f6f54a0d003"
BUYER_ID = "0d9f5a5e-6b1c-4d5e-8a52-3f6f54a0d004"
TRANSFER_ID = "0d9f5a5e-6b1c-4d5e-8a52-3f6f54a0d005"


def a_transfer(status: TransferStatus = TransferStatus.PENDING_OTP) -> Transfer:
    """One between the two, for 10.00."""
    return Transfer(
        transfer_id=TRANSFER_ID,
        seat_id=SEAT_ID,
        event_id=EVENT_ID,
        seller_id=SELLER_ID,
        buyer_id=BUYER_ID,
        status=status,
        seller_otp_verified=False,
        buyer_otp_verified=False,
        credits_amount="10.00",
        currency="SGD",
        ticket_version=1,
        completed_version=None,
        failure_reason=None,
        dispute_reason=None,
        dispute_no=0,
        reversal_no=0,
        unsettled=None,
        created_at=NOW.isoformat(),
        expires_at=(NOW + timedelta(minutes=10)).isoformat(),
        completed_at=None,
    )


@dataclass
class FakeTransfers:
    """At most one transfer."""

    row: Transfer | None = None
    settled: list[tuple[Task, int]] = field(default_factory=list)

    def create(self, offer: Offer) -> Transfer:
        if self.row is None:
            given = asdict(offer)
            given.pop("initiated_by")
            self.row = replace(a_transfer(TransferStatus.INITIATED), **given)
        return self.row

    def get(self, _transfer_id: str) -> Transfer:
        if self.row is None:
            raise TransferNotFound
        return self.row

    def mark_otp_sent(self, transfer_id: str) -> Transfer:
        return self._become(transfer_id, status=TransferStatus.PENDING_OTP)

    def record_consent(self, transfer_id: str, party: Party) -> Transfer:
        flag = f"{party.lower()}_otp_verified"
        row = self._become(transfer_id, **{flag: True})
        if row.seller_otp_verified and row.buyer_otp_verified:
            return self._become(transfer_id, unsettled=Task.SWAP)
        return row

    def fail(self, transfer_id: str, reason: str) -> Transfer:
        row = self.get(transfer_id)
        if row.is_agreed or row.status is TransferStatus.COMPLETED:
            raise TransferInvalidState(row.status)
        return self._become(
            transfer_id,
            status=TransferStatus.FAILED,
            failure_reason=reason,
            unsettled=Task.CODES,
        )

    def fail_swap(self, transfer_id: str, reason: str) -> Transfer:
        return self._become(
            transfer_id,
            status=TransferStatus.FAILED,
            failure_reason=reason,
            unsettled=None,
        )

    def mark_settled(self, transfer_id: str, task: Task, number: int) -> Transfer:
        self.settled.append((task, number))
        return self._become(transfer_id, unsettled=None)

    def _become(self, transfer_id: str, **changes: object) -> Transfer:
        self.row = replace(self.get(transfer_id), **changes)  # type: ignore[arg-type]
        return self.row


@dataclass
class FakePhones:
    """The user service: what the buyer has, and the codes of both."""

    balance: str = "100.00"
    send_failure: AppError | None = None
    outcomes: dict[str, tuple[OtpOutcome, int]] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)

    def get_risk(self, _user_id: str) -> Risk:
        return Risk(
            is_flagged=False,
            credit_balance=Decimal(self.balance),
            otp_verified=False,
        )

    def send_otp(self, challenge: OtpChallenge, amount: str, _address: str) -> None:
        assert Decimal(amount) > 0
        if self.send_failure:
            raise self.send_failure
        self.sent.append(challenge.purpose)

    def verify_otp(
        self, challenge: OtpChallenge, _otp_code: str
    ) -> tuple[OtpOutcome, int]:
        return self.outcomes.get(challenge.purpose, (OtpOutcome.VERIFIED, 3))

    def withdraw_otp(self, challenge: OtpChallenge) -> None:
        self.withdrawn.append(challenge.purpose)
