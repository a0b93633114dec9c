"""Calls that come together get the answers that each would get by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message
from sqlalchemy import text

from service_common.db import Database
from service_common.errors import AppError, Conflict, InvalidInput, NotFound, Unknown
from service_common.grpc_client import Asked
from service_common.grpc_gathering import GatheringCaller
from service_common.stubs import inventory_pb2 as pb
from service_common.stubs.inventory_pb2_grpc import InventoryStub
from support.inventory_calls import TIMEOUT_S, InventoryCalls, hold_target, new_id
from support.races import race

Query = Callable[..., list[Any]]
Outcome = Message | AppError | None

ANSWERS: dict[str, type[Message]] = {
    "ReserveSeat": pb.SeatHold,
    "ClaimSeat": pb.ClaimSeatResponse,
    "ConfirmSeat": pb.ConfirmSeatResponse,
    "VerifyTicket": pb.TicketState,
    "MarkCheckedIn": pb.MarkCheckedInResponse,
}
RPC_OF = {f"{rpc}Request": rpc for rpc in ANSWERS}


class Door:
    """Asks for the same alone or together; a call is known by its request message."""

    def __init__(self, channel: grpc.Channel, service_token: str) -> None:
        self._stub: Any = InventoryStub(channel)  # type: ignore[no-untyped-call]
        self.caller = GatheringCaller(
            "inventory",
            service_token,
            carry_out=self._stub.CarryOutCalls,
            answers=ANSWERS,
        )

    def _asked(self, request: Message, request_id: str = "") -> Asked:
        rpc = RPC_OF[request.DESCRIPTOR.name]
        method = getattr(self._stub, rpc)
        return Asked(method, request, TIMEOUT_S, rpc, request_id or new_id())

    def together(self, *requests: Message, ids: list[str] | None = None) -> list[Any]:
        """The outcomes of one round; None for a call that has to come by itself."""
        request_ids = ids or [new_id() for _ in requests]
        return list(self.caller._round(list(map(self._asked, requests, request_ids))))

    def alone(self, request: Message) -> Any:
        """The outcome of the call's own RPC."""
        try:
            asked = self._asked(request)
            return self.caller._by_itself(asked, TIMEOUT_S)
        except AppError as error:
            return error

    def settled(self, *requests: Message) -> list[Any]:
        """The outcomes of a round, as its callers get them in the end."""
        outcomes = self.together(*requests)
        return [
            self.alone(request) if outcome is None else outcome
            for request, outcome in zip(requests, outcomes, strict=True)
        ]


@pytest.fixture
def door(channel: grpc.Channel, service_token: str) -> Door:
    return Door(channel, service_token)


def _reserve(*seat_ids: str, user_id: str = "", hold_id: str = "") -> Any:
    return pb.ReserveSeatRequest(
        seat_ids=seat_ids,
        user_id=user_id or new_id(),
        hold_id=hold_id or new_id(),
        order_id=new_id(),
    )


def _claim(hold: pb.SeatHold, claim_id: str = "") -> Any:
    return pb.ClaimSeatRequest(claim_id=claim_id or new_id(), hold=hold_target(hold))


def _confirm(claim: Any) -> Any:
    return pb.ConfirmSeatRequest(claim_id=claim.claim_id, user_id=claim.hold.user_id)


def _scan(scan_id: str = "", repeats_within_s: int = 0) -> pb.ScanIdentity:
    return pb.ScanIdentity(
        scan_id=scan_id or new_id(), repeats_within_s=repeats_within_s
    )


def _look(seat_id: str, scan_id: str = "") -> Any:
    return pb.VerifyTicketRequest(seat_id=seat_id, scan=_scan(scan_id))


def _check_in(seat_id: str, event_id: str, version: int = 1, scan_id: str = "") -> Any:
    return pb.MarkCheckedInRequest(
        seat_id=seat_id,
        event_id=event_id,
        ticket_version=version,
        staff_id=new_id(),
        hall_id_presented="HALL-A",
        hall_id_expected="HALL-A",
        scan=_scan(scan_id),
    )


def _told(outcome: Any) -> Any:
    """What can be compared: the message, or the error's class and contents."""
    if isinstance(outcome, AppError):
        return type(outcome), outcome.code, outcome.message, outcome.details
    return outcome


