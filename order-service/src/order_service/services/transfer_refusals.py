"""The ways in which a transfer is refused."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row

from order_service.services.transfer_record import TransferRecord
from service_common.errors import (
    Conflict,
    Gone,
    NotFound,
    Refusal,
    TooManyRequests,
    Unprocessable,
)
from service_common.http_json import format_time

EXPIRED = "TRANSFER_EXPIRED"


def transfer_not_found() -> NotFound:
    """There is no such transfer."""
    return NotFound("There is no such transfer.", code="TRANSFER_NOT_FOUND")


def transfer_id_reused(transfer_id: UUID) -> Unprocessable:
    """The id belongs to another transfer."""
    return Unprocessable(
        "The transfer_id belongs to another transfer.",
        code="TRANSFER_ID_REUSED",
        details={"transfer_id": str(transfer_id)},
    )


def order_id_reused(order_id: UUID) -> Unprocessable:
    """The id belongs to another order."""
    return Unprocessable(
        "The order_id belongs to another order.",
        code="ORDER_ID_REUSED",
        details={"order_id": str(order_id)},
    )


def invalid_state(record: TransferRecord) -> Conflict:
    """The move does not fit the state that the transfer is in."""
    return Conflict(
        "The transfer is not in a state for this.",
        code="TRANSFER_INVALID_STATE",
        details={
            "status": record.status.value,
            "unsettled": record.unsettled and record.unsettled.value,
            "failure_reason": record.failure_reason,
        },
    )


def expired(record: TransferRecord) -> Gone:
    """The time to consent is over."""
    return Gone(
        "The time to consent to this transfer is over.",
        code=EXPIRED,
        details={"expires_at": format_time(record.expires_at)},
    )


def no_consent(record: TransferRecord, *, is_late: bool) -> Refusal:
    """Why a consent, or what leads to it, comes too late or at a wrong moment."""
    if is_late or record.failure_reason == EXPIRED:
        return expired(record)
    return invalid_state(record)


def in_the_way(seat_id: UUID, other: Row[Any]) -> Conflict:
    """Another transfer of the seat has to come to its end first."""
    if other.status == "DISPUTED":
        return Conflict(
            "An earlier transfer of this seat is disputed.",
            code="SEAT_UNAVAILABLE",
            details={
                "seat_ids": [str(seat_id)],
                "transfer_id": str(other.transfer_id),
                "transfer_status": other.status,
            },
        )
    return Conflict(
        "Another transfer of this seat is under way.",
        code="TRANSFER_IN_PROGRESS",
        details={
            "transfer_id": str(other.transfer_id),
            "expires_at": format_time(other.expires_at),
        },
    )


def limit_reached(next_in_s: int) -> TooManyRequests:
    """Too many transfers begun within an hour."""
    return TooManyRequests(
        "You have begun too many transfers within the last hour.",
        code="TRANSFER_LIMIT_REACHED",
        retry_after_s=max(1, next_in_s),
    )
