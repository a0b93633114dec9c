"""`/users`: accounts, for their holders, for administrators, and for services."""

from __future__ import annotations

from typing import Any

from service_common.access import Role, caller, internal, only, signed_in
from service_common.api_description import refuses
from service_common.errors import Forbidden
from service_common.http_json import Blueprint, path_uuid
from user_service.models.user import User
from user_service.schemas.user_schemas import (
    RiskQuerySchema,
    RiskResponseSchema,
    RoleRequestSchema,
    UserSchema,
)
from user_service.services.refusals import UserNotFound
from user_service.services.user_service import UserService


def create_user_blueprint(users: UserService) -> Blueprint:
    """The routes under `/users`."""
    bp = Blueprint("users", __name__, url_prefix="/users", description="Identity")

    @bp.get("/me")
    @signed_in
    @bp.response(200, UserSchema)
    @refuses("404 USER_NOT_FOUND")
    def get_me() -> User:
        """Read the caller's own account."""
        return users.get_user(caller().user_id)

    @bp.get("/<user_id>")
    @signed_in
    @bp.response(200, UserSchema)
    @refuses("403 FORBIDDEN", "404 USER_NOT_FOUND")
    def get_user(user_id: str) -> User:
        """Read one's own account, or any as an administrator.

        To others every id that is not theirs is forbidden, whether it exists or not.
        """
        own = user_id.lower() == str(caller().user_id)
        if not own and caller().role is not Role.ADMIN:
            raise Forbidden
        return users.get_user(_user_id(user_id))

    @bp.post("/<user_id>/flag")
    @only(Role.ADMIN)
    @bp.response(200, UserSchema)
    @refuses("404 USER_NOT_FOUND")
    def flag_user(user_id: str) -> User:
        """Mark as high risk."""
        return users.flag_user(_user_id(user_id))

    @bp.post("/<user_id>/unflag")
    @only(Role.ADMIN)
    @bp.response(200, UserSchema)
    @refuses("404 USER_NOT_FOUND")
    def unflag_user(user_id: str) -> User:
        """Trust again."""
        return users.unflag_user(_user_id(user_id))

    @bp.post("/<user_id>/role")
    @only(Role.ADMIN)
    @bp.arguments(RoleRequestSchema)
    @bp.response(200, UserSchema)
    @refuses("404 USER_NOT_FOUND")
    def change_role(body: dict[str, Any], user_id: str) -> User:
        """Give another role; tokens issued before keep the old one until they end."""
        return users.change_role(_user_id(user_id), Role(body["role"]))

    @bp.get("/<user_id>/risk")
    @internal
    @bp.arguments(RiskQuerySchema, location="query")
    @bp.response(200, RiskResponseSchema)
    def get_risk(query: dict[str, Any], user_id: str) -> dict[str, Any]:
        """Whether somebody needs a one-time code, has entered it, and can pay."""
        found = users.get_risk(
            _user_id(user_id),
            purpose=query.get("purpose"),
            reference=query.get("reference"),
        )
        return _risk_body(found, with_code=bool(query))

    return bp


def _user_id(raw: str) -> Any:
    return path_uuid(raw, UserNotFound.default_code, "user")


def _risk_body(risk: Any, *, with_code: bool) -> dict[str, Any]:
    body = {
        "user_id": risk.user_id,
        "is_flagged": risk.is_flagged,
        "credit_balance": risk.credit_balance,
    }
    return {**body, "otp_verified": risk.otp_verified} if with_code else body
