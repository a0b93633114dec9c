"""Credits between two people, on the wire."""

from __future__ import annotations

import uuid
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validates_schema

from user_service.schemas.fields import Money, amount
from user_service.schemas.operation_keys import operation_key, reference
from user_service.services.freeze_service import Release
from user_service.services.return_service import Return
from user_service.services.two_party_ledger import Transfer


class TwoPartySchema(Schema):
    """Who pays whom how much."""

    operation_key = operation_key()
    payer_id = fields.UUID(required=True)
    payee_id = fields.UUID(required=True)
    amount = amount()
    reference = reference()

    @validates_schema
    def check_two_people(self, data: dict[str, uuid.UUID], **_kwargs: Any) -> None:
        """Nobody pays himself."""
        if data["payer_id"] == data["payee_id"]:
            raise ValidationError("Payer and payee are the same.", "payee_id")


class TransferRequestSchema(TwoPartySchema):
    """Credits that one person pays to another, or the undo of that."""

    @post_load
    def to_transfer(self, data: dict[str, Any], **_kwargs: Any) -> Transfer:
        """Hand the services what they know."""
        return Transfer(**data)


class TransferResponseSchema(Schema):
    """The payer's balance after a transfer."""

    credit_balance = Money()


class ReturnRequestSchema(TwoPartySchema):
    """Credits that are due back, or the undo of that."""

    freeze_key = operation_key()

    @post_load
    def to_return(self, data: dict[str, Any], **_kwargs: Any) -> Return:
        """Hand the services what they know."""
        freeze_key = data.pop("freeze_key")
        return Return(Transfer(**data), freeze_key)


class ReturnResponseSchema(Schema):
    """What the payee has then, and what the payer paid it from."""

    credit_balance = Money()
    from_frozen = Money()
    from_balance = Money()
    owed = Money()


class FreezeResponseSchema(Schema):
    """What was set aside, and what the user has then."""

    frozen = Money()
    credit_balance = Money()
    credits_frozen = Money()


class UnfreezeRequestSchema(Schema):
    """The end of a freeze, under its key."""

    operation_key = operation_key()
    user_id = fields.UUID(required=True)
    reference = reference()

    @post_load
    def to_release(self, data: dict[str, Any], **_kwargs: Any) -> Release:
        """Hand the services what they know."""
        return Release(**data)


class UnfreezeResponseSchema(Schema):
    """What was given back, and what the user has then."""

    unfrozen = Money()
    credit_balance = Money()
    credits_frozen = Money()
