"""Builds the service from its settings: the one place that knows all parts."""

from __future__ import annotations

from dataclasses import dataclass

from service_common.access import AccessTokens
from service_common.db import Database
from user_service.gateways.smu_gateway import SmuGateway
from user_service.gateways.stripe_gateway import StripeGateway
from user_service.services.auth_service import AuthService
from user_service.services.credit_facts import CreditFacts
from user_service.services.credit_history import CreditHistory
from user_service.services.credit_service import CreditService
from user_service.services.freeze_service import FreezeService
from user_service.services.gathered_service import GatheredService
from user_service.services.invariant_service import InvariantService
from user_service.services.login_guard import (
    ADDRESS_ATTEMPTS_MAX,
    LoginGuard,
)
from user_service.services.mfa_challenges import MfaChallenges
from user_service.services.otp_challenges import (
    CODES_PER_ADDRESS_MAX,
    CODES_PER_HOUR_MAX,
    OtpChallenges,
)
from user_service.services.otp_verification import OtpVerification
from user_service.services.otp_withdrawal import OtpWithdrawal
from user_service.services.passwords import Passwords
from user_service.services.payment_service import PaymentService
from user_service.services.return_service import ReturnService
from user_service.services.stripe_events import StripeEvents
from user_service.services.token_service import TokenService
from user_service.services.topup_service import TopupService
from user_service.services.totp_service import TotpService
from user_service.services.transfer_service import TransferService
from user_service.services.user_service import UserService
from user_service.settings import Settings


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that the routes hand requests to."""

    database: Database
    access_tokens: AccessTokens
    auth: AuthService
    tokens: TokenService
    totp: TotpService
    users: UserService
    credit: CreditService
    gathered: GatheredService
    history: CreditHistory
    facts: CreditFacts
    transfers: TransferService
    freezes: FreezeService
    returns: ReturnService
    otp_challenges: OtpChallenges
    otp_verification: OtpVerification
    otp_withdrawal: OtpWithdrawal
    topups: TopupService
    stripe_events: StripeEvents
    invariants: InvariantService


def wire(settings: Settings) -> Parts:
    """Build every part; one database connection for each thread."""
    database = Database(
        settings.database,
        pool_size=settings.server.threads,
        application_name="user-service",
    )
    stripe = StripeGateway(
        secret_key=settings.stripe.secret_key,
        webhook_secret=settings.stripe.webhook_secret,
        api_base=settings.stripe.api_base,
    )
    smu = SmuGateway(
        settings.otp.api_url,
        settings.otp.api_key,
        connections=settings.server.threads,
    )
    access_tokens = AccessTokens(settings.jwt_secret)
    tokens = TokenService(database, access_tokens)
    totp = TotpService(database, settings.totp_key)
    return Parts(
        database=database,
        access_tokens=access_tokens,
        auth=AuthService(
            database,
            Passwords(settings.bcrypt_rounds),
            tokens,
            LoginGuard(
                database,
                address_attempts_max=ADDRESS_ATTEMPTS_MAX * settings.rate_limit_scale,
            ),
            MfaChallenges(database),
            totp,
        ),
        tokens=tokens,
        totp=totp,
        users=UserService(database),
        credit=CreditService(database),
        gathered=GatheredService(database, CreditService(database)),
        history=CreditHistory(database),
        facts=CreditFacts(database),
        transfers=TransferService(database),
        freezes=FreezeService(database),
        returns=ReturnService(database),
        otp_withdrawal=OtpWithdrawal(database),
        otp_challenges=OtpChallenges(
            database,
            smu,
            ttl_s=settings.otp.ttl_s,
            resend_s=settings.otp.resend_s,
            codes_per_hour_max=CODES_PER_HOUR_MAX * settings.rate_limit_scale,
            codes_per_address_max=CODES_PER_ADDRESS_MAX * settings.rate_limit_scale,
        ),
        otp_verification=OtpVerification(database, smu),
        topups=TopupService(database, stripe),
        stripe_events=StripeEvents(stripe, PaymentService(database)),
        invariants=InvariantService(database),
    )
