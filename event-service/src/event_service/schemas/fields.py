"""Prices, moments and names as they travel."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validate

from service_common.http_json import format_time

_PRICE = re.compile(r"[0-9]{1,8}\.[0-9]{2}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})",
    re.IGNORECASE,
)
_BAD_MOMENT = 'Not a moment: RFC 3339 such as "2026-06-15T19:00:00Z".'
_BAD_BOUND = 'Not a date such as "2026-06-15", nor a moment as in RFC 3339.'


class Price(fields.Field[str]):
    """A decimal string over zero with two places, kept as the string it is."""

    wire_form: ClassVar[Mapping[str, Any]] = {
        "type": "string",
        "pattern": f"^{_PRICE.pattern}$",
    }

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> str:
        if not isinstance(value, str) or not _PRICE.fullmatch(value):
            raise ValidationError('Not a price: a string such as "350.00".')
        price = Decimal(value)
        if price == 0:
            raise ValidationError("A price is over 0.00.")
        return f"{price:.2f}"  # "007.00" is "7.00"


class Moment(fields.Field[datetime]):
    """A moment as RFC 3339, in UTC when answered."""

    wire_form: ClassVar[Mapping[str, Any]] = {"type": "string", "format": "date-time"}

    def _serialize(
        self, value: datetime | None, *_args: Any, **_kwargs: Any
    ) -> str | None:
        return None if value is None else format_time(value)

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> datetime:
        if not isinstance(value, str) or not _TIME.fullmatch(value):
            raise ValidationError(_BAD_MOMENT)
        return _parse_moment(value, _BAD_MOMENT)


class SpanBound(fields.Field[datetime]):
    """An end of a span: a moment, or a date that means its first or last instant."""

    wire_form: ClassVar[Mapping[str, Any]] = {
        "anyOf": [
            {"type": "string", "format": "date-time"},
            {"type": "string", "format": "date"},
        ]
    }

    def __init__(self, *, of_day: time, **options: Any) -> None:
        super().__init__(**options)
        self._of_day = of_day

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> datetime:
        if isinstance(value, str) and _DATE.fullmatch(value):
            try:
                day = date.fromisoformat(value)
            except ValueError:
                raise ValidationError(_BAD_BOUND) from None
            return datetime.combine(day, self._of_day, UTC)
        if isinstance(value, str) and _TIME.fullmatch(value):
            return _parse_moment(value, _BAD_BOUND)
        raise ValidationError(_BAD_BOUND)


class Line(fields.String):
    """One line of text that shows something: a name, a hall, a category."""

    def __init__(self, length_max: int, **options: Any) -> None:
        super().__init__(validate=validate.Length(1, length_max), **options)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        line: str = super()._deserialize(value, *args, **kwargs)
        if not line.strip() or any(unicodedata.category(sign) == "Cc" for sign in line):
            raise ValidationError("It has to be one line of visible text.")
        return line


def _parse_moment(value: str, problem: str) -> datetime:
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):  # no such day, or before the year 1
        raise ValidationError(problem) from None
