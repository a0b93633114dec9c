"""Keys and references of operations on credits, on the wire."""

from __future__ import annotations

from marshmallow import ValidationError, validate

from user_service.models.credit_ledger import OWN_SUFFIXES, STRIPE_PREFIX
from user_service.schemas.fields import PlainText

# Leaves room in the column for the suffixes of what an operation brings with it.
_OPERATION_KEY_LENGTH_MAX = 200
_REFERENCE_LENGTH_MAX = 255


def operation_key() -> PlainText:
    """A key that a caller may choose."""
    return PlainText(
        required=True,
        validate=[
            validate.Length(min=1, max=_OPERATION_KEY_LENGTH_MAX),
            _check_operation_key,
        ],
    )


def reference() -> PlainText:
    """What the credits are for, as people read it."""
    return PlainText(required=True, validate=validate.Length(max=_REFERENCE_LENGTH_MAX))


def _check_operation_key(operation_key: str) -> None:
    for suffix in OWN_SUFFIXES:
        if operation_key.endswith(suffix):
            raise ValidationError(f"{suffix} marks what an operation brings with it.")
    if operation_key.startswith(STRIPE_PREFIX):
        raise ValidationError(f"{STRIPE_PREFIX} marks what Stripe orders.")
