"""Somebody who has to prove himself, and what he is asked for."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from builders.users import a_phone, an_account
from service_common.db import Database
from user_service.gateways.smu_gateway import SmuGateway
from user_service.models.otp_challenge import OtpPurpose
from user_service.services.otp_challenges import Challenge, OtpChallenges
from user_service.services.otp_errand import Errand
from user_service.services.otp_verification import OtpVerification, Verification


@dataclass
class Suspect:
    """A person with a phone of his own, and the errand he is on."""

    service: FlaskClient
    database: Database
    phone: str = field(default_factory=a_phone)
    purpose: str = "PURCHASE"
    reference: str = field(default_factory=lambda: str(uuid.uuid4()))
    user_id: str = ""

    def __post_init__(self) -> None:
        self.user_id = self.user_id or str(an_account(self.database, phone=self.phone))

    def ask(self, **changes: str) -> Any:
        """Ask for a code."""
        return self.service.post(
            "/otp/challenges", json={**self._errand(), "amount": "350.00", **changes}
        )

    def enter(self, otp_code: str, **changes: str) -> Any:
        """Enter a code."""
        return self.service.post(
            "/otp/verify", json={**self._errand(), "otp_code": otp_code, **changes}
        )

    def withdraw(self, **changes: str) -> Any:
        """His order or transfer has ended: no code is good for it any more."""
        return self.service.post(
            "/otp/challenges/withdraw", json={**self._errand(), **changes}
        )

    def outcome(self, otp_code: str) -> tuple[str, int]:
        answer = self.enter(otp_code)
        assert answer.status_code == 200, answer.data
        body = answer.get_json()
        return body["outcome"], body["attempts_left"]

    def is_verified(self, **changes: str) -> bool:
        errand = {**self._errand(), **changes}
        user_id = errand.pop("user_id")
        answer = self.service.get(f"/users/{user_id}/risk", query_string=errand)
        return bool(answer.get_json()["otp_verified"])

    def row(self) -> Any:
        with self.database.statement() as connection:
            return connection.execute(
                text(
                    "SELECT * FROM otp_challenges WHERE reference = :reference"
                    " ORDER BY created_at DESC LIMIT 1"
                ),
                {"reference": self.reference},
            ).one()

    def let_time_pass(self, seconds: int) -> None:
        """All that he did is so much longer ago."""
        with self.database.statement() as connection:
            connection.execute(
                text(
                    """
                    UPDATE otp_challenges
                       SET sent_at = sent_at - make_interval(secs => :seconds),
                           sending_until =
                               sending_until - make_interval(secs => :seconds),
                           checking_until =
                               checking_until - make_interval(secs => :seconds),
                           created_at = created_at - make_interval(secs => :seconds),
                           expires_at = expires_at - make_interval(secs => :seconds)
                     WHERE user_id = :user_id
                    """
                ),
                {"seconds": seconds, "user_id": self.user_id},
            )

    @property
    def errand(self) -> Errand:
        """As the service inside knows it."""
        return Errand(uuid.UUID(self.user_id), OtpPurpose(self.purpose), self.reference)

    def ask_at(self, gateway: SmuGateway) -> Challenge:
        """Ask for a code where the SMU API is another one."""
        challenges = OtpChallenges(self.database, gateway, ttl_s=300, resend_s=30)
        return challenges.open_challenge(self.errand, Decimal("350.00"))

    def enter_at(self, gateway: SmuGateway, otp_code: str) -> Verification:
        """Enter a code where the SMU API is another one."""
        verification = OtpVerification(self.database, gateway)
        return verification.verify_code(self.errand, otp_code)

    def _errand(self) -> dict[str, str]:
        return {
            "user_id": self.user_id,
            "purpose": self.purpose,
            "reference": self.reference,
        }


class Killed(BaseException):
    """The process is gone: nothing in it may notice."""


def a_wrong_code(right: str) -> str:
    return f"{(int(right) + 1) % 1_000_000:06d}"


def another_client(app: Flask, service: FlaskClient) -> FlaskClient:
    """Another one with the same rights: Flask's client is for one thread."""
    client = app.test_client()
    client.environ_base.update(service.environ_base)
    return client
