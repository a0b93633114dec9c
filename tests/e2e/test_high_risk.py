"""Scenario 1, the high-risk path: a flagged buyer proves himself before he pays."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from live import HOLD_TTL_S
from support.shop import Person, Shop
from support.smu import SmuStandin
from support.waiting import eventually
from ticket_demo.api import Answer


def _verify(shop: Shop, person: Person, order_id: str, code: str) -> Answer:
    body = {"reference_id": order_id, "otp_code": code}
    return shop.api.call("POST", "/verify-otp", json=body, token=person.token)


def _wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


@pytest.fixture
def buyer(shop: Shop) -> Person:
    return shop.new_flagged_person()


@pytest.fixture
def held(shop: Shop, buyer: Person) -> dict[str, Any]:
    event = shop.publish(price="5.00")
    return shop.must_reserve(buyer.token, event.seat_ids[0])


def test_code_arrives_names_its_purpose_and_opens_the_way_to_pay(
    shop: Shop, smu: SmuStandin, buyer: Person, held: dict[str, Any]
) -> None:
    before = shop.pay(buyer.token, held["order_id"])

    verified = _verify(shop, buyer, held["order_id"], smu.code(buyer.phone))

    assert held["status"] == "OTP_REQUIRED"
    assert (before.status, before.code) == (428, "OTP_REQUIRED")
    assert before.details["reference_id"] == held["order_id"]
    assert "5.00" in smu.texts(buyer.phone)[0]
    assert (verified.status, verified.body) == (
        200,
        {"verified": True, "status": "HELD"},
    )
    # He has no credits, and that is the next thing he is told.
    assert shop.pay(buyer.token, held["order_id"]).code == "INSUFFICIENT_CREDITS"


def test_wrong_code_is_counted_and_the_right_one_still_works(
    shop: Shop, smu: SmuStandin, buyer: Person, held: dict[str, Any]
) -> None:
    code = smu.code(buyer.phone)

    first = _verify(shop, buyer, held["order_id"], _wrong(code))
    second = _verify(shop, buyer, held["order_id"], code)

    assert (first.status, first.code) == (401, "OTP_INVALID")
    assert first.details == {"attempts_left": 2}
    assert second.status == 200


def test_third_wrong_code_frees_the_seat_and_fails_the_order(
    shop: Shop, smu: SmuStandin, buyer: Person, held: dict[str, Any]
) -> None:
    code = smu.code(buyer.phone)

    answers = [_verify(shop, buyer, held["order_id"], _wrong(code)) for _ in range(3)]

    assert [answer.code for answer in answers] == [
        "OTP_INVALID",
        "OTP_INVALID",
        "OTP_ATTEMPTS_EXCEEDED",
    ]
    assert answers[-1].status == 429
    order = shop.order(buyer.token, held["order_id"])
    assert (order["status"], order["failure_reason"]) == ("FAILED", "OTP_FAILED")
    assert shop.seat_status(held["event_id"], held["seat_id"]) == "AVAILABLE"
    late = _verify(shop, buyer, held["order_id"], code)
    assert (late.status, late.code) == (429, "OTP_ATTEMPTS_EXCEEDED")


def test_parallel_guesses_get_three_attempts_and_no_more(
    shop: Shop, smu: SmuStandin, buyer: Person, held: dict[str, Any]
) -> None:
    code = smu.code(buyer.phone)

    with ThreadPoolExecutor(10) as pool:
        answers = list(
            pool.map(
                lambda _: _verify(shop, buyer, held["order_id"], _wrong(code)),
                range(10),
            )
        )

    codes = [answer.code for answer in answers]
    assert codes.count("OTP_INVALID") <= 2
    assert "OTP_ATTEMPTS_EXCEEDED" in codes
    assert shop.seat_status(held["event_id"], held["seat_id"]) == "AVAILABLE"


def test_unanswered_code_just_lets_the_hold_expire(
    shop: Shop, smu: SmuStandin, buyer: Person, held: dict[str, Any]
) -> None:
    order = eventually(
        lambda: shop.order(buyer.token, held["order_id"]),
        lambda order: order["status"] == "FAILED",
        within_s=HOLD_TTL_S + 20,
    )

    assert order["failure_reason"] == "HOLD_EXPIRED"
    late = _verify(shop, buyer, held["order_id"], smu.code(buyer.phone))
    assert (late.status, late.code) == (410, "HOLD_EXPIRED")


def test_code_of_one_order_is_no_use_for_another(
    shop: Shop, smu: SmuStandin, buyer: Person, held: dict[str, Any]
) -> None:
    other = shop.new_flagged_person()
    event = shop.publish()
    others = shop.must_reserve(other.token, event.seat_ids[0])

    stolen = _verify(shop, other, others["order_id"], smu.code(buyer.phone))
    foreign = _verify(shop, other, held["order_id"], smu.code(other.phone))

    assert stolen.code == "OTP_INVALID"
    assert (foreign.status, foreign.code) == (403, "FORBIDDEN")
    assert shop.pay(buyer.token, held["order_id"]).code == "OTP_REQUIRED"


def test_buyer_flagged_after_the_reservation_has_to_prove_himself_too(
    shop: Shop, admin: str
) -> None:
    person = shop.new_person()
    event = shop.publish()
    order_id = shop.must_reserve(person.token, event.seat_ids[0])["order_id"]
    shop.api.call("POST", f"/users/{person.user_id}/flag", token=admin)

    refused = shop.pay(person.token, order_id)

    assert (refused.status, refused.code) == (428, "OTP_REQUIRED")
    again = shop.must_reserve(person.token, event.seat_ids[0])
    assert (again["order_id"], again["status"]) == (order_id, "OTP_REQUIRED")


def test_silent_notification_api_is_neither_a_wrong_code_nor_a_pass(
    shop: Shop, smu: SmuStandin, buyer: Person, held: dict[str, Any]
) -> None:
    code = smu.code(buyer.phone)

    with smu.fault("verifyOTP", "error"):
        answers = [_verify(shop, buyer, held["order_id"], code) for _ in range(4)]

    assert {answer.status for answer in answers} == {503}
    assert shop.pay(buyer.token, held["order_id"]).code == "OTP_REQUIRED"
    assert _verify(shop, buyer, held["order_id"], code).status == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reference_id": "x", "otp_code": "123456"},
        {"reference_id": str(uuid.uuid4())},
        {"reference_id": str(uuid.uuid4()), "otp_code": 123456},
        {"reference_id": str(uuid.uuid4()), "otp_code": "12 34 56"},
        {"reference_id": str(uuid.uuid4()), "otp_code": "1" * 50},
        {"reference_id": str(uuid.uuid4()), "otp_code": "\u0661\u0662\u0663\u0664"},
    ],
)
def test_malformed_code_is_refused(
    shop: Shop, buyer: Person, body: dict[str, Any]
) -> None:
    answer = shop.api.call("POST", "/verify-otp", json=body, token=buyer.token)

    assert (answer.status, answer.code) == (400, "INVALID_INPUT")


def test_code_for_an_unknown_order_is_not_found(shop: Shop, buyer: Person) -> None:
    answer = _verify(shop, buyer, str(uuid.uuid4()), "123456")

    assert (answer.status, answer.code) == (404, "ORDER_NOT_FOUND")
