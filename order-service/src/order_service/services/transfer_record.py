"""A transfer as it is asked for and as it is answered."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from order_service.models import Party, TransferStatus, TransferTask


@dataclass(frozen=True, slots=True)
class NewTransfer:
    """What one person offers another."""

    transfer_id: uuid.UUID
    seat_id: uuid.UUID
    event_id: uuid.UUID
    seller_id: uuid.UUID
    buyer_id: uuid.UUID
    initiated_by: uuid.UUID
    credits_amount: Decimal
    currency: str
    ticket_version: int

    def as_parameters(self) -> dict[str, Any]:
        """The parameters of CREATE_TRANSFER that come from the request."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class TransferRecord:
    """A transfer as it stands."""

    transfer_id: uuid.UUID
    seat_id: uuid.UUID
    event_id: uuid.UUID
    seller_id: uuid.UUID
    buyer_id: uuid.UUID
    initiated_by: uuid.UUID
    status: TransferStatus
    seller_otp_verified: bool
    buyer_otp_verified: bool
    credits_amount: Decimal
    currency: str
    ticket_version: int
    completed_version: int | None
    failure_reason: str | None
    dispute_reason: str | None
    disputed_by: uuid.UUID | None
    dispute_no: int
    reversal_no: int
    unsettled: TransferTask | None
    saga_id: uuid.UUID | None
    sold_order_id: uuid.UUID | None
    bought_order_id: uuid.UUID | None
    reversal_saga_id: uuid.UUID | None
    created_at: datetime
    expires_at: datetime
    completed_at: datetime | None
    disputed_at: datetime | None
    ended_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it is neither completed nor failed."""
        return self.status in (TransferStatus.INITIATED, TransferStatus.PENDING_OTP)

    @property
    def is_agreed(self) -> bool:
        """Whether both have consented and the swap is owed."""
        return self.unsettled is TransferTask.SWAP

    def has_consent_of(self, party: Party) -> bool:
        """Whether this party's code was right."""
        if party is Party.SELLER:
            return self.seller_otp_verified
        return self.buyer_otp_verified

    def has_content_of(self, new: NewTransfer) -> bool:
        """Whether it was made by this very request."""
        return all(
            getattr(self, field) == value
            for field, value in new.as_parameters().items()
        )


def transfer_of(row: Row[Any]) -> TransferRecord:
    """The transfer in a row with TRANSFER_COLUMNS."""
    found = row._mapping  # noqa: SLF001 - the documented way to a row by its names
    return TransferRecord(
        transfer_id=row.transfer_id,
        seller_id=row.seller_user_id,
        buyer_id=row.buyer_user_id,
        status=TransferStatus(row.status),
        unsettled=row.unsettled and TransferTask(row.unsettled),
        **{field: found[field] for field in _AS_THEY_ARE},
    )


_AS_THEY_ARE = tuple(
    field
    for field in TransferRecord.__dataclass_fields__
    if field not in ("transfer_id", "seller_id", "buyer_id", "status", "unsettled")
)
