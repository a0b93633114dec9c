"""What the user service refuses, by name."""

from __future__ import annotations

from decimal import Decimal

from service_common.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    PaymentRequired,
    PreconditionRequired,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    Unprocessable,
)

TOP_UP_URL = "/credits/topup"


class UserNotFound(NotFound):
    """Nobody has this id."""

    default_code = "USER_NOT_FOUND"
    default_message = "There is no such user."


class EmailTaken(Conflict):
    """Another account has the address."""

    default_code = "EMAIL_TAKEN"
    default_message = "There is already an account with this e-mail address."


class InvalidCredentials(Unauthorized):
    """The address or the password is wrong, and nobody learns which."""

    default_code = "INVALID_CREDENTIALS"
    default_message = "The e-mail address or the password is wrong."


class TokenReused(Unauthorized):
    """A refresh token came a second time: one of the two senders is a thief."""

    default_code = "TOKEN_REUSED"
    default_message = "This refresh token was used before. Please sign in again."


class RefreshTokenExpired(Unauthorized):
    """The refresh token's time is over."""

    default_code = "TOKEN_EXPIRED"
    default_message = "The refresh token has expired. Please sign in again."


class RefreshTokenUnknown(Unauthorized):
    """The refresh token was never issued, or its family is revoked."""

    default_message = "A valid refresh token is needed."


class InsufficientCredits(PaymentRequired):
    """The balance does not cover the amount."""

    default_code = "INSUFFICIENT_CREDITS"
    default_message = "There are not enough credits."

    def __init__(self, *, required: Decimal, available: Decimal) -> None:
        super().__init__(
            details={
                "required": f"{required:.2f}",
                "available": f"{available:.2f}",
                "shortfall": f"{required - available:.2f}",
                "top_up_url": TOP_UP_URL,
            }
        )


class OtpRequired(PreconditionRequired):
    """Who is flagged pays nothing before he has entered the code for it."""

    default_code = "OTP_REQUIRED"
    default_message = "Enter the code that was sent to your phone first."

    def __init__(self, reference_id: str) -> None:
        super().__init__(details={"reference_id": reference_id})


class OperationReversed(Conflict):
    """The operation was undone, before or after it arrived."""

    default_code = "OPERATION_REVERSED"
    default_message = "This operation has been reversed."


class OperationKeyReused(Unprocessable):
    """The key names another movement: another user, amount or direction."""

    default_code = "OPERATION_KEY_REUSED"
    default_message = "The operation key was used for another movement."


class CreditLimitExceeded(Conflict):
    """More credits than one account can hold."""

    default_code = "CREDIT_LIMIT_EXCEEDED"
    default_message = "An account cannot hold that many credits."


class RefundDoesNotFit(Unavailable):
    """The account is full, so its refund has to wait; a refund is never refused."""

    default_code = "CREDIT_LIMIT_EXCEEDED"
    default_message = "The account is full; the refund fits once credits are spent."


class OtpNotFound(NotFound):
    """Nobody was asked for a code for this."""

    default_code = "OTP_NOT_FOUND"
    default_message = "No one-time code was sent for this."


class OtpLimitReached(TooManyRequests):
    """As many codes as a phone gets in an hour."""

    default_code = "OTP_LIMIT_REACHED"
    default_message = "Too many one-time codes were sent. Please try again later."


class OtpReferenceReused(Unprocessable):
    """The code for this order or transfer names another amount."""

    default_code = "OTP_REFERENCE_REUSED"
    default_message = "A one-time code for another amount was sent for this."


class PhoneBusy(Conflict):
    """A code for something else is on its way to this phone."""

    default_code = "PHONE_BUSY"
    default_message = "This phone was just sent a one-time code for something else."


class TopupNotFound(NotFound):
    """There is no such top-up, or it is somebody else's."""

    default_code = "TOPUP_NOT_FOUND"
    default_message = "There is no such top-up."


class InvalidSignature(InvalidInput):
    """Not Stripe's signature over this body, or one of long ago."""

    default_code = "INVALID_SIGNATURE"
    default_message = "The signature is not valid."


class MfaAlreadyEnabled(Conflict):
    """The account has a second factor."""

    default_code = "MFA_ALREADY_ENABLED"
    default_message = "Two-factor login is on already."


class MfaNotEnrolled(Conflict):
    """There is no secret that a code could belong to."""

    default_code = "MFA_NOT_ENROLLED"
    default_message = "Please enroll an authenticator app first."


class MfaCodeInvalid(Unauthorized):
    """The code is wrong, or was used before."""

    default_code = "MFA_CODE_INVALID"
    default_message = "The code is not valid."


class MfaTokenInvalid(Unauthorized):
    """The login that the code belongs to is over, or never was."""

    default_code = "MFA_TOKEN_INVALID"
    default_message = "This login is over. Please sign in again."
