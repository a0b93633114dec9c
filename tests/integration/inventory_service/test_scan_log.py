"""Scans that are repeated, and the log of all scans."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from service_common.errors import InvalidInput
from service_common.stubs import inventory_pb2 as pb
from support.inventory_calls import InventoryCalls, new_id
from support.races import race

Query = Callable[..., list[Any]]


@pytest.fixture
def ticket(inventory: InventoryCalls, seats: list[str]) -> str:
    inventory.buy([seats[0]], new_id())
    return seats[0]


def a_rejection(**fields: Any) -> pb.RecordScanRequest:
    plain: dict[str, Any] = {
        "log_id": new_id(),
        "scan_id": new_id(),
        "result": pb.EXPIRED,
        "staff_id": new_id(),
        "presented_seat_id": new_id(),
        "event_id": new_id(),
        "ticket_version": 1,
        "hall_id_presented": "HALL-B",
        "hall_id_expected": "HALL-A",
    }
    return pb.RecordScanRequest(**(plain | fields))


def scans_of(inventory: InventoryCalls, event_id: str, **more: Any) -> pb.ScanPage:
    plain: dict[str, Any] = {"event_id": event_id, "page": 1, "page_size": 20}
    request = pb.ListScansRequest(**(plain | more))
    page: pb.ScanPage = inventory.call("ListScans", request)
    return page


@pytest.mark.parametrize("attempt", range(10))
def test_same_scan_at_once_is_one_admission_that_both_may_answer(
    inventory: InventoryCalls,
    event_id: str,
    ticket: str,
    query: Query,
    attempt: int,
) -> None:
    scan_id = new_id()

    answers = race(
        *[partial(inventory.check_in, ticket, event_id, 1, scan_id=scan_id)] * 4
    )

    assert sum(answer.checked_in for answer in answers) == 1
    assert all(answer.state.same_scan for answer in answers)
    assert len(query("SELECT 1 FROM entry_logs")) == 1


def test_scan_is_the_same_only_as_long_as_its_caller_says(
    inventory: InventoryCalls, event_id: str, ticket: str, query: Query
) -> None:
    scan_id = new_id()
    inventory.check_in(ticket, event_id, 1, scan_id=scan_id)
    query("UPDATE entry_logs SET scanned_at = now() - interval '11 seconds'")

    late = inventory.check_in(ticket, event_id, 1, scan_id=scan_id, repeats_within_s=10)
    ever = inventory.check_in(ticket, event_id, 1, scan_id=scan_id)

    assert not late.checked_in
    assert not late.state.same_scan
    assert ever.state.same_scan


def test_look_names_the_scan_that_let_the_ticket_in(
    inventory: InventoryCalls, event_id: str, ticket: str
) -> None:
    scan_id = new_id()
    inventory.check_in(ticket, event_id, 1, scan_id=scan_id)

    seen = [
        inventory.call(
            "VerifyTicket",
            pb.VerifyTicketRequest(
                seat_id=ticket, scan=pb.ScanIdentity(scan_id=one, repeats_within_s=10)
            ),
        ).same_scan
        for one in (scan_id, new_id())
    ]

    assert seen == [True, False]


def test_rejection_is_logged_once_however_often_it_is_sent(
    inventory: InventoryCalls, event_id: str, ticket: str
) -> None:
    rejection = a_rejection(presented_seat_id=ticket, event_id=event_id)

    for _ in range(3):
        inventory.call("RecordScan", rejection)

    [scan] = scans_of(inventory, event_id).scans
    assert scan.log_id == rejection.log_id
    assert scan.result == pb.EXPIRED
    assert (scan.seat.seat_id, scan.seat.row_number) == (ticket, "A")
    assert (scan.hall_id_presented, scan.hall_id_expected) == ("HALL-B", "HALL-A")
    assert scan.staff_id == rejection.staff_id


def test_rejection_after_the_fact_says_that_somebody_went_in(
    inventory: InventoryCalls, event_id: str
) -> None:
    late = a_rejection(event_id=event_id, admitted=True)
    late.scanned_at.FromSeconds(1_781_550_000)

    inventory.call("RecordScan", late)

    [scan] = scans_of(inventory, event_id).scans
    assert scan.admitted
    assert scan.scanned_at == late.scanned_at
    assert scan.recorded_at.seconds > scan.scanned_at.seconds


@pytest.mark.parametrize("presented", [new_id(), "unreadable"])
def test_seat_that_does_not_exist_is_logged_as_it_was_presented(
    inventory: InventoryCalls, presented: str, query: Query
) -> None:
    rejection = a_rejection(
        result=pb.NOT_FOUND,
        presented_seat_id=presented,
        event_id="",
        ticket_version=0,
        hall_id_expected="",
    )

    inventory.call("RecordScan", rejection)

    [row] = query("SELECT * FROM entry_logs")
    assert (row.seat_id, row.presented_seat_id) == (None, presented)
    assert (row.event_id, row.ticket_version, row.hall_id_expected) == (None,) * 3


@pytest.mark.parametrize(
    "damage",
    [
        {"result": pb.SUCCESS},
        {"result": 0},
        {"result": 99},
        {"log_id": "1"},
        {"scan_id": ""},
        {"staff_id": "-"},
        {"presented_seat_id": ""},
        {"presented_seat_id": "x" * 65},
        {"presented_seat_id": "a\0b"},
        {"event_id": "x"},
        {"hall_id_presented": ""},
        {"hall_id_expected": "x" * 21},
    ],
)
def test_malformed_rejection_is_refused(
    inventory: InventoryCalls, damage: dict[str, Any], query: Query
) -> None:
    with pytest.raises(InvalidInput):
        inventory.call("RecordScan", a_rejection(**damage))

    assert query("SELECT 1 FROM entry_logs") == []


def test_log_is_read_newest_first_by_event_and_result(
    inventory: InventoryCalls, event_id: str, ticket: str
) -> None:
    inventory.call("RecordScan", a_rejection())
    for result in (pb.UNPAID, pb.EXPIRED):
        inventory.call("RecordScan", a_rejection(event_id=event_id, result=result))
    inventory.check_in(ticket, event_id, 1)

    page = scans_of(inventory, event_id, page_size=2)
    rest = scans_of(inventory, event_id, page_size=2, page=2)
    unpaid = scans_of(inventory, event_id, result=pb.UNPAID)

    assert [scan.result for scan in page.scans] == [pb.SUCCESS, pb.EXPIRED]
    assert [scan.result for scan in rest.scans] == [pb.UNPAID]
    assert (page.total, rest.total, unpaid.total) == (3, 3, 1)
    assert scans_of(inventory, "").total == 4
    assert scans_of(inventory, event_id, page=9).total == 3


@pytest.mark.parametrize(
    "damage",
    [{"page": 0}, {"page": -1}, {"page_size": 101}, {"result": 9}],
)
def test_malformed_question_for_the_log_is_refused(
    inventory: InventoryCalls, damage: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput):
        scans_of(inventory, new_id(), **damage)
    with pytest.raises(InvalidInput):
        scans_of(inventory, "not an id")


def test_scans_of_an_event_are_counted_by_result(
    inventory: InventoryCalls, event_id: str, ticket: str
) -> None:
    for _ in range(3):
        inventory.call(
            "RecordScan", a_rejection(event_id=event_id, result=pb.DUPLICATE)
        )
    inventory.call("RecordScan", a_rejection(result=pb.DUPLICATE))
    inventory.check_in(ticket, event_id, 1)

    answer = inventory.call("CountScans", pb.CountScansRequest(event_id=event_id))

    counts = {count.result: count.scans for count in answer.counts}
    assert counts == {pb.DUPLICATE: 3, pb.SUCCESS: 1}


def test_scan_that_let_one_ticket_in_can_let_no_other_in(
    inventory: InventoryCalls, event_id: str, seats: list[str], query: Query
) -> None:
    inventory.buy(seats[:2], new_id())
    scan_id = new_id()
    inventory.check_in(seats[0], event_id, 1, scan_id=scan_id)

    with pytest.raises(Exception, match="inventory"):
        inventory.check_in(seats[1], event_id, 1, scan_id=scan_id)

    assert inventory.status(seats[1]) == "SOLD"
    assert len(query("SELECT 1 FROM entry_logs WHERE result = 'SUCCESS'")) == 1
