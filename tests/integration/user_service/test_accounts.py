from __future__ import annotations

import uuid
from typing import Any

import pytest
from flask.testing import FlaskClient

from builders.users import access_header, an_account, error_code
from service_common.access import Role
from service_common.db import Database

NO_ADMINS = [Role.CUSTOMER, Role.STAFF, Role.ORGANISER]
NOT_OWN = ["me2", "%00", "6b5c2a34", str(uuid.uuid4())]


@pytest.fixture
def user_id(database: Database) -> uuid.UUID:
    return an_account(database, "12.50")


@pytest.fixture
def admin(database: Database) -> dict[str, str]:
    return access_header(an_account(database, role=Role.ADMIN), Role.ADMIN)


def _refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, error_code(answer)


def test_account_is_shown_to_its_holder_by_id_and_as_me(
    client: FlaskClient, user_id: uuid.UUID
) -> None:
    header = access_header(user_id)

    me = client.get("/users/me", headers=header)
    by_id = client.get(f"/users/{user_id}", headers=header)

    assert me.status_code == by_id.status_code == 200
    assert me.get_json() == by_id.get_json()
    assert set(me.get_json()) == {
        *("user_id", "email", "phone", "name", "role"),
        *("credit_balance", "credits_frozen", "is_flagged", "created_at"),
    }
    assert me.get_json()["credit_balance"] == "12.50"


@pytest.mark.parametrize("role", NO_ADMINS)
def test_another_account_is_forbidden_whether_it_exists_or_not(
    client: FlaskClient, database: Database, user_id: uuid.UUID, role: Role
) -> None:
    for other in [*NOT_OWN, str(an_account(database))]:
        answer = client.get(f"/users/{other}", headers=access_header(user_id, role))

        assert _refused(answer) == (403, "FORBIDDEN")


def test_any_account_is_shown_to_an_administrator(
    client: FlaskClient, user_id: uuid.UUID, admin: dict[str, str]
) -> None:
    answer = client.get(f"/users/{user_id}", headers=admin)

    assert answer.get_json()["user_id"] == str(user_id)


@pytest.mark.parametrize("unknown", NOT_OWN)
def test_unknown_account_is_not_found_for_an_administrator(
    client: FlaskClient, admin: dict[str, str], unknown: str
) -> None:
    path = f"/users/{unknown}"
    answers = [
        client.get(path, headers=admin),
        client.post(f"{path}/flag", headers=admin),
        client.post(f"{path}/unflag", headers=admin),
        client.post(f"{path}/role", headers=admin, json={"role": "staff"}),
    ]

    assert {_refused(answer) for answer in answers} == {(404, "USER_NOT_FOUND")}


def test_token_of_an_account_that_is_gone_finds_nobody(client: FlaskClient) -> None:
    answer = client.get("/users/me", headers=access_header(uuid.uuid4()))

    assert _refused(answer) == (404, "USER_NOT_FOUND")


def test_flag_is_raised_and_lowered_and_seen_by_other_services(
    client: FlaskClient,
    service: FlaskClient,
    user_id: uuid.UUID,
    admin: dict[str, str],
) -> None:
    for verb, expected in (("flag", True), ("flag", True), ("unflag", False)):
        answer = client.post(f"/users/{user_id}/{verb}", headers=admin)

        assert answer.status_code == 200
        assert answer.get_json()["is_flagged"] is expected
        assert service.get(f"/users/{user_id}/risk").get_json() == {
            "user_id": str(user_id),
            "is_flagged": expected,
            "credit_balance": "12.50",
        }


def test_role_is_given_by_an_administrator(
    client: FlaskClient, user_id: uuid.UUID, admin: dict[str, str]
) -> None:
    for role in Role:
        answer = client.post(
            f"/users/{user_id}/role", headers=admin, json={"role": role}
        )

        assert answer.get_json()["role"] == role
        me = client.get("/users/me", headers=access_header(user_id)).get_json()
        assert me["role"] == role


@pytest.mark.parametrize("role", NO_ADMINS)
def test_nobody_else_gives_roles_or_flags_not_even_to_himself(
    client: FlaskClient, user_id: uuid.UUID, role: Role
) -> None:
    for verb in ("flag", "unflag", "role"):
        answer = client.post(
            f"/users/{user_id}/{verb}",
            headers=access_header(user_id, role),
            json={"role": "admin"},
        )

        assert _refused(answer) == (403, "FORBIDDEN")


@pytest.mark.parametrize("unknown", NOT_OWN)
def test_risk_of_nobody_is_not_found(service: FlaskClient, unknown: str) -> None:
    assert _refused(service.get(f"/users/{unknown}/risk")) == (404, "USER_NOT_FOUND")
