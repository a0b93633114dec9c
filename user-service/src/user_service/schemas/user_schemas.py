"""Accounts on the wire."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from service_common.access import Role
from user_service.schemas.fields import Money, UtcTime


class UserSchema(Schema):
    """An account, as its holder and administrators see it."""

    user_id = fields.UUID()
    email = fields.String()
    phone = fields.String()
    name = fields.String(allow_none=True)
    role = fields.String()
    credit_balance = Money()
    credits_frozen = Money()
    is_flagged = fields.Boolean()
    created_at = UtcTime()


class RoleRequestSchema(Schema):
    """The role to hold from now on."""

    role = fields.String(
        required=True, validate=validate.OneOf([str(role) for role in Role])
    )


class RiskResponseSchema(Schema):
    """What another service has to know before it sells to somebody."""

    user_id = fields.UUID()
    is_flagged = fields.Boolean()
    credit_balance = Money()
