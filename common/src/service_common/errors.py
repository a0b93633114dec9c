"""Every error that may leave a service, and the one envelope they leave in.

    AppError                 500 INTERNAL_ERROR
    ├─ Refusal               the service decided no; nothing happened
    │  ├─ InvalidInput       400 INVALID_INPUT
    │  ├─ Unauthorized       401 UNAUTHORIZED
    │  ├─ PaymentRequired    402
    │  ├─ Forbidden          403 FORBIDDEN
    │  ├─ NotFound           404 NOT_FOUND
    │  ├─ Conflict           409
    │  ├─ Gone               410
    │  ├─ Unprocessable      422
    │  ├─ PreconditionRequired 428
    │  └─ TooManyRequests    429
    └─ Unavailable           503 SERVICE_UNAVAILABLE: nobody knows yet; ask again
       ├─ Busy               503, rows stayed locked by others: try again
       └─ Unknown            503, a remote call that may or may not have taken effect

A refusal is final for this request, so only it may turn a saga back. Everything else
means "maybe done".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class AppError(Exception):
    """An error with a stable code for programs and a sentence for people."""

    http_status: ClassVar[int] = 500
    default_code: ClassVar[str] = "INTERNAL_ERROR"
    default_message: ClassVar[str] = "Something went wrong on our side."

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        details: Mapping[str, Any] | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        self.code = code or self.default_code
        self.message = message or self.default_message
        self.details = dict(details or {})
        self.retry_after_s = retry_after_s
        super().__init__(f"{self.code}: {self.message}")

    def envelope(self, request_id: str) -> dict[str, Any]:
        """The public error body."""
        return {
            "error": {
                "code": self.code,
                "message": self.message,
                "details": self.details,
                "request_id": request_id,
            }
        }


class Refusal(AppError):
    """A coded business no: nothing happened, and nothing will."""

    http_status = 400


class InvalidInput(Refusal):
    """The request is not well formed; `details.fields` says where."""

    http_status = 400
    default_code = "INVALID_INPUT"
    default_message = "The request is not valid."


class Unauthorized(Refusal):
    """The caller did not prove who he is."""

    http_status = 401
    default_code = "UNAUTHORIZED"
    default_message = "A valid access token is needed."


class PaymentRequired(Refusal):
    """There is not enough money for it."""

    http_status = 402


class Forbidden(Refusal):
    """The caller is known, and may not do this."""

    http_status = 403
    default_code = "FORBIDDEN"
    default_message = "You may not do this."


class NotFound(Refusal):
    """There is no such thing."""

    http_status = 404
    default_code = "NOT_FOUND"
    default_message = "There is nothing here."


class Conflict(Refusal):
    """It does not fit the state that things are in."""

    http_status = 409


class Gone(Refusal):
    """It was possible once; its time is over."""

    http_status = 410


class Unprocessable(Refusal):
    """Well formed, and contradicting what was said before."""

    http_status = 422


class PreconditionRequired(Refusal):
    """Something else has to be done first."""

    http_status = 428


class TooManyRequests(Refusal):
    """A limit on tries is reached."""

    http_status = 429
    default_code = "RATE_LIMITED"
    default_message = "Too many requests."


class Unavailable(AppError):
    """We cannot answer now; the same request may succeed later."""

    http_status = 503
    default_code = "SERVICE_UNAVAILABLE"
    default_message = "A needed service does not answer. Please try again."

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        details: Mapping[str, Any] | None = None,
        retry_after_s: int | None = 1,
    ) -> None:
        super().__init__(
            message, code=code, details=details, retry_after_s=retry_after_s
        )


class Busy(Unavailable):
    """Others have the locks that this needs; it is not decided who wins."""


class Unknown(Unavailable):
    """A remote call whose effect nobody knows: a time-out, a reset, a 5xx."""


_FAMILIES: dict[int, type[Refusal]] = {
    family.http_status: family
    for family in (
        InvalidInput,
        Unauthorized,
        PaymentRequired,
        Forbidden,
        NotFound,
        Conflict,
        Gone,
        Unprocessable,
        PreconditionRequired,
        TooManyRequests,
    )
}


def refusal_of(
    http_status: int, code: str, message: str, details: Mapping[str, Any] | None = None
) -> Refusal:
    """Turn a refusal that came over the wire back into the exception it was."""
    family = _FAMILIES.get(http_status, Conflict)
    return family(message, code=code, details=details)
