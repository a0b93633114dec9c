"""Transfers: the rules that an operator sets, silence, and what a swap came to."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from fakes.participants import ADDRESS, NOW, FakeEvents, an_event
from fakes.transfers import (
    BUYER_ID,
    EVENT_ID,
    SEAT_ID,
    SELLER_ID,
    TRANSFER_ID,
    FakePhones,
    FakeTransfers,
    a_transfer,
)
from orchestrator_service.clients.inventory_types import Seat, SeatOwner
from orchestrator_service.clients.transfer_client import (
    Party,
    Task,
    Transfer,
    TransferStatus,
)
from orchestrator_service.clients.user_client import OtpOutcome
from orchestrator_service.orchestrators.transfer_access import Viewer
from orchestrator_service.orchestrators.transfer_checks import (
    Proposal,
    TransferChecks,
    TransferRules,
)
from orchestrator_service.orchestrators.transfer_orchestrator import (
    Confirmation,
    TransferOrchestrator,
)
from orchestrator_service.orchestrators.transfer_settlement import TransferSettlement
from orchestrator_service.saga.drive import Result
from orchestrator_service.saga.log import Reason, SagaState
from service_common.errors import (
    AppError,
    Conflict,
    Gone,
    PaymentRequired,
    Unavailable,
    Unprocessable,
)

BOTH = {Party.SELLER: "111111", Party.BUYER: "222222"}
TOO_LITTLE = Reason("INSUFFICIENT_CREDITS", "No.", 402, {"available": "3.00"})


class FakeEngine:
    """Ends every saga as it was told to, and remembers what it was given."""

    def __init__(self) -> None:
        self.state = SagaState.DONE
        self.reason: Reason | None = None
        self.started: list[tuple[str, Any]] = []

    def run(self, _saga: object, *, subject: str, data: object, saga_id: str) -> Result:
        assert subject == TRANSFER_ID
        self.started.append((saga_id, data))
        return Result(saga_id, self.state, self.reason)

    def wait_for_end(self, result: Result, *, within_s: float) -> Result:
        assert within_s >= 0
        return result


class FakeTickets:
    """One ticket of the seller's, that was sold for 20.00 at first."""

    def get_seat_owner(self, seat_id: str) -> SeatOwner:
        price = Decimal("20.00")
        seat = Seat(seat_id, "A", 1, "CAT1", price)
        return SeatOwner(seat, EVENT_ID, SELLER_ID, "SOLD", 1, price)


class World:
    """The services around one orchestrator."""

    def __init__(
        self, *, cap: int | None = None, closes_before: timedelta = timedelta()
    ) -> None:
        self.engine, self.phones = FakeEngine(), FakePhones()
        self.transfers = FakeTransfers()
        self.event = an_event(NOW + timedelta(hours=1))
        self.settlement = TransferSettlement(
            engine=self.engine,  # type: ignore[arg-type]
            swap=None,  # type: ignore[arg-type]
            reversal=None,  # type: ignore[arg-type]
            transfers=self.transfers,  # type: ignore[arg-type]
            credits_=None,  # type: ignore[arg-type]
            users=self.phones,  # type: ignore[arg-type]
        )
        self.orchestrator = TransferOrchestrator(
            checks=TransferChecks(
                tickets=FakeTickets(),  # type: ignore[arg-type]
                users=self.phones,  # type: ignore[arg-type]
                events=FakeEvents(self.event),  # type: ignore[arg-type]
                rules=TransferRules(cap, closes_before),
                now=lambda: NOW,
            ),
            users=self.phones,  # type: ignore[arg-type]
            transfers=self.transfers,  # type: ignore[arg-type]
            settlement=self.settlement,
            now=lambda: NOW,
        )

    def initiate(self, amount: str = "10.00", key: str | None = None) -> Transfer:
        proposal = Proposal(SEAT_ID, SELLER_ID, BUYER_ID, Decimal(amount), key)
        return self.orchestrator.initiate(SELLER_ID, proposal, ADDRESS)

    def confirm(self, codes: dict[Party, str] | None = None) -> Confirmation:
        return self.orchestrator.confirm(
            Viewer(SELLER_ID, is_admin=False), TRANSFER_ID, codes or BOTH, ADDRESS
        )


@pytest.fixture
def pending() -> World:
    world = World()
    world.transfers.row = a_transfer()
    return world


def test_price_at_the_cap_is_allowed_and_a_cent_more_is_not() -> None:
    """The cap is of what the seat was first sold for: 20.00."""
    world = World(cap=110)

    with pytest.raises(Unprocessable) as refused:
        world.initiate("22.01")
    nothing_begun = world.transfers.row
    transfer = world.initiate("22.00")

    assert refused.value.code == "TRANSFER_PRICE_TOO_HIGH"
    assert refused.value.details == {"price_paid": "20.00", "price_cap": "22.00"}
    assert nothing_begun is None
    assert transfer.credits_amount == "22.00"


