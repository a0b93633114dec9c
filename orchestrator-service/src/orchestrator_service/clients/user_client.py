"""The user service, over REST."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from service_common.http_client import JsonClient

QUICK_S = 2.0
OTP_S = 5.0  # the SMU API stands behind it
PURCHASE = "PURCHASE"
TRANSFER_SELLER = "TRANSFER_SELLER"
TRANSFER_BUYER = "TRANSFER_BUYER"


@dataclass(frozen=True, slots=True)
class Risk:
    """What has to be known of a buyer before he buys."""

    is_flagged: bool
    credit_balance: Decimal
    otp_verified: bool


class OtpOutcome(StrEnum):
    """What a code that somebody entered came to."""

    VERIFIED = "VERIFIED"
    INVALID = "INVALID"
    EXPIRED = "EXPIRED"
    EXCEEDED = "EXCEEDED"


@dataclass(frozen=True, slots=True)
class OtpChallenge:
    """What a one-time code is for; nothing else can be done with it."""

    user_id: str
    purpose: str
    reference: str


class UserClient:
    """One method per remote verb."""

    def __init__(self, http: JsonClient) -> None:
        self._http = http

    def get_risk(self, user_id: str, order_id: str | None = None) -> Risk:
        """Whether the user is flagged and has entered the order's code, what he has."""
        query = {"purpose": PURCHASE, "reference": order_id} if order_id else None
        answer = self._http.get(
            f"/users/{user_id}/risk", query=query, timeout_s=QUICK_S, call="get_risk"
        )
        return Risk(
            answer["is_flagged"],
            Decimal(answer["credit_balance"]),
            answer.get("otp_verified", False),
        )

    def send_otp(
        self, challenge: OtpChallenge, amount: str, client_address: str
    ) -> None:
        """Have a code sent, or let the one stand that was sent a moment ago."""
        self._http.post(
            "/otp/challenges",
            {
                **asdict(challenge),
                "amount": amount,
                "client_address": client_address,
            },
            timeout_s=OTP_S,
            call="send_otp",
        )

    def verify_otp(
        self, challenge: OtpChallenge, otp_code: str
    ) -> tuple[OtpOutcome, int]:
        """What the code came to, and how many attempts are left."""
        answer = self._http.post(
            "/otp/verify",
            {**asdict(challenge), "otp_code": otp_code},
            timeout_s=OTP_S,
            call="verify_otp",
        )
        return OtpOutcome(answer["outcome"]), answer["attempts_left"]

    def withdraw_otp(self, challenge: OtpChallenge) -> None:
        """Make the code good for nothing, and free the phone for another."""
        self._http.post(
            "/otp/challenges/withdraw",
            asdict(challenge),
            timeout_s=QUICK_S,
            call="withdraw_otp",
        )

    def deduct_credits(
        self,
        *,
        operation_key: str,
        user_id: str,
        amount: str,
        reference: str,
        timeout_s: float,
    ) -> dict[str, Any]:
        """Pay for an order, once per operation key.

        Refusals: INSUFFICIENT_CREDITS; OTP_REQUIRED while the payer is flagged and has
        not entered the order's code.
        """
        return self._http.post(
            "/credits/deduct",
            {
                "operation_key": operation_key,
                "user_id": user_id,
                "amount": amount,
                "reference": reference,
                "purpose": PURCHASE,
            },
            timeout_s=timeout_s,
            call="deduct_credits",
        )

    def refund_credits(
        self,
        *,
        operation_key: str,
        user_id: str,
        amount: str,
        reference: str,
        timeout_s: float,
    ) -> None:
        """Undo a deduction, or keep one that is still on its way from happening."""
        self._http.post(
            "/credits/reverse",
            {
                "operation_key": operation_key,
                "user_id": user_id,
                "amount": amount,
                "reference": reference,
            },
            timeout_s=timeout_s,
            call="refund_credits",
        )