def _code(outcome: Any) -> str:
    return outcome.code if isinstance(outcome, AppError) else "OK"


def test_holds_claims_and_sales_are_what_single_ones_would_be(
    door: Door, seats: list[str], query: Query
) -> None:
    wishes = [_reserve(seats[0]), _reserve(seats[1], seats[2]), _reserve(seats[3])]
    ids = ["request-a", "request-b", "request-c"]

    holds = door.together(*wishes, ids=ids)
    claims = [_claim(hold) for hold in holds]
    claimed = door.together(*claims)
    sales = door.together(*map(_confirm, claims))

    for wish, hold in zip(wishes, holds, strict=True):
        assert (hold.hold_id, hold.user_id) == (wish.hold_id, wish.user_id)
        assert (hold.order_id, hold.existing) == (wish.order_id, False)
        assert [seat.seat_id for seat in hold.seats] == list(wish.seat_ids)
        assert 295 <= hold.ttl_seconds <= 300
    assert [answer.state for answer in claimed] == [pb.OPEN] * 3
    assert sales == [door.alone(_confirm(claim)) for claim in claims]
    told = query("SELECT request_id FROM outbox WHERE topic = 'seat.hold' ORDER BY 1")
    assert [row.request_id for row in told] == ids


def test_hold_made_together_is_found_by_its_repeat(
    door: Door, seats: list[str]
) -> None:
    wishes = [_reserve(seats[0]), _reserve(seats[1])]
    holds = door.together(*wishes)

    again = door.settled(*wishes)

    for hold, found in zip(holds, again, strict=True):
        assert found.existing
        assert (found.hold_id, found.held_until) == (hold.hold_id, hold.held_until)


def test_claims_and_sales_that_are_repeated_answer_the_same(
    door: Door, seats: list[str]
) -> None:
    holds = door.together(_reserve(seats[0]), _reserve(seats[1]))
    claims = [_claim(hold) for hold in holds]

    twice = door.settled(*claims, *claims)
    sales = door.settled(*map(_confirm, claims), *map(_confirm, claims))
    late = door.settled(*claims)

    assert [answer.state for answer in twice] == [pb.OPEN] * 4
    assert sales[:2] == sales[2:]
    assert [answer.state for answer in late] == [pb.CONFIRMED] * 2


def _refused_reservations(
    inventory: InventoryCalls, seats: list[str], event: str
) -> list[tuple[str, Any]]:
    inventory.reserve([seats[0]])
    inventory.buy([seats[1]], new_id())
    return [
        ("SEAT_UNAVAILABLE", _reserve(seats[0])),
        ("SEAT_UNAVAILABLE", _reserve(seats[0], seats[2])),
        ("SEAT_ALREADY_SOLD", _reserve(seats[1])),
        ("SEAT_NOT_FOUND", _reserve(new_id())),
        ("INVALID_INPUT", _reserve(seats[2], seats[2])),
        ("INVALID_INPUT", _reserve()),
        ("INVALID_INPUT", _reserve("no-id")),
        ("OK", _reserve(seats[3])),
    ]


def _refused_claims(
    inventory: InventoryCalls, seats: list[str], event: str
) -> list[tuple[str, Any]]:
    held, paid, revoked = (inventory.reserve([seat]) for seat in seats[:3])
    late, stolen = (inventory.reserve([seat]) for seat in seats[3:5])
    inventory.claim(new_id(), paid)
    given_up = new_id()
    inventory.revoke(given_up, revoked)
    inventory.release(late.hold_id, by_holder=True)
    stolen.user_id = new_id()
    return [
        ("PAYMENT_IN_PROGRESS", _claim(paid)),
        ("CLAIM_REVOKED", _claim(revoked, given_up)),
        ("HOLD_EXPIRED", _claim(late)),
        ("FORBIDDEN", _claim(stolen)),
        ("INVALID_INPUT", pb.ClaimSeatRequest(claim_id=new_id())),
        ("INVALID_INPUT", _claim(held, "no-id")),
        ("OK", _claim(held)),
    ]


