"""The tables of users_db."""

from user_service.models.credit_ledger import CreditLedgerEntry, MovementKind
from user_service.models.otp_challenge import OtpChallenge
from user_service.models.refresh_token import RefreshFamily, RefreshToken
from user_service.models.user import User

__all__ = [
    "CreditLedgerEntry",
    "MovementKind",
    "OtpChallenge",
    "RefreshFamily",
    "RefreshToken",
    "User",
]
