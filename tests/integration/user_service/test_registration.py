from __future__ import annotations

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from builders.users import PASSWORD, a_registration, access_header, an_email, error_code
from service_common.db import Database
from support.races import race

ROUNDS = 10
RACERS = 6


def test_registration_opens_an_account_with_nothing_in_it(client: FlaskClient) -> None:
    body = a_registration()

    answer = client.post("/auth/register", json=body)

    assert answer.status_code == 201
    account = answer.get_json()
    assert set(account) == {"user_id", "email", "role", "created_at"}
    assert (account["email"], account["role"]) == (body["email"], "customer")
    me = client.get("/users/me", headers=access_header(account["user_id"])).get_json()
    assert (me["credit_balance"], me["is_flagged"]) == ("0.00", False)
    assert (me["name"], me["phone"]) == (body["name"], body["phone"])


def test_phone_is_kept_in_e164_however_it_was_written(client: FlaskClient) -> None:
    body = a_registration(phone="+65 9123-4567")

    account = client.post("/auth/register", json=body).get_json()

    me = client.get("/users/me", headers=access_header(account["user_id"])).get_json()
    assert me["phone"] == "+6591234567"


def test_name_may_be_left_out(client: FlaskClient) -> None:
    body = a_registration()
    del body["name"]

    assert client.post("/auth/register", json=body).status_code == 201


def test_password_is_kept_as_a_bcrypt_hash_only(
    client: FlaskClient, database: Database
) -> None:
    account = client.post("/auth/register", json=a_registration()).get_json()

    with database.statement() as connection:
        row = connection.execute(
            text("SELECT * FROM users WHERE user_id = :user_id"), account
        ).one()
    assert row.password_hash.startswith("$2b$04$")
    assert PASSWORD not in str(row)


def test_same_address_in_other_letters_is_taken(client: FlaskClient) -> None:
    email = an_email()
    client.post("/auth/register", json=a_registration(email=email))

    answer = client.post("/auth/register", json=a_registration(email=email.upper()))

    assert (answer.status_code, error_code(answer)) == (409, "EMAIL_TAKEN")


def test_of_many_registrations_at_once_one_is_made_and_the_others_are_refused(
    app: Flask,
) -> None:
    def register(email: str) -> Any:
        return app.test_client().post(
            "/auth/register", json=a_registration(email=email)
        )

    for _ in range(ROUNDS):
        email = an_email()
        spellings = [email, email.upper(), email.title()] * (RACERS // 3)

        answers = race(*[lambda spelt=spelt: register(spelt) for spelt in spellings])

        statuses = sorted(answer.status_code for answer in answers)
        assert statuses == [201] + [409] * (RACERS - 1)
