"""Registration, login and tokens on the wire."""

from __future__ import annotations

from marshmallow import Schema, ValidationError, fields, validate

from service_common.api_description import SOMETIMES
from user_service.schemas.fields import EmailAddress, PhoneNumber, PlainText, UtcTime
from user_service.schemas.user_schemas import UserSchema
from user_service.services.passwords import PASSWORD_BYTES_MAX

_PASSWORD_LENGTH_MIN = 8
_NAME_LENGTH_MAX = 100
_CREDENTIAL_LENGTH_MAX = 1000
_REFRESH_TOKEN_LENGTH_MAX = 200
_MFA_CODE_LENGTH_MAX = 32


def _check_new_password(password: str) -> None:
    if len(password) < _PASSWORD_LENGTH_MIN:
        raise ValidationError(f"Shorter than {_PASSWORD_LENGTH_MIN} characters.")
    if len(password.encode("utf-8", "replace")) > PASSWORD_BYTES_MAX:
        raise ValidationError(f"Longer than {PASSWORD_BYTES_MAX} bytes.")


class RegisterRequestSchema(Schema):
    """A new account."""

    email = EmailAddress(required=True)
    phone = PhoneNumber(required=True)
    password = fields.String(
        required=True,
        validate=_check_new_password,
        load_only=True,
        metadata={"minLength": _PASSWORD_LENGTH_MIN, "maxLength": PASSWORD_BYTES_MAX},
    )
    name = PlainText(
        load_default=None,
        allow_none=True,
        validate=validate.Length(min=1, max=_NAME_LENGTH_MAX),
    )


class RegisterResponseSchema(Schema):
    """The account that was opened."""

    user_id = fields.UUID()
    email = fields.String()
    role = fields.String()
    created_at = UtcTime()


class LoginRequestSchema(Schema):
    """Anything may be tried; what no account can have is simply wrong."""

    email = fields.String(
        required=True, validate=validate.Length(max=_CREDENTIAL_LENGTH_MAX)
    )
    password = fields.String(
        required=True,
        load_only=True,
        validate=validate.Length(max=_CREDENTIAL_LENGTH_MAX),
    )


class RefreshTokenRequestSchema(Schema):
    """A refresh token, to be exchanged or given up."""

    refresh_token = fields.String(
        required=True, validate=validate.Length(min=1, max=_REFRESH_TOKEN_LENGTH_MAX)
    )


class TokenPairSchema(Schema):
    """The tokens of a client; the access token is good for `expires_in` seconds."""

    access_token = fields.String()
    refresh_token = fields.String()
    token_type = fields.String()
    expires_in = fields.Integer(metadata={"description": "seconds"})


class SignedInSchema(TokenPairSchema):
    """The tokens, and who they are for."""

    user = fields.Nested(UserSchema)


class LoginResponseSchema(Schema):
    """The tokens and who they are for, or the question for a code."""

    access_token = fields.String(metadata=SOMETIMES)
    refresh_token = fields.String(metadata=SOMETIMES)
    token_type = fields.String(metadata=SOMETIMES)
    expires_in = fields.Integer(metadata={"description": "seconds", **SOMETIMES})
    user = fields.Nested(UserSchema, metadata=SOMETIMES)
    mfa_required = fields.Boolean(
        metadata={"description": "true, with mfa_token and nothing else", **SOMETIMES}
    )
    mfa_token = fields.String(
        metadata={
            "description": "good for /auth/mfa/verify, for five minutes",
            **SOMETIMES,
        }
    )


class MfaEnrolmentSchema(Schema):
    """What an authenticator app is to be told, once."""

    secret = fields.String()
    otpauth_uri = fields.String()


def _code() -> PlainText:
    return PlainText(
        required=True,
        load_only=True,
        validate=validate.Length(min=1, max=_MFA_CODE_LENGTH_MAX),
    )


class MfaActivateRequestSchema(Schema):
    """A first code of the app."""

    code = _code()


class MfaActivatedSchema(Schema):
    """From now on logins ask for a code."""

    mfa_enabled = fields.Boolean()


class MfaVerifyRequestSchema(Schema):
    """The code of a login whose password was right."""

    mfa_token = fields.String(
        required=True,
        load_only=True,
        validate=validate.Length(min=1, max=_REFRESH_TOKEN_LENGTH_MAX),
    )
    code = _code()
