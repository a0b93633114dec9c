"""The orchestrator's own refusals, by their names."""

from __future__ import annotations

from collections.abc import Sequence

from service_common.errors import (
    Conflict,
    Forbidden,
    Gone,
    NotFound,
    TooManyRequests,
    Unauthorized,
)
from service_common.errors import PreconditionRequired as _PreconditionRequired


class SeatNotFound(NotFound):
    """There is no such seat on sale."""

    default_code = "SEAT_NOT_FOUND"
    default_message = "There is no such seat."


class EventNotFound(NotFound):
    """There is no such event on sale."""

    default_code = "EVENT_NOT_FOUND"
    default_message = "There is no such event."


class OrderNotFound(NotFound):
    """There is no such order."""

    default_code = "ORDER_NOT_FOUND"
    default_message = "There is no such order."


class SagaNotFound(NotFound):
    """There is no such saga."""

    default_code = "SAGA_NOT_FOUND"
    default_message = "There is no such saga."


class EventEnded(Gone):
    """Seats are sold until the event begins."""

    default_code = "EVENT_ENDED"
    default_message = "The event is over; its seats are no longer sold."


class HoldExpired(Gone):
    """The time to pay is over, or the seats were given back."""

    default_code = "HOLD_EXPIRED"
    default_message = "The seats are no longer held for you. Nothing was charged."

    def __init__(self, seat_ids: Sequence[str]) -> None:
        details = {"seat_ids": list(seat_ids)}
        if len(seat_ids) == 1:
            details |= {"seat_id": seat_ids[0]}  # type: ignore[dict-item]
        super().__init__(details=details)


class PaymentInProgress(Conflict):
    """Another request is paying for this order."""

    default_code = "PAYMENT_IN_PROGRESS"
    default_message = "A payment for this order is under way."

    def __init__(self) -> None:
        super().__init__(retry_after_s=1)


class SeatAlreadySold(Conflict):
    """The order is paid; its seats cannot be given back this way."""

    default_code = "SEAT_ALREADY_SOLD"
    default_message = "The seats are sold."


class NotYourOrder(Forbidden):
    """The order belongs to somebody else."""

    default_message = "The order belongs to somebody else."


class OtpInvalid(Unauthorized):
    """The code is wrong."""

    default_code = "OTP_INVALID"
    default_message = "The code is wrong."

    def __init__(self, attempts_left: int) -> None:
        super().__init__(details={"attempts_left": attempts_left})


class OtpExpired(Gone):
    """The code came too late."""

    default_code = "OTP_EXPIRED"
    default_message = "The code has expired. Reserve again to get another."


class OtpAttemptsExceeded(TooManyRequests):
    """The third wrong code ends the reservation."""

    default_code = "OTP_ATTEMPTS_EXCEEDED"
    default_message = "Too many wrong codes. The seats are free again."


class NotSeatOwner(Forbidden):
    """The ticket belongs to somebody else."""

    default_code = "NOT_SEAT_OWNER"
    default_message = "The ticket belongs to somebody else."


class SeatNotSold(Conflict):
    """There is no ticket for the seat, or it was used."""

    default_code = "SEAT_UNAVAILABLE"
    default_message = "The seat has no ticket that could be shown."

    def __init__(self, seat_id: str, status: str) -> None:
        super().__init__(details={"seat_ids": [seat_id], "status": status})


class OtpRequired(_PreconditionRequired):
    """A flagged buyer has to prove himself before he pays."""

    default_code = "OTP_REQUIRED"
    default_message = "Enter the code that was sent to your phone first."

    def __init__(self, reference_id: str) -> None:
        super().__init__(details={"reference_id": reference_id})
