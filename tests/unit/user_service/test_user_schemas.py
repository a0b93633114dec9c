from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from marshmallow import ValidationError

from user_service.schemas.auth_schemas import RegisterRequestSchema
from user_service.schemas.credit_schemas import MovementRequestSchema

REGISTRATION = {
    "email": "ada@example.com",
    "phone": "+6591234567",
    "password": "correct-horse-1",
}
MOVEMENT = {
    "operation_key": "a-saga:deduct",
    "user_id": "6b5c2a34-8d9e-4f5a-9c51-52c2f4f4a001",
    "amount": "350.00",
    "reference": "an order",
}
BAD_REGISTRATIONS: dict[str, list[Any]] = {
    "email": [
        *(None, 1, "", "ada", "ada@", "@example.com", "ada@exämple.com"),
        *(
            "ädä@example.com",
            "a b@example.com",
            "ada@example.com\n",
            "a" * 250 + "@b.co",
        ),
    ],
    "phone": [
        *(None, 6591234567, "", "91234567", "+", "+65", "+659123456789012"),
        *(
            "+6591234567;ext=3",
            "+15550001111",
            "phone",
            "+" + "9" * 100,
            "+٦٥٩١٢٣٤٥٦٧٨",
        ),
    ],
    "password": [None, 12345678, "", "1234567", "p" * 73, "é" * 37],
    "name": ["", "x" * 101, "two\nlines", 7, ["Ada"]],
    "role": ["admin"],
    "user_id": ["6b5c2a34-8d9e-4f5a-9c51-52c2f4f4a001"],
    "credit_balance": ["1000.00"],
}
BAD_MOVEMENTS: dict[str, list[Any]] = {
    "amount": [
        *(None, 350, 350.0, "", "0", "0.00", "-1.00", "+1.00", "1.001", "NaN"),
        *(
            "Infinity",
            "1e400",
            "1e2",
            "100000000.00",
            " 1.00",
            "1,00",
            "٣.00",
            ["1.00"],
        ),
    ],
    "user_id": [None, "", "me", 1, "6b5c2a34"],
    "operation_key": [None, "", 1, "k" * 201, "a:reversed", "two\nlines", ["k"]],
    "reference": [None, 1, "r" * 256, "two\nlines"],
    "kind": ["TOPUP"],
}


def _each(matrix: dict[str, list[Any]]) -> list[tuple[str, Any]]:
    return [(field, value) for field, values in matrix.items() for value in values]


@pytest.mark.parametrize(("field", "value"), _each(BAD_REGISTRATIONS))
def test_bad_registration_is_refused_at_its_field(field: str, value: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        RegisterRequestSchema().load({**REGISTRATION, field: value})

    assert list(caught.value.messages_dict) == [field]


@pytest.mark.parametrize("password", ["12345678", "p" * 72, "é" * 36, "\U0001f3ab" * 8])
def test_password_of_eight_characters_to_72_bytes_is_taken(password: str) -> None:
    loaded = RegisterRequestSchema().load({**REGISTRATION, "password": password})

    assert loaded["password"] == password


@pytest.mark.parametrize(("field", "value"), _each(BAD_MOVEMENTS))
def test_bad_movement_is_refused_at_its_field(field: str, value: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        MovementRequestSchema().load({**MOVEMENT, field: value})

    assert list(caught.value.messages_dict) == [field]


@pytest.mark.parametrize("amount", ["0.01", "1", "1.5", "350.00", "99999999.99"])
def test_amount_keeps_its_exact_value(amount: str) -> None:
    movement = MovementRequestSchema().load({**MOVEMENT, "amount": amount})

    assert movement.amount == Decimal(amount)
