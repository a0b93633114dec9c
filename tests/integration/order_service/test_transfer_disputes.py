"""Complaints about a completed transfer, and what is owed for them."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from builders.ticket_transfers import REASON, Resales, a_new_transfer, an_offer_of
from order_service.models import TransferStatus, TransferTask
from order_service.services.transfer_record import TransferRecord


def _post(client: FlaskClient, record: TransferRecord, move: str, **body: Any) -> Any:
    return client.post(f"/transfers/{record.transfer_id}/{move}", json=body)


def _dispute(client: FlaskClient, record: TransferRecord, **changes: Any) -> Any:
    body = {"user_id": str(record.buyer_id), "reason": REASON, **changes}
    return _post(client, record, "dispute", **body)


def _settle(client: FlaskClient, record: TransferRecord, task: str, number: int) -> Any:
    return _post(client, record, "settled", task=task, number=number)


def _code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


@pytest.fixture
def completed(resales: Resales) -> TransferRecord:
    return resales.completed(an_offer_of(resales.sold()))


@pytest.fixture
def disputed(resales: Resales, completed: TransferRecord) -> TransferRecord:
    return resales.dispute(completed)


def test_dispute_owes_the_freeze_and_says_who_complained_about_what(
    client: FlaskClient, completed: TransferRecord
) -> None:
    body = _dispute(client, completed).get_json()

    assert (body["status"], body["unsettled"]) == ("DISPUTED", "FREEZE")
    assert (body["dispute_no"], body["reversal_no"]) == (1, 0)
    assert (body["disputed_by"], body["dispute_reason"]) == (
        str(completed.buyer_id),
        REASON,
    )
    assert body["disputed_at"] is not None


def test_same_dispute_again_is_answered_and_another_is_refused(
    client: FlaskClient, completed: TransferRecord
) -> None:
    first = _dispute(client, completed)

    again = _dispute(client, completed)
    by_seller = _dispute(client, completed, user_id=str(completed.seller_id))
    otherwise = _dispute(client, completed, reason="Another one")

    assert (again.status_code, again.get_json()) == (200, first.get_json())
    for refused in (by_seller, otherwise):
        assert _code(refused) == (409, "TRANSFER_INVALID_STATE")


@pytest.mark.parametrize("state", ["pending", "agreed", "failed"])
def test_only_a_completed_transfer_is_disputed(
    client: FlaskClient, resales: Resales, state: str
) -> None:
    bring = {"pending": resales.pending, "agreed": resales.agreed}
    new = bring.get(state, resales.pending)(a_new_transfer())
    if state == "failed":
        resales.transfers.fail_transfer(new.transfer_id, "CANCELLED")

    answer = _dispute(client, resales.transfers.get_transfer(new.transfer_id))

    assert _code(answer) == (409, "TRANSFER_INVALID_STATE")


def test_open_offer_of_a_disputed_ticket_fails_and_its_codes_are_to_be_withdrawn(
    client: FlaskClient, resales: Resales, completed: TransferRecord
) -> None:
    onward = resales.pending(
        a_new_transfer(seat_id=completed.seat_id, seller_id=completed.buyer_id)
    )

    _dispute(client, completed)

    left = resales.transfers.get_transfer(onward.transfer_id)
    assert (left.status, left.failure_reason, left.unsettled) == (
        TransferStatus.FAILED,
        "TICKET_DISPUTED",
        TransferTask.CODES,
    )


def test_agreed_transfer_of_a_disputed_ticket_goes_on(
    client: FlaskClient, resales: Resales, completed: TransferRecord
) -> None:
    onward = resales.agreed(
        a_new_transfer(seat_id=completed.seat_id, seller_id=completed.buyer_id)
    )

    _dispute(client, completed)

    assert resales.transfers.get_transfer(onward.transfer_id).is_agreed


def test_nothing_is_decided_while_something_is_owed(
    client: FlaskClient, completed: TransferRecord
) -> None:
    _dispute(client, completed)
    refused = [_post(client, completed, move) for move in ("uphold", "reversal")]
    _settle(client, completed, "FREEZE", 1)
    _post(client, completed, "uphold")
    refused.append(_dispute(client, completed))

    for answer in refused:
        assert _code(answer) == (409, "TRANSFER_INVALID_STATE")
    assert refused[0].get_json()["error"]["details"]["unsettled"] == "FREEZE"
    assert refused[2].get_json()["error"]["details"]["unsettled"] == "UNFREEZE"


def test_upheld_transfer_is_completed_again_and_owes_the_unfreezing(
    client: FlaskClient, disputed: TransferRecord
) -> None:
    first = _post(client, disputed, "uphold")

    again = _post(client, disputed, "uphold")
    _settle(client, disputed, "UNFREEZE", 1)
    later = _post(client, disputed, "uphold")

    assert first.get_json()["status"] == "COMPLETED"
    assert first.get_json()["unsettled"] == "UNFREEZE"
    assert (again.status_code, again.get_json()) == (200, first.get_json())
    assert later.get_json() == {**first.get_json(), "unsettled": None}


def test_transfer_that_nobody_disputed_cannot_be_upheld_or_reversed(
    client: FlaskClient, completed: TransferRecord
) -> None:
    for move in ("uphold", "reversal"):
        answer = _post(client, completed, move)
        assert _code(answer) == (409, "TRANSFER_INVALID_STATE")


def test_upheld_transfer_may_be_disputed_anew_under_another_number(
    client: FlaskClient, disputed: TransferRecord
) -> None:
    _post(client, disputed, "uphold")
    _settle(client, disputed, "UNFREEZE", 1)

    body = _dispute(client, disputed, reason="Again").get_json()

    assert (body["status"], body["dispute_no"]) == ("DISPUTED", 2)
    assert body["dispute_reason"] == "Again"


def test_reversal_under_way_is_joined_and_one_that_was_given_up_begins_anew(
    client: FlaskClient, disputed: TransferRecord
) -> None:
    first = _post(client, disputed, "reversal").get_json()
    joined = _post(client, disputed, "reversal").get_json()
    _settle(client, disputed, "REVERSE", 1)
    second = _post(client, disputed, "reversal").get_json()

    assert (first["status"], first["unsettled"]) == ("DISPUTED", "REVERSE")
    assert first["reversal_no"] == 1
    assert joined == first
    assert (second["unsettled"], second["reversal_no"]) == ("REVERSE", 2)


def test_reversed_transfer_can_neither_be_upheld_nor_disputed_nor_reversed(
    client: FlaskClient, resales: Resales, disputed: TransferRecord
) -> None:
    resales.reverse(disputed)

    answers = [
        _post(client, disputed, "uphold"),
        _post(client, disputed, "reversal"),
        _dispute(client, disputed),
    ]

    for answer in answers:
        assert _code(answer) == (409, "TRANSFER_INVALID_STATE")
        assert answer.get_json()["error"]["details"]["status"] == "REVERSED"


@pytest.mark.parametrize(
    ("task", "number"), [("FREEZE", 0), ("FREEZE", 2), ("UNFREEZE", 1), ("CODES", 0)]
)
def test_report_of_another_task_changes_nothing(
    client: FlaskClient, completed: TransferRecord, task: str, number: int
) -> None:
    before = _dispute(client, completed).get_json()

    answer = _settle(client, completed, task, number)

    assert (answer.status_code, answer.get_json()) == (200, before)


def test_late_report_of_the_first_reversal_does_not_end_the_second(
    client: FlaskClient, disputed: TransferRecord
) -> None:
    for number in (0, 1):
        _post(client, disputed, "reversal")
        _settle(client, disputed, "REVERSE", number)
    second = _post(client, disputed, "reversal").get_json()

    late = _settle(client, disputed, "REVERSE", 1).get_json()

    assert late == second
    assert late["unsettled"] == "REVERSE"


def test_codes_of_a_failed_transfer_are_settled(
    client: FlaskClient, resales: Resales
) -> None:
    new = resales.pending(a_new_transfer())
    failed = resales.transfers.fail_transfer(new.transfer_id, "CANCELLED")

    body = _settle(client, failed, "CODES", 0).get_json()

    assert (body["status"], body["unsettled"]) == ("FAILED", None)
