"""Money and time as they travel."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields

from service_common.http_json import format_time

_MONEY = re.compile(r"[0-9]{1,8}\.[0-9]{2}")


class Money(fields.Field[Decimal]):
    """A decimal string with two places: "350.00", never a JSON number."""

    def _serialize(
        self, value: Decimal | None, *_args: Any, **_kwargs: Any
    ) -> str | None:
        return None if value is None else f"{value:.2f}"

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Decimal:
        if not isinstance(value, str) or not _MONEY.fullmatch(value):
            raise ValidationError('Not money: a string such as "350.00".')
        return Decimal(value)


class Timestamp(fields.Field[datetime]):
    """RFC 3339 in UTC; only ever answered."""

    def _serialize(
        self, value: datetime | None, *_args: Any, **_kwargs: Any
    ) -> str | None:
        return None if value is None else format_time(value)
