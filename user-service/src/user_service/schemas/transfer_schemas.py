"""Credits between two people, on the wire."""

from __future__ import annotations

import uuid
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validates_schema

from user_service.schemas.fields import Money, amount
from user_service.schemas.operation_keys import operation_key, reference
from user_service.services.two_party_ledger import Transfer


class TransferRequestSchema(Schema):
    """Credits that one person pays to another, or the undo of that."""

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

    @post_load
    def to_transfer(self, data: dict[str, Any], **_kwargs: Any) -> Transfer:
        """Hand the services what they know."""
        return Transfer(**data)


class TransferResponseSchema(Schema):
    """The payer's balance after a transfer."""

    credit_balance = Money()
