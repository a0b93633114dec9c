"""`/auth/mfa`: logins with a code of an authenticator app."""

from __future__ import annotations

from typing import Any

from service_common.access import caller, public, signed_in
from service_common.api_description import refuses
from service_common.client_address import client_address
from service_common.http_json import Blueprint
from user_service.routes.auth_routes import login_answer
from user_service.schemas.auth_schemas import (
    MfaActivatedSchema,
    MfaActivateRequestSchema,
    MfaEnrolmentSchema,
    MfaVerifyRequestSchema,
    SignedInSchema,
)
from user_service.services.auth_service import AuthService
from user_service.services.totp_service import Enrolment, TotpService


def create_mfa_blueprint(
    auth: AuthService, totp: TotpService, *, trusted_proxies: int
) -> Blueprint:
    """The routes under `/auth/mfa`."""
    bp = Blueprint("mfa", __name__, url_prefix="/auth/mfa", description="Identity")

    @bp.post("/enroll")
    @signed_in
    @bp.response(200, MfaEnrolmentSchema)
    @refuses("404 USER_NOT_FOUND", "409 MFA_ALREADY_ENABLED")
    def enroll() -> Enrolment:
        """Get a secret for an app; it counts once a code of it was entered."""
        return totp.enroll(caller().user_id)

    @bp.post("/activate")
    @signed_in
    @bp.arguments(MfaActivateRequestSchema)
    @bp.response(200, MfaActivatedSchema)
    @refuses(
        "401 MFA_CODE_INVALID",
        "404 USER_NOT_FOUND",
        "409 MFA_ALREADY_ENABLED",
        "409 MFA_NOT_ENROLLED",
    )
    def activate(body: dict[str, Any]) -> dict[str, bool]:
        """Have logins ask for a code from now on."""
        totp.activate(caller().user_id, body["code"])
        return {"mfa_enabled": True}

    @bp.post("/verify")
    @public
    @bp.arguments(MfaVerifyRequestSchema)
    @bp.response(200, SignedInSchema)
    @refuses("401 MFA_TOKEN_INVALID", "401 MFA_CODE_INVALID", "429 RATE_LIMITED")
    def verify(body: dict[str, Any]) -> dict[str, Any]:
        """Complete a login with a code of the app."""
        address = client_address(trusted_proxies)
        return login_answer(auth.verify_mfa(body["mfa_token"], body["code"], address))

    return bp
