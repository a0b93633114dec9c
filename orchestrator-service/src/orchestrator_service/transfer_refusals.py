"""What may be refused about transfers, by name."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from orchestrator_service.refusals import OtpAttemptsExceeded, OtpExpired
from service_common.errors import (
    Conflict,
    Forbidden,
    Gone,
    InvalidInput,
    NotFound,
    PaymentRequired,
    Unauthorized,
    Unprocessable,
)

_TOP_UP_URL = "/credits/topup"


class TransferNotFound(NotFound):
    """There is no such transfer."""

    default_code = "TRANSFER_NOT_FOUND"
    default_message = "There is no such transfer."


class NotYourTransfer(Forbidden):
    """Only its two parties have to do with a transfer."""

    default_message = "The transfer is between other people."


class SelfTransfer(InvalidInput):
    """Seller and buyer are one person."""

    default_code = "SELF_TRANSFER"
    default_message = "A ticket cannot be transferred to its owner."


class TransferInvalidState(Conflict):
    """The transfer is past this, or not there yet."""

    default_code = "TRANSFER_INVALID_STATE"
    default_message = "The transfer is not in a state for this."

    def __init__(self, status: str) -> None:
        super().__init__(details={"status": status})


class TransferExpired(Gone):
    """The time to consent is over."""

    default_code = "TRANSFER_EXPIRED"
    default_message = "The time to confirm is over. Nothing was moved."


class TransferClosed(Gone):
    """Transfers end some time before the event."""

    default_code = "TRANSFER_CLOSED"
    default_message = "Tickets of this event can no longer be transferred."

    def __init__(self, closed_at: datetime) -> None:
        super().__init__(details={"closed_at": f"{closed_at:%Y-%m-%dT%H:%M:%SZ}"})


class TransferPriceTooHigh(Unprocessable):
    """The platform caps what a ticket may be resold for."""

    default_code = "TRANSFER_PRICE_TOO_HIGH"
    default_message = "The price is above what this ticket may be resold for."

    def __init__(self, *, price_paid: Decimal, price_cap: Decimal) -> None:
        super().__init__(
            details={"price_paid": f"{price_paid:.2f}", "price_cap": f"{price_cap:.2f}"}
        )


class BuyerHasTooLittle(PaymentRequired):
    """The buyer cannot pay; what he has is told to nobody but himself."""

    default_code = "INSUFFICIENT_CREDITS"
    default_message = "The buyer does not have enough credits."

    def __init__(self, *, required: Decimal, available: Decimal | None) -> None:
        shortfall = None if available is None else f"{required - available:.2f}"
        super().__init__(
            details={
                "required": f"{required:.2f}",
                "available": None if available is None else f"{available:.2f}",
                "shortfall": shortfall,
                "top_up_url": _TOP_UP_URL,
            }
        )


class TransferOtpInvalid(Unauthorized):
    """This party's code is wrong; the other's, when it was right, is remembered."""

    default_code = "OTP_INVALID"
    default_message = "The code is wrong."

    def __init__(self, party: str, attempts_left: int) -> None:
        details = {"party": party, "attempts_left": attempts_left}
        super().__init__(details=details)


class TransferOtpExpired(OtpExpired):
    """This party's code came too late."""

    default_message = "The code has expired. Another was sent."

    def __init__(self, party: str) -> None:
        super().__init__(details={"party": party})


class TransferOtpExceeded(OtpAttemptsExceeded):
    """The third wrong code of a party ends the transfer."""

    default_message = "Too many wrong codes. The transfer has failed."

    def __init__(self, party: str) -> None:
        super().__init__(details={"party": party})


class TicketUsed(Conflict):
    """A ticket that somebody went in with stays with him."""

    default_code = "TICKET_USED"
    default_message = "The ticket was used; the transfer cannot be reversed."

    def __init__(self, seat_id: str) -> None:
        super().__init__(details={"seat_ids": [seat_id]})


class TicketMovedOn(Conflict):
    """The buyer has passed the ticket on; a third person has it in good faith."""

    default_code = "TICKET_MOVED_ON"
    default_message = "The ticket has moved on; the transfer cannot be reversed."

    def __init__(self, seat_id: str) -> None:
        super().__init__(details={"seat_ids": [seat_id]})
