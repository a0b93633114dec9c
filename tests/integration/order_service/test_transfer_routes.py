"""What the orchestrator sees of one transfer over HTTP."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from builders.ticket_transfers import Resales, a_transfer, an_offer_of
from service_common.db import Database

TRANSFER_FIELDS = {
    *("transfer_id", "seat_id", "event_id", "seller_id", "buyer_id", "initiated_by"),
    *("status", "seller_otp_verified", "buyer_otp_verified", "credits_amount"),
    *("currency", "ticket_version", "completed_version", "failure_reason"),
    *("dispute_reason", "disputed_by", "dispute_no", "reversal_no", "unsettled"),
    *("saga_id", "created_at", "expires_at", "completed_at", "disputed_at", "ended_at"),
}


def _create(client: FlaskClient, **changes: Any) -> dict[str, Any]:
    answer = client.post("/transfers", json=a_transfer(**changes))
    assert answer.status_code == 201, answer.get_json()
    body: dict[str, Any] = answer.get_json()
    return body


def _move(client: FlaskClient, transfer_id: object, move: str, **body: Any) -> Any:
    return client.post(f"/transfers/{transfer_id}/{move}", json=body)


def _pending(client: FlaskClient, **changes: Any) -> str:
    transfer_id: str = _create(client, **changes)["transfer_id"]
    assert _move(client, transfer_id, "otp-sent").status_code == 200
    return transfer_id


def _agreed(client: FlaskClient, **changes: Any) -> str:
    transfer_id = _pending(client, **changes)
    for party in ("SELLER", "BUYER"):
        assert _move(client, transfer_id, "verified", party=party).status_code == 200
    return transfer_id


def _let_time_pass(database: Database, transfer_id: str) -> None:
    with database.statement() as connection:
        connection.execute(
            text("UPDATE transfers SET expires_at = now() WHERE transfer_id = :id"),
            {"id": uuid.UUID(transfer_id)},
        )


def _code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


def _details(answer: Any) -> dict[str, Any]:
    details: dict[str, Any] = answer.get_json()["error"]["details"]
    return details


def test_new_transfer_is_initiated_and_says_until_when(client: FlaskClient) -> None:
    transfer = a_transfer()

    answer = client.post("/transfers", json=transfer)

    body = answer.get_json()
    assert answer.status_code == 201
    assert set(body) == TRANSFER_FIELDS
    assert body.items() >= transfer.items()
    assert (body["status"], body["unsettled"]) == ("INITIATED", None)
    begun, over = (
        datetime.fromisoformat(body[name]) for name in ("created_at", "expires_at")
    )
    assert (over - begun).total_seconds() == 600
    assert client.get(f"/transfers/{transfer['transfer_id']}").get_json() == body


def test_repeated_create_answers_the_transfer_as_it_stands(
    client: FlaskClient,
) -> None:
    transfer = a_transfer()
    client.post("/transfers", json=transfer)
    _move(client, transfer["transfer_id"], "otp-sent")

    again = client.post("/transfers", json=transfer)

    assert (again.status_code, again.get_json()["status"]) == (200, "PENDING_OTP")


@pytest.mark.parametrize(
    "change",
    [
        {"seat_id": str(uuid.uuid4())},
        {"buyer_id": str(uuid.uuid4())},
        {"credits_amount": "1.00"},
        {"ticket_version": 9},
    ],
    ids=lambda change: next(iter(change)),
)
def test_transfer_id_that_is_in_use_is_refused_for_other_content(
    client: FlaskClient, change: dict[str, Any]
) -> None:
    transfer = a_transfer()
    client.post("/transfers", json=transfer)

    answer = client.post("/transfers", json={**transfer, **change})

    assert _code(answer) == (422, "TRANSFER_ID_REUSED")


def test_second_transfer_of_a_seat_is_told_of_the_first(client: FlaskClient) -> None:
    first = _create(client)

    answer = client.post("/transfers", json=a_transfer(seat_id=first["seat_id"]))

    assert _code(answer) == (409, "TRANSFER_IN_PROGRESS")
    assert _details(answer) == {
        "transfer_id": first["transfer_id"],
        "expires_at": first["expires_at"],
    }


def test_transfer_whose_time_is_over_gives_way_to_the_next(
    client: FlaskClient, database: Database
) -> None:
    first = _create(client)
    _let_time_pass(database, first["transfer_id"])

    _create(client, seat_id=first["seat_id"])

    left = client.get(f"/transfers/{first['transfer_id']}").get_json()
    assert (left["status"], left["failure_reason"]) == ("FAILED", "TRANSFER_EXPIRED")
    assert left["unsettled"] == "CODES"


def test_agreed_transfer_does_not_give_way_when_its_time_is_over(
    client: FlaskClient, database: Database
) -> None:
    seat_id = str(uuid.uuid4())
    transfer_id = _agreed(client, seat_id=seat_id)
    _let_time_pass(database, transfer_id)

    answer = client.post("/transfers", json=a_transfer(seat_id=seat_id))

    assert _code(answer) == (409, "TRANSFER_IN_PROGRESS")
    assert client.get(f"/transfers/{transfer_id}").get_json()["unsettled"] == "SWAP"


def test_ticket_whose_last_transfer_is_disputed_cannot_be_offered(
    client: FlaskClient, resales: Resales
) -> None:
    disputed = resales.disputed(an_offer_of(resales.sold()))

    answer = client.post("/transfers", json=a_transfer(seat_id=str(disputed.seat_id)))

    assert _code(answer) == (409, "SEAT_UNAVAILABLE")
    assert _details(answer) == {
        "seat_ids": [str(disputed.seat_id)],
        "transfer_id": str(disputed.transfer_id),
        "transfer_status": "DISPUTED",
    }


def test_codes_are_reported_as_sent_once_or_twice_while_there_is_time(
    client: FlaskClient, database: Database
) -> None:
    transfer_id = _create(client)["transfer_id"]

    answers = [_move(client, transfer_id, "otp-sent") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].get_json() == answers[1].get_json()
    _let_time_pass(database, transfer_id)
    assert _code(_move(client, transfer_id, "otp-sent")) == (410, "TRANSFER_EXPIRED")


def test_transfer_is_agreed_with_the_second_consent_and_not_before(
    client: FlaskClient,
) -> None:
    transfer_id = _pending(client)

    first = _move(client, transfer_id, "verified", party="BUYER").get_json()
    repeated = _move(client, transfer_id, "verified", party="BUYER").get_json()
    second = _move(client, transfer_id, "verified", party="SELLER").get_json()

    assert (first["buyer_otp_verified"], first["seller_otp_verified"]) == (True, False)
    assert first["unsettled"] is None
    assert repeated == first
    assert (second["status"], second["unsettled"]) == ("PENDING_OTP", "SWAP")


def test_repeated_consent_answers_how_the_transfer_stands(
    client: FlaskClient, database: Database, resales: Resales
) -> None:
    agreed = _agreed(client)
    _let_time_pass(database, agreed)
    completed = resales.completed(an_offer_of(resales.sold())).transfer_id

    of_agreed = _move(client, agreed, "verified", party="SELLER")
    of_completed = _move(client, completed, "verified", party="SELLER")

    assert (of_agreed.status_code, of_agreed.get_json()["unsettled"]) == (200, "SWAP")
    assert of_completed.get_json()["status"] == "COMPLETED"


def test_consent_before_the_codes_were_sent_is_refused(client: FlaskClient) -> None:
    transfer_id = _create(client)["transfer_id"]

    answer = _move(client, transfer_id, "verified", party="SELLER")

    assert _code(answer) == (409, "TRANSFER_INVALID_STATE")
    assert _details(answer)["status"] == "INITIATED"


@pytest.mark.parametrize("party", ["SELLER", "BUYER"])
def test_consent_after_its_time_is_refused_also_the_one_that_was_given(
    client: FlaskClient, database: Database, party: str
) -> None:
    transfer_id = _pending(client)
    _move(client, transfer_id, "verified", party="SELLER")
    _let_time_pass(database, transfer_id)

    answer = _move(client, transfer_id, "verified", party=party)

    assert _code(answer) == (410, "TRANSFER_EXPIRED")


def test_consent_to_an_expired_or_cancelled_transfer_says_which_it_was(
    client: FlaskClient,
) -> None:
    expired, cancelled = _pending(client), _pending(client)
    _move(client, cancelled, "verified", party="SELLER")
    _move(client, expired, "fail", reason="TRANSFER_EXPIRED")
    _move(client, cancelled, "fail", reason="CANCELLED")

    answers = [
        _move(client, transfer_id, "verified", party="SELLER")
        for transfer_id in (expired, cancelled)
    ]

    assert _code(answers[0]) == (410, "TRANSFER_EXPIRED")
    assert _code(answers[1]) == (409, "TRANSFER_INVALID_STATE")
    assert _details(answers[1])["failure_reason"] == "CANCELLED"


def test_failed_transfer_keeps_its_first_reason_and_owes_its_codes(
    client: FlaskClient,
) -> None:
    transfer_id = _pending(client)
    first = _move(client, transfer_id, "fail", reason="CANCELLED").get_json()

    again = _move(client, transfer_id, "fail", reason="OTP_ATTEMPTS_EXCEEDED")

    assert (first["status"], first["unsettled"]) == ("FAILED", "CODES")
    assert first["ended_at"] is not None
    assert (again.status_code, again.get_json()) == (200, first)


def test_transfer_fails_also_before_any_code_was_sent(client: FlaskClient) -> None:
    transfer_id = _create(client)["transfer_id"]

    body = _move(client, transfer_id, "fail", reason="PHONE_BUSY").get_json()

    assert (body["status"], body["failure_reason"]) == ("FAILED", "PHONE_BUSY")


def test_agreed_transfer_cannot_be_cancelled(client: FlaskClient) -> None:
    transfer_id = _agreed(client)

    answer = _move(client, transfer_id, "fail", reason="CANCELLED")

    assert _code(answer) == (409, "TRANSFER_INVALID_STATE")
    assert _details(answer)["unsettled"] == "SWAP"


def test_agreed_transfer_fails_with_its_swap_and_owes_nothing(
    client: FlaskClient,
) -> None:
    transfer_id = _agreed(client)

    answers = [
        _move(client, transfer_id, "swap-failed", reason="INSUFFICIENT_CREDITS")
        for _ in range(2)
    ]

    body = answers[0].get_json()
    assert [answer.status_code for answer in answers] == [200, 200]
    assert (body["status"], body["failure_reason"], body["unsettled"]) == (
        "FAILED",
        "INSUFFICIENT_CREDITS",
        None,
    )
    assert answers[1].get_json() == body


def test_swap_of_a_transfer_without_consents_or_completed_cannot_fail(
    client: FlaskClient, resales: Resales
) -> None:
    pending = _pending(client)
    completed = resales.completed(an_offer_of(resales.sold())).transfer_id

    for transfer_id in (pending, completed):
        answer = _move(client, transfer_id, "swap-failed", reason="CLAIM_REVOKED")
        assert _code(answer) == (409, "TRANSFER_INVALID_STATE")


def test_only_so_many_transfers_are_begun_within_an_hour(
    client: FlaskClient, database: Database
) -> None:
    seller_id = str(uuid.uuid4())
    with database.statement() as connection:
        connection.execute(
            text(
                "INSERT INTO transfers (transfer_id, seat_id, event_id,"
                " seller_user_id, buyer_user_id, initiated_by, credits_amount,"
                " currency, ticket_version, expires_at, created_at, status,"
                " failure_reason, ended_at) SELECT gen_random_uuid(),"
                " gen_random_uuid(), gen_random_uuid(), :seller, gen_random_uuid(),"
                " :seller, 1, 'SGD', 1, now(), now() - interval '59 minutes',"
                " 'FAILED', 'CANCELLED', now() FROM generate_series(1, 1000)"
            ),
            {"seller": uuid.UUID(seller_id)},
        )

    refused = client.post("/transfers", json=a_transfer(seller_id=seller_id))
    by_another = a_transfer(seller_id=seller_id)
    by_another["initiated_by"] = by_another["buyer_id"]

    assert _code(refused) == (429, "TRANSFER_LIMIT_REACHED")
    assert 50 <= int(refused.headers["Retry-After"]) <= 60
    assert client.post("/transfers", json=by_another).status_code == 201


@pytest.mark.parametrize(
    "move",
    [
        ("otp-sent", {}),
        ("verified", {"party": "SELLER"}),
        ("fail", {"reason": "CANCELLED"}),
        ("swap-failed", {"reason": "CANCELLED"}),
        (
            "complete",
            {
                "saga_id": str(uuid.uuid4()),
                "order_id": str(uuid.uuid4()),
                "ticket_version": 2,
            },
        ),
        ("dispute", {"reason": "fake", "user_id": str(uuid.uuid4())}),
        ("uphold", {}),
        ("reversal", {}),
        ("reversed", {"saga_id": str(uuid.uuid4()), "ticket_version": 3}),
        ("settled", {"task": "CODES", "number": 0}),
    ],
    ids=lambda move: move[0],
)
@pytest.mark.parametrize("transfer_id", [str(uuid.uuid4()), "T1"])
def test_unknown_transfer_is_not_found(
    client: FlaskClient, move: tuple[str, dict[str, Any]], transfer_id: str
) -> None:
    answer = _move(client, transfer_id, move[0], **move[1])

    assert _code(answer) == (404, "TRANSFER_NOT_FOUND")
    unknown = client.get(f"/transfers/{transfer_id}")
    assert _code(unknown) == (404, "TRANSFER_NOT_FOUND")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("transfer_id", 17),
        ("seat_id", "A1"),
        ("event_id", None),
        ("seller_id", []),
        ("credits_amount", "0.00"),
        ("credits_amount", "-1.00"),
        ("credits_amount", 120),
        ("credits_amount", "100000000.00"),
        ("currency", "USD"),
        ("ticket_version", "1"),
        ("ticket_version", -1),
        ("ticket_version", 2**31),
        ("initiated_by", str(uuid.uuid4())),
        ("surprise", 1),
    ],
)
def test_wrong_field_of_a_transfer_is_refused_by_name(
    client: FlaskClient, field: str, value: Any
) -> None:
    body = {**a_transfer(), field: value}

    answer = client.post("/transfers", json=body)

    assert _code(answer) == (400, "INVALID_INPUT")
    assert list(_details(answer)["fields"]) == [field]


def test_transfer_to_oneself_is_refused(client: FlaskClient) -> None:
    transfer = a_transfer()

    answer = client.post(
        "/transfers", json={**transfer, "buyer_id": transfer["seller_id"]}
    )

    assert _code(answer) == (400, "INVALID_INPUT")
    assert list(_details(answer)["fields"]) == ["buyer_id"]


@pytest.mark.parametrize(
    ("move", "body"),
    [
        ("verified", {"party": "seller"}),
        ("verified", {}),
        ("fail", {"reason": ""}),
        ("swap-failed", {"reason": "r" * 501}),
        ("complete", {"saga_id": str(uuid.uuid4()), "ticket_version": 2}),
        ("dispute", {"reason": "fake"}),
        ("uphold", {"reason": "not asked for"}),
        ("reversed", {"saga_id": "x", "ticket_version": 2}),
        ("settled", {"task": "SWAP", "number": 0}),
        ("settled", {"task": "FREEZE", "number": "1"}),
    ],
)
def test_body_that_does_not_fit_its_move_is_refused(
    client: FlaskClient, move: str, body: dict[str, Any]
) -> None:
    answer = _move(client, uuid.uuid4(), move, **body)

    assert _code(answer) == (400, "INVALID_INPUT")


def test_offer_is_to_be_told_to_the_broker_with_its_end(
    client: FlaskClient, database: Database
) -> None:
    transfer = _create(client)

    with database.statement() as connection:
        [row] = connection.execute(
            text(
                "SELECT topic, payload, request_id FROM transfer_outbox"
                " WHERE payload ->> 'transfer_id' = :id"
            ),
            {"id": transfer["transfer_id"]},
        ).all()

    assert row.topic == "transfer.offer"
    told, over = (
        datetime.fromisoformat(moment)
        for moment in (row.payload["expires_at"], transfer["expires_at"])
    )
    assert told == over
    assert row.request_id
