from __future__ import annotations

import uuid
from decimal import Decimal

import pytest

from inventory_service.servicers.parsing import (
    parse_block,
    parse_hall,
    parse_target,
    parse_uuid,
)
from inventory_service.services.claim_targets import HoldTarget, TicketTarget
from service_common.errors import InvalidInput
from service_common.stubs import inventory_pb2 as pb

AN_ID = uuid.UUID("6b5c2a34-8d9e-4f5a-9c51-52c2f4f4a001")
ANOTHER = uuid.UUID("6b5c2a34-8d9e-4f5a-9c51-52c2f4f4a002")


@pytest.mark.parametrize("raw", [str(AN_ID), str(AN_ID).upper()])
def test_canonical_id_is_taken(raw: str) -> None:
    assert parse_uuid(raw, "seat_id") == AN_ID


@pytest.mark.parametrize(
    "raw", ["", "A1", AN_ID.hex, f"{{{AN_ID}}}", AN_ID.urn, f"{AN_ID} ", "\0" * 36]
)
def test_any_other_form_of_an_id_is_refused_with_its_field(raw: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_uuid(raw, "seat_id")

    assert refused.value.details == {"fields": {"seat_id": ["not a UUID"]}}


def test_block_is_taken_with_its_price_as_a_decimal() -> None:
    block = parse_block(
        pb.SeatBlock(category="CAT1", price="350.00", rows=["A", "B"], seats_per_row=7)
    )

    assert block.price == Decimal("350.00")
    assert block.seats == 14


@pytest.mark.parametrize(
    "price", ["", "350", "350.0", "350.000", "-1.00", "1e3", "NaN", " 1.00", "1.00\n"]
)
def test_price_in_any_other_form_is_refused(price: str) -> None:
    with pytest.raises(InvalidInput):
        parse_block(pb.SeatBlock(price=price))


@pytest.mark.parametrize("hall", ["", "x" * 21, "A\0", "A\n"])
def test_hall_that_does_not_fit_its_column_is_refused(hall: str) -> None:
    with pytest.raises(InvalidInput):
        parse_hall(hall, "hall_id_presented")


def test_target_of_a_claim_is_a_hold_or_a_ticket() -> None:
    hold = pb.HoldTarget(hold_id=str(AN_ID), user_id=str(ANOTHER))
    ticket = pb.TicketTarget(
        seat_id=str(AN_ID), owner_user_id=str(ANOTHER), ticket_version=3
    )

    assert parse_target(pb.ClaimSeatRequest(hold=hold)) == HoldTarget(AN_ID, ANOTHER)
    assert parse_target(pb.RevokeClaimRequest(ticket=ticket)) == TicketTarget(
        AN_ID, ANOTHER, 3
    )
    with pytest.raises(InvalidInput):
        parse_target(pb.ClaimSeatRequest())
