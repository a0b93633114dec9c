"""The tables of users_db."""

from user_service.models.credit_freeze import CreditFreeze
from user_service.models.credit_ledger import CreditLedgerEntry, MovementKind
from user_service.models.idempotency_key import IdempotencyKey
from user_service.models.login import LoginAttempts, MfaChallenge
from user_service.models.otp_challenge import OtpChallenge
from user_service.models.refresh_token import RefreshFamily, RefreshToken
from user_service.models.stripe_payment import StripePayment, StripeTakeBack
from user_service.models.topup import Topup
from user_service.models.user import User

__all__ = [
    "CreditFreeze",
    "CreditLedgerEntry",
    "IdempotencyKey",
    "LoginAttempts",
    "MfaChallenge",
    "MovementKind",
    "OtpChallenge",
    "RefreshFamily",
    "RefreshToken",
    "StripePayment",
    "StripeTakeBack",
    "Topup",
    "User",
]
