"""Accounts on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from service_common.access import Role
from service_common.api_description import SOMETIMES
from user_service.schemas.fields import Money, UtcTime
from user_service.schemas.otp_schemas import purpose, reference

_ROLES = [str(role) for role in Role]


class UserSchema(Schema):
    """An account, as its holder and administrators see it."""

    user_id = fields.UUID()
    email = fields.String()
    phone = fields.String()
    name = fields.String(allow_none=True)
    role = fields.String(validate=validate.OneOf(_ROLES))
    credit_balance = Money()
    credits_frozen = Money()
    is_flagged = fields.Boolean()
    created_at = UtcTime()


class RoleRequestSchema(Schema):
    """The role to hold from now on."""

    role = fields.String(required=True, validate=validate.OneOf(_ROLES))


class RiskQuerySchema(Schema):
    """For what a one-time code may have been entered; both or nothing."""

    purpose = purpose(required=False)
    reference = reference(required=False)

    @validates_schema
    def check_both(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """One alone names nothing."""
        if len(data) == 1:
            missing = ({"purpose", "reference"} - data.keys()).pop()
            raise ValidationError("Missing data for required field.", missing)


class RiskResponseSchema(Schema):
    """What another service has to know before it sells to somebody."""

    user_id = fields.UUID()
    is_flagged = fields.Boolean()
    credit_balance = Money()
    otp_verified = fields.Boolean(
        metadata={"description": "when it was asked for", **SOMETIMES}
    )
