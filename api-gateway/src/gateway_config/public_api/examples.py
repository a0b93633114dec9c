"""An example for every body, made of its schema and of what fields mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# The same thing has the same value wherever it comes up.
_FIELDS: dict[str, Any] = {
    "address": "1 Stadium Drive, Singapore",
    "amount": "50.00",
    "buyer_otp": "654321",
    "category": "CAT1",
    "code": "123456",
    "currency": "SGD",
    "description": "A trio, and a guest whom nobody expects.",
    "email": "alice@example.com",
    "hall_id": "HALL-A",
    "hall_id_expected": "HALL-A",
    "hall_id_presented": "HALL-A",
    "message": "Valid Entry",
    "mfa_token": "Zq0G3yB1xw8uVd5nKQ",
    "name": "An Evening of Jazz",
    "otp_code": "123456",
    "page": 1,
    "page_size": 20,
    "password": "demo-password-1",
    "phone": "+6591000001",
    "pricing_tiers": {"CAT1": "350.00"},
    "qr_payload": "v1.k1.Zm9yIHRoZSBnYXRlIG9ubHk",
    "reason": "The buyer did not pay me back.",
    "refresh_token": "pXk3Jt9mQ2fR7sLwVbYc",
    "row_number": "A",
    "rows": ["A", "B"],
    "seat_number": 12,
    "seats_per_row": 20,
    "seller_otp": "123456",
    "ticket_version": 1,
    "token_type": "Bearer",
    "type": "CONCERT",
}
_IDS = {
    name: f"{number:08x}-7dec-41d0-a765-00a0c91e6bf6"
    for number, name in enumerate(
        (
            "user_id",
            "seat_id",
            "event_id",
            "order_id",
            "hold_id",
            "venue_id",
            "transfer_id",
            "saga_id",
            "seller_id",
            "buyer_id",
            "staff_id",
            "topup_id",
            "scan_id",
        ),
        start=1,
    )
}
_ANY_ID = "f81d4fae-7dec-41d0-a765-00a0c91e6bf6"
_FORMATS = {
    "uuid": _ANY_ID,
    "date-time": "2027-06-15T19:00:00Z",
    "date": "2027-06-15",
    "email": "alice@example.com",
}
_MONEY = "350.00"
_TYPES: dict[str, Any] = {
    "string": "…",
    "integer": 1,
    "number": 1,
    "boolean": True,
    "null": None,
}


def example_of(
    schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str = ""
) -> Any:
    """A value that the schema allows; `name` is that of the field."""
    schema = _resolved(schema, schemas)
    if "properties" in schema:
        return _example_object(schema, schemas)
    if name in _FIELDS and "enum" not in schema:
        return _FIELDS[name]
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "array":
        singular = name.removesuffix("s")
        return [example_of(schema.get("items", {}), schemas, singular)]
    if kind == "object":
        values = schema.get("additionalProperties")
        return {"…": example_of(values, schemas)} if values else {}
    return _example_value(schema, kind, name)


def _resolved(
    schema: Mapping[str, Any], schemas: Mapping[str, Any]
) -> Mapping[str, Any]:
    """What is behind a reference, or the first of a choice."""
    while True:
        if "$ref" in schema:
            schema = schemas[schema["$ref"].rpartition("/")[2]]
        elif "anyOf" in schema and "properties" not in schema:
            schema = schema["anyOf"][0]
        elif "allOf" in schema:
            schema = schema["allOf"][0]
        else:
            return schema


def _example_object(
    schema: Mapping[str, Any], schemas: Mapping[str, Any]
) -> dict[str, Any]:
    """All that has to be there, and the first of each choice."""
    wanted = set(schema.get("required", []))
    for choice in ("oneOf", "anyOf"):
        for alternative in schema.get(choice, [])[:1]:
            wanted |= set(alternative["required"])
    return {
        name: example_of(form, schemas, name)
        for name, form in schema["properties"].items()
        if name in wanted
    }


def _example_value(schema: Mapping[str, Any], kind: str | None, name: str) -> Any:
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("format") == "uuid":
        return _IDS.get(name, _ANY_ID)
    if "format" in schema:
        return _FORMATS[schema["format"]]
    if "[0-9]" in schema.get("pattern", ""):
        return _MONEY
    return _TYPES[kind or "string"]
