"""Kinds of values on the wire that marshmallow does not know."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

import phonenumbers
from marshmallow import ValidationError, fields, validate

from service_common.http_json import format_time

CREDITS_MAX = Decimal("99999999.99")  # what NUMERIC(10, 2) holds
_PHONE_LENGTH_MAX = 32
_EMAIL_LENGTH_MAX = 254
_MONEY = re.compile(r"[0-9]{1,8}(\.[0-9]{1,2})?")
# What is taken is more than what is answered, which has two places always.
MONEY_TAKEN = {"pattern": f"^{_MONEY.pattern}$"}


class Money(fields.Field[Decimal]):
    """A decimal string with two places; numbers are refused, they may be floats."""

    wire_form: ClassVar[Mapping[str, Any]] = {
        "type": "string",
        "pattern": r"^-?[0-9]{1,10}\.[0-9]{2}$",
    }

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Decimal:
        if not isinstance(value, str) or not _MONEY.fullmatch(value):
            raise ValidationError('Not a decimal string such as "350.00".')
        return Decimal(value).quantize(Decimal("0.01"))

    def _serialize(
        self, value: Decimal | None, *_args: Any, **_kwargs: Any
    ) -> str | None:
        return None if value is None else f"{value:.2f}"


class UtcTime(fields.Field[datetime]):
    """A moment as RFC 3339 in UTC; only ever sent."""

    wire_form: ClassVar[Mapping[str, Any]] = {"type": "string", "format": "date-time"}

    def _serialize(
        self, value: datetime | None, *_args: Any, **_kwargs: Any
    ) -> str | None:
        return None if value is None else format_time(value)


class PlainText(fields.String):
    """Text that can be stored and logged: no control characters, no lone surrogates."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        plain: str = super()._deserialize(value, *args, **kwargs)
        if not plain.isprintable():
            raise ValidationError("It contains characters that cannot be printed.")
        return plain


class EmailAddress(fields.Email):
    """An address in ASCII: beyond it, what counts as the same letter is a riddle."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        address: str = super()._deserialize(value, *args, **kwargs)
        if len(address) > _EMAIL_LENGTH_MAX or not address.isascii():
            raise ValidationError("Not a valid email address.")
        return address


class PhoneNumber(fields.String):
    """A number that can be called, normalised to E.164."""

    wire_form: ClassVar[Mapping[str, Any]] = {"pattern": r"^\+", "maxLength": 32}

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        raw: str = super()._deserialize(value, *args, **kwargs)
        if len(raw) > _PHONE_LENGTH_MAX or not raw.startswith("+"):
            raise ValidationError("Not a phone number in E.164, such as +6591234567.")
        try:
            number = phonenumbers.parse(raw)
        except phonenumbers.NumberParseException:
            raise ValidationError("Not a phone number.") from None
        if not phonenumbers.is_valid_number(number) or number.extension:
            raise ValidationError("Not a phone number that can be called.")
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def amount() -> Money:
    """A required positive amount that an account can hold."""
    return Money(
        required=True,
        metadata=MONEY_TAKEN,
        validate=validate.Range(min=Decimal(0), min_inclusive=False, max=CREDITS_MAX),
    )