def _refused_sales(
    inventory: InventoryCalls, seats: list[str], event: str
) -> list[tuple[str, Any]]:
    holds = [inventory.reserve([seat]) for seat in seats[:3]]
    claims = [_claim(hold) for hold in holds]
    for claim, hold in zip(claims, holds, strict=True):
        inventory.claim(claim.claim_id, hold)
    inventory.revoke(claims[1].claim_id, holds[1])
    stolen = _confirm(claims[2])
    stolen.user_id = new_id()
    return [
        ("CLAIM_REVOKED", _confirm(claims[1])),
        ("CLAIM_REVOKED", pb.ConfirmSeatRequest(claim_id=new_id(), user_id=new_id())),
        ("FORBIDDEN", stolen),
        ("INVALID_INPUT", pb.ConfirmSeatRequest(claim_id="x", user_id=new_id())),
        ("OK", _confirm(claims[0])),
    ]


def _looks(
    inventory: InventoryCalls, seats: list[str], event: str
) -> list[tuple[str, Any]]:
    inventory.buy(seats[:4], new_id())
    inventory.reserve([seats[4]])
    scan = new_id()
    inventory.check_in(seats[1], event, 1, scan_id=scan)
    over = pb.VerifyTicketRequest(seat_id=seats[1], scan=_scan(scan, -1))
    return [
        ("OK", _look(seats[0])),
        ("OK", _look(seats[1], scan)),
        ("OK", _look(seats[1])),
        ("OK", pb.VerifyTicketRequest(seat_id=seats[1])),
        ("OK", pb.VerifyTicketRequest(seat_id=seats[1], scan=_scan(scan, 60))),
        ("OK", _look(seats[4])),
        ("OK", _look(seats[5])),
        ("SEAT_NOT_FOUND", _look(new_id())),
        ("INVALID_INPUT", _look("no-id")),
        ("INVALID_INPUT", over),
    ]


def _refused_admissions(
    inventory: InventoryCalls, seats: list[str], event: str
) -> list[tuple[str, Any]]:
    owner = new_id()
    inventory.buy(seats[:4], owner)
    scan = new_id()
    inventory.check_in(seats[1], event, 1, scan_id=scan)
    inventory.claim_ticket(new_id(), seats[2], owner, 1)
    nameless = _check_in(seats[3], event)
    nameless.hall_id_presented = ""
    return [
        ("OK", _check_in(seats[0], event, version=2)),
        ("OK", _check_in(seats[0], new_id())),
        ("OK", _check_in(seats[1], event)),
        ("OK", _check_in(seats[1], event, scan_id=scan)),
        ("OK", _check_in(seats[2], event)),
        ("OK", _check_in(seats[5], event)),
        ("SEAT_NOT_FOUND", _check_in(new_id(), event)),
        ("INVALID_INPUT", _check_in("no-id", event)),
        ("INVALID_INPUT", nameless),
    ]


@pytest.mark.parametrize(
    "situation",
    [
        _refused_reservations,
        _refused_claims,
        _refused_sales,
        _looks,
        _refused_admissions,
    ],
)
def test_every_answer_together_is_the_one_alone(
    door: Door,
    inventory: InventoryCalls,
    seats: list[str],
    event_id: str,
    situation: Callable[..., list[tuple[str, Any]]],
) -> None:
    cases = situation(inventory, seats, event_id)
    requests = [request for _, request in cases]

    together = door.settled(*requests)

    assert list(map(_code, together)) == [code for code, _ in cases]
    for request, outcome in zip(requests, together, strict=True):
        if isinstance(request, pb.ReserveSeatRequest) and _code(outcome) == "OK":
            continue  # its repeat has less time left, and says so
        assert _told(outcome) == _told(door.alone(request))


def test_plain_refusals_are_decided_in_the_round(
    door: Door, inventory: InventoryCalls, seats: list[str]
) -> None:
    inventory.reserve([seats[0]])
    inventory.buy([seats[1]], new_id())

    outcomes = door.together(
        _reserve(seats[0]),
        _reserve(seats[1]),
        _reserve(seats[2]),
        _reserve(seats[2]),
        _reserve(seats[2], seats[3]),
        _look(new_id()),
        _reserve("no-id"),
    )

    assert [_code(outcome) for outcome in outcomes] == [
        "SEAT_UNAVAILABLE",
        "SEAT_ALREADY_SOLD",
        "OK",
        "SEAT_UNAVAILABLE",
        "SEAT_UNAVAILABLE",
        "SEAT_NOT_FOUND",
        "INVALID_INPUT",
    ]