def test_transfers_close_some_time_before_the_event() -> None:
    """The event begins in an hour."""
    soon, now = (World(closes_before=timedelta(minutes=m)) for m in (59, 60))

    transfer = soon.initiate()
    with pytest.raises(Gone) as refused:
        now.initiate()

    assert transfer.status is TransferStatus.PENDING_OTP
    assert refused.value.code == "TRANSFER_CLOSED"
    assert now.transfers.row is None


def test_both_get_a_code_before_the_transfer_awaits_them() -> None:
    world = World()

    transfer = world.initiate()

    assert world.phones.sent == ["TRANSFER_SELLER", "TRANSFER_BUYER"]
    assert transfer.status is TransferStatus.PENDING_OTP


@pytest.mark.parametrize("failure", [Unavailable(), Conflict(code="PHONE_BUSY")])
def test_transfer_whose_codes_cannot_be_sent_is_given_up(failure: AppError) -> None:
    world = World()
    world.phones.send_failure = failure

    with pytest.raises(AppError):
        world.initiate()

    row = world.transfers.get(TRANSFER_ID)
    assert (row.status, row.failure_reason) == (TransferStatus.FAILED, failure.code)
    assert world.transfers.settled == [(Task.CODES, 0)]


def test_repeat_under_the_key_has_the_codes_sent_that_silence_has_swallowed() -> None:
    world = World()
    world.phones.send_failure = Unavailable()
    with pytest.raises(Unavailable):
        world.initiate(key=TRANSFER_ID)
    world.phones.send_failure = None

    again = world.initiate(key=TRANSFER_ID)
    once_more = world.initiate(key=TRANSFER_ID)

    assert again.transfer_id == once_more.transfer_id == TRANSFER_ID
    assert world.phones.sent == ["TRANSFER_SELLER", "TRANSFER_BUYER"]


def test_expired_code_is_answered_and_another_is_sent(pending: World) -> None:
    pending.phones.outcomes["TRANSFER_BUYER"] = (OtpOutcome.EXPIRED, 0)

    with pytest.raises(Gone) as refused:
        pending.confirm()

    assert refused.value.code == "OTP_EXPIRED"
    assert refused.value.details == {"party": "BUYER"}
    assert pending.phones.sent == ["TRANSFER_BUYER"]
    assert pending.transfers.get(TRANSFER_ID).seller_otp_verified


def test_transfer_whose_time_is_over_takes_no_code(pending: World) -> None:
    pending.transfers._become(
        TRANSFER_ID, expires_at=(NOW - timedelta(seconds=1)).isoformat()
    )

    with pytest.raises(Gone) as refused:
        pending.confirm()

    assert refused.value.code == "TRANSFER_EXPIRED"


@pytest.mark.parametrize("party", list(Party))
def test_consent_of_one_starts_no_swap(pending: World, party: Party) -> None:
    confirmation = pending.confirm({party: "111111"})

    assert confirmation.transfer.has_consent_of(party)
    assert not confirmation.transfer.is_agreed
    assert not confirmation.pending
    assert pending.engine.started == []


def test_swap_runs_under_the_transfers_own_id(pending: World) -> None:
    pending.confirm()

    [(saga_id, data)] = pending.engine.started
    assert saga_id == TRANSFER_ID
    assert (data.seller_id, data.buyer_id, data.amount) == (
        SELLER_ID,
        BUYER_ID,
        "10.00",
    )
    assert data.ticket_version == 1


def test_refused_swap_fails_the_transfer_and_the_seller_learns_no_balance(
    pending: World,
) -> None:
    pending.engine.state, pending.engine.reason = SagaState.FAILED, TOO_LITTLE

    with pytest.raises(PaymentRequired) as refused:
        pending.confirm()

    assert refused.value.details["available"] is None
    row = pending.transfers.get(TRANSFER_ID)
    assert (row.status, row.failure_reason) == (
        TransferStatus.FAILED,
        "INSUFFICIENT_CREDITS",
    )


def test_unfinished_swap_is_pending_and_stays_agreed(pending: World) -> None:
    pending.engine.state = SagaState.RUNNING

    confirmation = pending.confirm()

    assert confirmation.pending
    assert confirmation.transfer.is_agreed
    # Coming again joins the same saga, without another code.
    assert pending.confirm({Party.SELLER: "000000"}).pending
    assert [saga_id for saga_id, _ in pending.engine.started] == [TRANSFER_ID] * 2


def test_sweep_carries_out_what_a_dead_request_has_left(pending: World) -> None:
    for party in Party:
        pending.transfers.record_consent(TRANSFER_ID, party)
    pending.engine.state, pending.engine.reason = SagaState.FAILED, TOO_LITTLE

    pending.settlement.settle(pending.transfers.get(TRANSFER_ID))

    assert pending.transfers.get(TRANSFER_ID).status is TransferStatus.FAILED
