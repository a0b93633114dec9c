"""One-time codes on the wire."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from user_service.models.otp_challenge import OtpPurpose
from user_service.schemas.fields import PlainText, UtcTime, amount

_REFERENCE_LENGTH_MAX = 255
_CODE_LENGTH_MAX = 32
_ADDRESS_LENGTH_MAX = 64


def purpose(*, required: bool = True) -> fields.Enum[OtpPurpose]:
    """What a code is good for."""
    return fields.Enum(OtpPurpose, by_value=True, required=required)


def reference(*, required: bool = True) -> PlainText:
    """The order or transfer."""
    return PlainText(
        required=required, validate=validate.Length(min=1, max=_REFERENCE_LENGTH_MAX)
    )


class ChallengeRequestSchema(Schema):
    """Who has to prove himself, and for what."""

    user_id = fields.UUID(required=True)
    purpose = purpose()
    reference = reference()
    amount = amount()
    client_address = PlainText(
        validate=validate.Length(min=1, max=_ADDRESS_LENGTH_MAX),
        metadata={"description": "where the person's request came from"},
    )


class ChallengeResponseSchema(Schema):
    """A challenge as it stands."""

    challenge_id = fields.UUID()
    state = fields.String()
    expires_at = UtcTime()
    attempts_left = fields.Integer()
    sent = fields.Boolean(metadata={"description": "whether this call had it sent"})


class VerifyRequestSchema(Schema):
    """A code that somebody entered."""

    user_id = fields.UUID(required=True)
    purpose = purpose()
    reference = reference()
    otp_code = PlainText(
        required=True,
        load_only=True,
        validate=validate.Length(min=1, max=_CODE_LENGTH_MAX),
    )


class WithdrawRequestSchema(Schema):
    """Whose code, for what."""

    user_id = fields.UUID(required=True)
    purpose = purpose()
    reference = reference()


class WithdrawResponseSchema(Schema):
    """How the challenge has ended."""

    state = fields.String()


class VerifyResponseSchema(Schema):
    """What became of it."""

    outcome = fields.String()
    attempts_left = fields.Integer()
