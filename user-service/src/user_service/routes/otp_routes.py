"""`/otp`: one-time codes, for the services that ask for them."""

from __future__ import annotations

from typing import Any

from service_common.access import internal
from service_common.http_json import Blueprint
from user_service.schemas.otp_schemas import (
    ChallengeRequestSchema,
    ChallengeResponseSchema,
    VerifyRequestSchema,
    VerifyResponseSchema,
    WithdrawRequestSchema,
    WithdrawResponseSchema,
)
from user_service.services.otp_challenges import Challenge, OtpChallenges
from user_service.services.otp_errand import Errand
from user_service.services.otp_verification import OtpVerification, Verification
from user_service.services.otp_withdrawal import OtpWithdrawal


def create_otp_blueprint(
    challenges: OtpChallenges, verification: OtpVerification, withdrawal: OtpWithdrawal
) -> Blueprint:
    """The routes under `/otp`."""
    bp = Blueprint("otp", __name__, url_prefix="/otp", description="One-time codes")

    @bp.post("/challenges")
    @internal
    @bp.arguments(ChallengeRequestSchema)
    @bp.response(200, ChallengeResponseSchema)
    def open_challenge(body: dict[str, Any]) -> Challenge:
        """Have a code sent, or answer the challenge that is open."""
        amount = body.pop("amount")
        client_address = body.pop("client_address", None)
        return challenges.open_challenge(Errand(**body), amount, client_address)

    @bp.post("/challenges/withdraw")
    @internal
    @bp.arguments(WithdrawRequestSchema)
    @bp.response(200, WithdrawResponseSchema)
    def withdraw_challenge(body: dict[str, Any]) -> dict[str, Any]:
        """Make a code good for nothing, whether it was sent or not."""
        return {"state": withdrawal.withdraw(Errand(**body))}

    @bp.post("/verify")
    @internal
    @bp.arguments(VerifyRequestSchema)
    @bp.response(200, VerifyResponseSchema)
    def verify_code(body: dict[str, Any]) -> Verification:
        """Check a code; it is good once."""
        otp_code = body.pop("otp_code")
        return verification.verify_code(Errand(**body), otp_code)

    return bp