def test_tickets_are_let_in_together_with_a_row_of_the_log_each(
    door: Door,
    inventory: InventoryCalls,
    seats: list[str],
    event_id: str,
    query: Query,
) -> None:
    inventory.buy(seats[:4], new_id())
    scans = [_check_in(seat, event_id) for seat in seats[:3]]

    admitted = door.together(*scans)
    single = door.alone(_check_in(seats[3], event_id))

    for scan, answer in zip(scans, admitted, strict=True):
        assert answer.checked_in
        assert answer.state == door.alone(_look(scan.seat_id, scan.scan.scan_id))
        alike = pb.MarkCheckedInResponse()
        alike.CopyFrom(answer)
        alike.state.ticket.seat.CopyFrom(single.state.ticket.seat)
        alike.state.checked_in_at.CopyFrom(single.state.checked_in_at)
        assert alike == single
    columns = (
        "presented_seat_id, event_id, ticket_version, result, admitted,"
        " hall_id_presented, hall_id_expected"
    )
    rows = query(f"SELECT seat_id, scan_id, {columns} FROM entry_logs")  # noqa: S608
    written = {str(row.seat_id): tuple(row)[1:] for row in rows}
    assert sorted(written) == sorted(seats[:4])
    for scan in scans:
        scan_id, presented, event, *rest = written[scan.seat_id]
        assert (str(scan_id), presented) == (scan.scan.scan_id, scan.seat_id)
        assert str(event) == event_id
        assert rest == [1, "SUCCESS", True, "HALL-A", "HALL-A"]


def test_ticket_that_two_gates_show_at_once_lets_in_one(
    door: Door,
    inventory: InventoryCalls,
    seats: list[str],
    event_id: str,
    query: Query,
) -> None:
    inventory.buy(seats[:2], new_id())
    both = [_check_in(seats[0], event_id), _check_in(seats[0], event_id)]

    first, second, bystander = door.settled(*both, _check_in(seats[1], event_id))

    assert [a.checked_in for a in (first, second, bystander)] == [True, False, True]
    assert not second.state.same_scan
    assert len(query("SELECT 1 FROM entry_logs WHERE result = 'SUCCESS'")) == 2


def test_ticket_that_must_not_go_in_keeps_nobody_of_its_round_out(
    door: Door, inventory: InventoryCalls, seats: list[str], event_id: str
) -> None:
    owner = new_id()
    inventory.buy(seats[:3], owner)
    inventory.claim_ticket(new_id(), seats[0], owner, 1)

    outcomes = door.together(
        _check_in(seats[0], event_id),
        _check_in(seats[1], event_id, version=2),
        _check_in(seats[2], event_id),
    )

    assert [outcome and outcome.checked_in for outcome in outcomes] == [
        None,
        None,
        True,
    ]


def test_gates_of_many_orchestrators_let_each_ticket_in_once(
    door: Door,
    inventory: InventoryCalls,
    seats: list[str],
    event_id: str,
    query: Query,
) -> None:
    inventory.buy(seats, new_id())

    def gate() -> list[Any]:
        return door.settled(*(_check_in(seat, event_id) for seat in seats))

    rounds = race(*[gate] * 4)

    admitted = [answer.checked_in for answers in rounds for answer in answers]
    assert admitted.count(True) == len(seats)
    assert len(query("SELECT 1 FROM entry_logs WHERE result = 'SUCCESS'")) == len(seats)


def test_hundred_buyers_of_one_seat_in_rounds_from_everywhere_and_one_wins(
    door: Door, seats: list[str], query: Query
) -> None:
    def a_round() -> list[Any]:
        return door.settled(*(_reserve(seats[0]) for _ in range(20)))

    rounds = race(*[a_round] * 5)

    outcomes = [outcome for answers in rounds for outcome in answers]
    assert sorted(map(_code, outcomes)) == ["OK"] + ["SEAT_UNAVAILABLE"] * 99
    assert len(query("SELECT 1 FROM outbox WHERE topic = 'seat.hold'")) == 1


