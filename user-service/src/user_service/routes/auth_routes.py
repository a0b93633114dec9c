"""`/auth`: accounts and tokens."""

from __future__ import annotations

from typing import Any

from service_common.access import public
from service_common.api_description import refuses
from service_common.client_address import client_address
from service_common.http_json import Blueprint
from user_service.models.user import User
from user_service.schemas.auth_schemas import (
    LoginRequestSchema,
    LoginResponseSchema,
    RefreshTokenRequestSchema,
    RegisterRequestSchema,
    RegisterResponseSchema,
    TokenPairSchema,
)
from user_service.services.auth_service import (
    AuthService,
    MfaRequired,
    Registration,
    SignedIn,
)
from user_service.services.token_service import TokenPair, TokenService


def create_auth_blueprint(
    auth: AuthService, tokens: TokenService, *, trusted_proxies: int
) -> Blueprint:
    """The routes under `/auth`."""
    bp = Blueprint("auth", __name__, url_prefix="/auth", description="Identity")

    @bp.post("/register")
    @public
    @bp.arguments(RegisterRequestSchema)
    @bp.response(201, RegisterResponseSchema)
    @refuses("409 EMAIL_TAKEN")
    def register_user(body: dict[str, Any]) -> User:
        """Open an account."""
        return auth.register_user(Registration(**body))

    @bp.post("/login")
    @public
    @bp.arguments(LoginRequestSchema)
    @bp.response(200, LoginResponseSchema)
    @refuses("401 INVALID_CREDENTIALS", "429 RATE_LIMITED")
    def login(body: dict[str, Any]) -> dict[str, Any]:
        """Exchange e-mail address and password for tokens, or be asked for a code."""
        address = client_address(trusted_proxies)
        outcome = auth.login(body["email"], body["password"], address)
        if isinstance(outcome, MfaRequired):
            return {"mfa_required": True, "mfa_token": outcome.mfa_token}
        return login_answer(outcome)

    @bp.post("/refresh")
    @public
    @bp.arguments(RefreshTokenRequestSchema)
    @bp.response(200, TokenPairSchema)
    @refuses("401 UNAUTHORIZED", "401 TOKEN_EXPIRED", "401 TOKEN_REUSED")
    def refresh_tokens(body: dict[str, Any]) -> TokenPair:
        """Exchange a refresh token for a new pair; it is good for one use."""
        return tokens.rotate(body["refresh_token"])

    @bp.post("/logout")
    @public
    @bp.arguments(RefreshTokenRequestSchema)
    @bp.response(204)
    def logout(body: dict[str, Any]) -> None:
        """Give up a refresh token, and every other one of the same login."""
        tokens.revoke_family(body["refresh_token"])

    return bp


def login_answer(signed_in: SignedIn) -> dict[str, Any]:
    """The body of a login that is complete."""
    pair = TokenPairSchema().dump(signed_in.tokens)
    return {**pair, "user": signed_in.user}
