"""What becomes of a reservation when somebody does not play along."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from fakes.participants import (
    ADDRESS,
    BUYER_ID,
    NOW,
    SEAT_ID,
    FakeEvents,
    FakeInventory,
    FakeOrders,
    FakeUsers,
    an_event,
    an_order,
)
from orchestrator_service.clients.inventory_types import (
    ReleaseOutcome,
    ReleaseReason,
)
from orchestrator_service.clients.user_client import OtpChallenge, OtpOutcome
from orchestrator_service.orchestrators.reservation_orchestrator import (
    ReservationOrchestrator,
)
from orchestrator_service.refusals import (
    EventEnded,
    HoldExpired,
    NotYourOrder,
    OtpAttemptsExceeded,
    OtpExpired,
    OtpInvalid,
    PaymentInProgress,
    SeatAlreadySold,
    SeatNotFound,
)
from orchestrator_service.services.fresh_orders import FreshOrders
from service_common.errors import (
    AppError,
    Conflict,
    TooManyRequests,
    Unavailable,
    Unknown,
)


class World:
    """The services around one orchestrator."""

    def __init__(self, executor: ThreadPoolExecutor) -> None:
        self.inventory = FakeInventory()
        self.users = FakeUsers()
        self.orders = FakeOrders()
        self.events = FakeEvents(an_event())
        self.fresh_orders = FreshOrders()
        self.orchestrator = ReservationOrchestrator(
            inventory=self.inventory,  # type: ignore[arg-type]
            users=self.users,  # type: ignore[arg-type]
            orders=self.orders,  # type: ignore[arg-type]
            events=self.events,  # type: ignore[arg-type]
            fresh_orders=self.fresh_orders,
            executor=executor,
            now=lambda: NOW,
        )


@pytest.fixture
def world() -> Iterator[World]:
    with ThreadPoolExecutor(2) as executor:
        yield World(executor)


def test_hold_gets_an_order_with_its_price(world: World) -> None:
    reservation = world.orchestrator.reserve_seats(BUYER_ID, [SEAT_ID], ADDRESS)

    assert reservation.order["total"] == "350.00"
    assert reservation.needs_otp is False
    assert world.inventory.released == []


def test_order_is_remembered_for_its_buyer(world: World) -> None:
    made = world.orchestrator.reserve_seats(BUYER_ID, [SEAT_ID], ADDRESS)

    assert world.fresh_orders.take(made.order["order_id"], BUYER_ID) == made.order


def test_order_that_needs_a_code_first_is_not_remembered(world: World) -> None:
    world.users.is_flagged = True

    made = world.orchestrator.reserve_seats(BUYER_ID, [SEAT_ID], ADDRESS)

    assert world.fresh_orders.take(made.order["order_id"], BUYER_ID) is None


def test_flagged_buyer_is_sent_a_code_for_this_order_and_amount(world: World) -> None:
    world.users.is_flagged = True

    reservation = world.orchestrator.reserve_seats(BUYER_ID, [SEAT_ID], ADDRESS)

    assert reservation.needs_otp is True
    order_id = reservation.order["order_id"]
    assert world.users.challenges == [
        (OtpChallenge(BUYER_ID, "PURCHASE", order_id), "350.00")
    ]


def test_code_that_was_maybe_not_sent_leaves_the_hold(world: World) -> None:
    world.users.is_flagged = True
    world.users.otp_failure = Unknown()

    assert (
        world.orchestrator.reserve_seats(BUYER_ID, [SEAT_ID], ADDRESS).needs_otp is True
    )
    assert world.inventory.released == []


def test_code_that_may_not_be_sent_gives_the_hold_back(world: World) -> None:
    world.users.is_flagged = True
    world.users.otp_failure = TooManyRequests(code="OTP_LIMIT_REACHED")

    with pytest.raises(TooManyRequests):
        world.orchestrator.reserve_seats(BUYER_ID, [SEAT_ID], ADDRESS)

    assert len(world.inventory.released) == 1


@pytest.mark.parametrize(
    ("outcome", "refusal"),
    [(OtpOutcome.INVALID, OtpInvalid), (OtpOutcome.EXPIRED, OtpExpired)],
)
def test_wrong_or_late_code_leaves_the_hold(
    world: World, outcome: OtpOutcome, refusal: type[AppError]
) -> None:
    order = an_order()
    world.orders.orders[order["order_id"]] = order
    world.users.otp_outcome = (outcome, 2)

    with pytest.raises(refusal):
        world.orchestrator.verify_otp(BUYER_ID, order["order_id"], "000000")

    assert world.inventory.released == []


def test_third_wrong_code_frees_the_seat_and_fails_the_order(world: World) -> None:
    order = an_order()
    world.orders.orders[order["order_id"]] = order
    world.users.otp_outcome = (OtpOutcome.EXCEEDED, 0)

    with pytest.raises(OtpAttemptsExceeded):
        world.orchestrator.verify_otp(BUYER_ID, order["order_id"], "000000")

    assert world.inventory.released == [order["hold_id"]]
    assert world.inventory.release_reason is ReleaseReason.OTP_FAILED
    assert world.orders.failed == [(order["order_id"], "OTP_FAILED")]


def test_right_code_is_just_accepted(world: World) -> None:
    order = an_order()
    world.orders.orders[order["order_id"]] = order

    world.orchestrator.verify_otp(BUYER_ID, order["order_id"], "123456")

    assert world.inventory.released == []


def test_code_for_somebody_elses_order_is_forbidden(world: World) -> None:
    order = an_order(user_id=SEAT_ID)
    world.orders.orders[order["order_id"]] = order

    with pytest.raises(NotYourOrder):
        world.orchestrator.verify_otp(BUYER_ID, order["order_id"], "123456")


def test_code_for_an_order_that_is_over_is_too_late(world: World) -> None:
    order = {**an_order(status="FAILED"), "failure_reason": "HOLD_EXPIRED"}
    world.orders.orders[order["order_id"]] = order

    with pytest.raises(HoldExpired):
        world.orchestrator.verify_otp(BUYER_ID, order["order_id"], "123456")


def test_lost_answer_is_asked_for_again_under_the_same_ids(world: World) -> None:
    world.inventory.failures = [Unknown()]

    world.orchestrator.reserve_seats(BUYER_ID, [SEAT_ID], ADDRESS)

    first, second = world.inventory.asked
    assert first == second


def test_silent_inventory_is_unavailable_and_the_hold_is_given_back(
    world: World,
) -> None:
    world.inventory.failures = [Unknown(), Unknown()]

    with pytest.raises(Unavailable):
        world.orchestrator.reserve_seats(BUYER_ID, [SEAT_ID], ADDRESS)

    assert world.inventory.released == [world.inventory.asked[0].hold_id]


def test_refused_hold_is_told_as_it_was_refused(world: World) -> None:
    world.inventory.failures = [Conflict(code="SEAT_UNAVAILABLE")]

    with pytest.raises(Conflict) as refused:
        world.orchestrator.reserve_seats(BUYER_ID, [SEAT_ID], ADDRESS)

    assert refused.value.code == "SEAT_UNAVAILABLE"
    assert len(world.inventory.asked) == 1


def test_event_that_is_over_gives_the_hold_back(world: World) -> None:
    world.events.event = an_event(NOW - timedelta(seconds=1))

    with pytest.raises(EventEnded):
        world.orchestrator.reserve_seats(BUYER_ID, [SEAT_ID], ADDRESS)

    assert len(world.inventory.released) == 1
    assert world.orders.orders == {}


def test_seat_of_an_unpublished_event_is_not_found_and_given_back(
    world: World,
) -> None:
    world.events.event = None

    with pytest.raises(SeatNotFound):
        world.orchestrator.reserve_seats(BUYER_ID, [SEAT_ID], ADDRESS)

    assert len(world.inventory.released) == 1


def test_order_that_cannot_be_written_gives_the_hold_back(world: World) -> None:
    world.orders.failure = Unknown()

    with pytest.raises(Unknown):
        world.orchestrator.reserve_seats(BUYER_ID, [SEAT_ID], ADDRESS)

    assert len(world.inventory.released) == 1
    assert world.inventory.release_reason is ReleaseReason.RESERVATION_REFUSED


def test_hold_that_ended_before_its_order_was_written_is_told_as_expired(
    world: World,
) -> None:
    world.orders.failure = Conflict(code="ORDER_FAILED")

    with pytest.raises(HoldExpired):
        world.orchestrator.reserve_seats(BUYER_ID, [SEAT_ID], ADDRESS)


def test_flagged_buyer_who_entered_his_code_is_not_asked_again(world: World) -> None:
    world.users.is_flagged = True
    world.users.otp_verified = True

    assert (
        world.orchestrator.reserve_seats(BUYER_ID, [SEAT_ID], ADDRESS).needs_otp
        is False
    )
    assert world.users.challenges == []


def test_earlier_hold_is_kept_when_its_order_cannot_be_written(world: World) -> None:
    world.inventory.existing = True
    world.orders.failure = Unknown()

    with pytest.raises(Unknown):
        world.orchestrator.reserve_seats(BUYER_ID, [SEAT_ID], ADDRESS)

    assert world.inventory.released == []


def test_unknown_risk_holds_nothing(world: World) -> None:
    world.users.failure = Unknown()

    with pytest.raises(Unknown):
        world.orchestrator.reserve_seats(BUYER_ID, [SEAT_ID], ADDRESS)

    assert len(world.inventory.released) == 1


def test_reservation_that_is_given_back_fails_its_order(world: World) -> None:
    order = an_order()
    world.orders.orders[order["order_id"]] = order

    world.orchestrator.release_reservation(BUYER_ID, order["order_id"])

    assert world.inventory.released == [order["hold_id"]]
    assert world.orders.failed == [(order["order_id"], "RELEASED_BY_HOLDER")]


def test_somebody_elses_reservation_is_not_given_back(world: World) -> None:
    order = an_order(user_id=SEAT_ID)
    world.orders.orders[order["order_id"]] = order

    with pytest.raises(NotYourOrder):
        world.orchestrator.release_reservation(BUYER_ID, order["order_id"])

    assert world.inventory.released == []


@pytest.mark.parametrize(
    ("outcome", "refusal"),
    [
        (ReleaseOutcome.CLAIMED, PaymentInProgress),
        (ReleaseOutcome.ALREADY_SOLD, SeatAlreadySold),
    ],
)
def test_order_is_left_alone_when_its_seats_cannot_be_given_back(
    world: World, outcome: ReleaseOutcome, refusal: type[AppError]
) -> None:
    order = an_order()
    world.orders.orders[order["order_id"]] = order
    world.inventory.release_outcome = outcome

    with pytest.raises(refusal):
        world.orchestrator.release_reservation(BUYER_ID, order["order_id"])

    assert world.orders.failed == []