def test_buyers_who_happen_to_meet_each_get_what_they_asked_for(
    door: Door, inventory: InventoryCalls, seats: list[str]
) -> None:
    def buy(seat: str) -> str:
        user_id = new_id()
        hold = door.caller.call(
            inventory.stub.ReserveSeat,
            _reserve(seat, user_id=user_id),
            timeout_s=TIMEOUT_S,
            call="ReserveSeat",
        )
        claim = _claim(hold)
        for rpc, request in (("ClaimSeat", claim), ("ConfirmSeat", _confirm(claim))):
            answer = door.caller.call(
                getattr(inventory.stub, rpc), request, timeout_s=TIMEOUT_S, call=rpc
            )
        [sold] = answer.seats
        return str(sold.seat.seat_id)

    outcomes = race(*[lambda seat=seat: buy(seat) for seat in seats * 3])

    sold = [outcome for outcome in outcomes if isinstance(outcome, str)]
    assert sorted(sold) == sorted(seats)
    refused = [outcome for outcome in outcomes if not isinstance(outcome, str)]
    assert {type(outcome) for outcome in refused} == {Conflict}


def test_locked_seat_holds_nobody_else_up(
    door: Door,
    inventory: InventoryCalls,
    database: Database,
    seats: list[str],
    event_id: str,
) -> None:
    inventory.buy(seats[4:6], new_id())
    with database.transaction() as other:
        other.execute(
            text(
                "SELECT 1 FROM seats WHERE seat_id = ANY(CAST(:s AS uuid[])) FOR UPDATE"
            ),
            {"s": [seats[0], seats[4]]},
        )
        started = time.monotonic()
        outcomes = door.together(
            _reserve(seats[0]),
            _reserve(seats[1]),
            _check_in(seats[4], event_id),
            _check_in(seats[5], event_id),
        )
        took_s = time.monotonic() - started

    assert [outcome is None for outcome in outcomes] == [True, False, True, False]
    assert took_s < 0.5


def test_scan_that_stands_in_the_log_already_spoils_no_other(
    door: Door, inventory: InventoryCalls, seats: list[str], event_id: str
) -> None:
    inventory.buy(seats[:3], new_id())
    scan_id = new_id()
    inventory.check_in(seats[0], event_id, 1, scan_id=scan_id)

    reused, good = door.settled(
        _check_in(seats[1], event_id, scan_id=scan_id), _check_in(seats[2], event_id)
    )

    assert type(reused) is Unknown
    assert good.checked_in


def _send(inventory: InventoryCalls, *calls: pb.GatheredCall) -> Any:
    return inventory.call("CarryOutCalls", pb.CarryOutCallsRequest(calls=calls))


def test_what_is_no_message_of_its_kind_is_refused_and_spoils_no_other(
    inventory: InventoryCalls, seats: list[str]
) -> None:
    good = _reserve(seats[0]).SerializeToString()

    answers = _send(
        inventory,
        pb.GatheredCall(rpc="ReserveSeat", request=b"\xff", request_id="a"),
        pb.GatheredCall(rpc="ReserveSeat", request=good, request_id="b"),
    ).answers

    assert [answer.WhichOneof("outcome") for answer in answers] == [
        "status",
        "response",
    ]


@pytest.mark.parametrize("rpc", ["", "CreateSeats", "CarryOutCalls", "reserve_seat"])
def test_call_that_is_not_gathered_refuses_the_round_before_anything_is_done(
    inventory: InventoryCalls, seats: list[str], rpc: str
) -> None:
    good = pb.GatheredCall(
        rpc="ReserveSeat", request=_reserve(seats[0]).SerializeToString()
    )

    with pytest.raises(InvalidInput):
        _send(inventory, good, pb.GatheredCall(rpc=rpc))

    assert inventory.status(seats[0]) == "AVAILABLE"


def test_no_more_than_a_hundred_calls_come_together(
    inventory: InventoryCalls,
) -> None:
    look = pb.GatheredCall(
        rpc="VerifyTicket", request=_look(new_id()).SerializeToString()
    )

    assert len(_send(inventory, *[look] * 100).answers) == 100
    with pytest.raises(InvalidInput):
        _send(inventory, *[look] * 101)


def test_unknown_seat_among_known_ones_is_not_found(
    door: Door, seats: list[str]
) -> None:
    found, missing = door.together(_look(seats[0]), _look(new_id()))

    assert found.ticket.seat.seat_id == seats[0]
    assert type(missing) is NotFound
