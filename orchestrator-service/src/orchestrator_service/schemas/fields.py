"""Fields that the schemas share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields, validate

_MONEY = re.compile(r"[0-9]{1,8}\.[0-9]{2}")
# No control characters, and not only blanks.
_PRINTABLE = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*\Z"
NAME_LENGTH_MAX = 255
TEXT_LENGTH_MAX = 5_000
PAGE_MAX = 1_000_000
PAGE_SIZE_MAX = 100


class Money(fields.Field[Decimal]):
    """A decimal string with two places, such as "350.00"; at most 99999999.99."""

    wire_form: ClassVar[Mapping[str, Any]] = {
        "type": "string",
        "pattern": f"^{_MONEY.pattern}$",
    }

    def _serialize(
        self,
        value: Decimal | None,
        attr: str | None,  # noqa: ARG002 - marshmallow's signature
        obj: Any,  # noqa: ARG002
        **_kwargs: Any,
    ) -> str | None:
        return None if value is None else f"{value:.2f}"

    def _deserialize(
        self,
        value: Any,
        attr: str | None,  # noqa: ARG002
        data: Mapping[str, Any] | None,  # noqa: ARG002
        **_kwargs: Any,
    ) -> Decimal:
        if not isinstance(value, str) or not _MONEY.fullmatch(value):
            raise ValidationError('Not an amount such as "350.00".')
        return Decimal(value)


def text(length_max: int, *, required: bool = True) -> fields.String:
    """A printable string, not blank and not longer than its column."""
    return fields.String(
        required=required,
        validate=[
            validate.Length(min=1, max=length_max),
            validate.Regexp(_PRINTABLE, error="Blank, or with control characters."),
        ],
    )


class PaginationSchema(Schema):
    """Where in a list a page is."""

    page = fields.Integer()
    page_size = fields.Integer()
    total = fields.Integer()
    next_page = fields.Integer(allow_none=True)


def page_fields() -> dict[str, fields.Integer]:
    """The query of every list."""
    return {
        "page": fields.Integer(
            load_default=1, validate=validate.Range(min=1, max=PAGE_MAX)
        ),
        "page_size": fields.Integer(
            load_default=20, validate=validate.Range(min=1, max=PAGE_SIZE_MAX)
        ),
    }
