"""Scanners that were alone let people in; the books agree whoever reports first."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from service_common.errors import InvalidInput, Unknown, Unprocessable
from service_common.stubs import inventory_pb2 as pb
from support.inventory_calls import InventoryCalls, new_id
from support.races import race

Query = Callable[..., list[Any]]
SEVEN = datetime(2026, 6, 15, 19, tzinfo=UTC)


@pytest.fixture
def owner() -> str:
    return new_id()


@pytest.fixture
def ticket(inventory: InventoryCalls, seats: list[str], owner: str) -> str:
    inventory.buy([seats[0]], owner)
    return seats[0]


def an_admission(
    seat_id: str, event_id: str, *, at_s: float = 0, **fields: Any
) -> pb.MergeScanRequest:
    plain: dict[str, Any] = {
        "scan_id": new_id(),
        "seat_id": seat_id,
        "event_id": event_id,
        "ticket_version": 1,
        "staff_id": new_id(),
        "hall_id": "HALL-A",
    }
    request = pb.MergeScanRequest(**(plain | fields))
    request.scanned_at.FromDatetime(SEVEN + timedelta(seconds=at_s))
    return request


def merge(inventory: InventoryCalls, scan: pb.MergeScanRequest) -> pb.MergeScanResponse:
    merged: pb.MergeScanResponse = inventory.call("MergeScan", scan)
    return merged


def test_admission_of_a_lonely_scanner_checks_the_ticket_in(
    inventory: InventoryCalls, event_id: str, ticket: str, query: Query
) -> None:
    scan = an_admission(ticket, event_id)

    merged = merge(inventory, scan)

    assert (merged.result, list(merged.conflicts)) == (pb.SUCCESS, [])
    assert inventory.status(ticket) == "CHECKED_IN"
    [row] = query("SELECT * FROM entry_logs")
    assert (row.scanned_at, row.admitted) == (SEVEN, True)
    assert row.recorded_at > SEVEN
    assert inventory.violations() == {}


def test_admission_may_be_told_again(
    inventory: InventoryCalls, event_id: str, ticket: str, query: Query
) -> None:
    scan = an_admission(ticket, event_id)

    answers = [merge(inventory, scan) for _ in range(3)]

    assert answers == [answers[0]] * 3
    assert len(query("SELECT 1 FROM entry_logs")) == 1


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_earliest_admission_is_the_entry_in_whatever_order_they_are_told(
    inventory: InventoryCalls,
    event_id: str,
    ticket: str,
    query: Query,
    order: tuple[int, ...],
) -> None:
    scans = [
        an_admission(ticket, event_id, at_s=2, hall_id="HALL-B"),
        an_admission(ticket, event_id, at_s=1),
        an_admission(ticket, event_id, at_s=3),
    ]
    for at in order:
        merge(inventory, scans[at])

    answers = [merge(inventory, scan) for scan in scans]

    results = [answer.result for answer in answers]
    assert results == [pb.DUPLICATE, pb.SUCCESS, pb.DUPLICATE]
    told = [[one.scan_id for one in answer.conflicts] for answer in answers]
    first, second, third = scans[1].scan_id, scans[0].scan_id, scans[2].scan_id
    assert told == [[first, third], [second, third], [first, second]]
    conflict = answers[1].conflicts[0]
    assert conflict.hall_id == "HALL-B"
    assert conflict.staff_id == scans[0].staff_id
    assert conflict.scanned_at == scans[0].scanned_at
    assert len(query("SELECT 1 FROM entry_logs WHERE result = 'SUCCESS'")) == 1
    assert inventory.violations() == {}


def test_ties_go_to_the_smaller_scan_id(
    inventory: InventoryCalls, event_id: str, ticket: str
) -> None:
    small, great = sorted(str(uuid.uuid4()) for _ in range(2))

    for scan_id in (great, small):
        merge(inventory, an_admission(ticket, event_id, scan_id=scan_id))
    [entry] = inventory.call(
        "ListScans",
        pb.ListScansRequest(event_id=event_id, result=pb.SUCCESS, page=1, page_size=5),
    ).scans

    assert entry.log_id == small
    assert entry.admitted


def test_online_and_offline_admissions_collide_too(
    inventory: InventoryCalls, event_id: str, ticket: str
) -> None:
    online = inventory.check_in(ticket, event_id, 1)
    assert online.checked_in

    merged = merge(inventory, an_admission(ticket, event_id))

    assert merged.result == pb.SUCCESS
    [conflict] = merged.conflicts
    assert conflict.scanned_at == online.state.checked_in_at
    assert inventory.violations() == {}


@pytest.mark.parametrize("attempt", range(10))
def test_batches_that_come_at_once_leave_one_entry(
    inventory: InventoryCalls, event_id: str, ticket: str, query: Query, attempt: int
) -> None:
    scans = [an_admission(ticket, event_id, at_s=at) for at in (3, 1, 2, 4)]
    online = partial(inventory.check_in, ticket, event_id, 1)

    answers = race(*[partial(merge, inventory, scan) for scan in scans], online)
    for scan, answer in zip(scans, answers, strict=False):
        if isinstance(answer, Unknown):  # waited too long for the lock: told again
            merge(inventory, scan)

    [entry] = query("SELECT log_id FROM entry_logs WHERE result = 'SUCCESS'")
    assert str(entry.log_id) == scans[1].scan_id
    assert inventory.violations() == {}


def test_ticket_of_a_former_owner_is_no_entry_and_stands_in_the_log(
    inventory: InventoryCalls, event_id: str, ticket: str, owner: str, query: Query
) -> None:
    claim_id = new_id()
    inventory.claim_ticket(claim_id, ticket, owner, 1)
    with pytest.raises(Unknown):
        merge(inventory, an_admission(ticket, event_id))
    inventory.update_owner(claim_id, ticket, new_id())

    merged = merge(inventory, an_admission(ticket, event_id))

    assert merged.result == pb.EXPIRED
    assert inventory.status(ticket) == "SOLD"
    [row] = query("SELECT admitted FROM entry_logs")
    assert row.admitted


def test_unpaid_and_unknown_seats_are_no_entries(
    inventory: InventoryCalls, event_id: str, seats: list[str]
) -> None:
    unpaid = merge(inventory, an_admission(seats[1], event_id))
    unknown = merge(inventory, an_admission(new_id(), event_id))
    elsewhere = merge(inventory, an_admission(seats[1], new_id()))

    assert unpaid.result == pb.UNPAID
    assert unknown.result == elsewhere.result == pb.NOT_FOUND


def test_scan_id_of_another_scan_is_refused(
    inventory: InventoryCalls, event_id: str, ticket: str
) -> None:
    scan = an_admission(ticket, event_id)
    merge(inventory, scan)

    with pytest.raises(Unprocessable) as refused:
        merge(inventory, an_admission(ticket, event_id, scan_id=scan.scan_id))

    assert refused.value.code == "SCAN_ID_REUSED"


def test_scan_without_a_time_is_refused(
    inventory: InventoryCalls, event_id: str, ticket: str
) -> None:
    scan = an_admission(ticket, event_id)
    scan.ClearField("scanned_at")

    with pytest.raises(InvalidInput):
        merge(inventory, scan)


def test_tickets_of_an_event_are_listed_without_those_in_transfer(
    inventory: InventoryCalls, event_id: str, seats: list[str], owner: str
) -> None:
    inventory.buy(seats[:3], owner)
    inventory.check_in(seats[1], event_id, 1)
    inventory.claim_ticket(new_id(), seats[2], owner, 1)
    inventory.reserve([seats[3]])

    request = pb.ListTicketsRequest(event_id=event_id)
    chunks = inventory.caller.stream(inventory.stub.ListTickets, request, timeout_s=10)

    found = {
        row.seat_id: (row.ticket_version, row.status)
        for chunk in chunks
        for row in chunk.tickets
    }
    assert found == {seats[0]: (1, pb.SOLD), seats[1]: (1, pb.CHECKED_IN)}
