"""The user service as a WSGI application."""

from __future__ import annotations

from flask import Flask

from service_common.gathered_calls import install_gathered_calls
from service_common.http_app import AppOptions, create_base_app
from service_common.idempotency import install_idempotency
from service_common.logs import configure_logging
from service_common.settings import load_or_exit
from user_service.routes.auth_routes import create_auth_blueprint
from user_service.routes.credit_routes import create_credit_blueprint
from user_service.routes.gathered_routes import gathered_handlers
from user_service.routes.invariant_routes import create_invariant_blueprint
from user_service.routes.mfa_routes import create_mfa_blueprint
from user_service.routes.otp_routes import create_otp_blueprint
from user_service.routes.topup_routes import (
    create_topup_blueprint,
    create_webhook_blueprint,
)
from user_service.routes.transfer_routes import create_transfer_blueprint
from user_service.routes.user_routes import create_user_blueprint
from user_service.settings import Settings
from user_service.wiring import wire

NAME = "user-service"


def create_app(settings: Settings | None = None) -> Flask:
    """The application; settings come from the environment unless handed in."""
    if settings is None:
        settings = load_or_exit(Settings.from_env)
        configure_logging(NAME, settings.log_level)
    parts = wire(settings)
    app = create_base_app(
        AppOptions(
            name=NAME,
            title="TicketRemaster users",
            service_token=settings.service_token,
            tokens=parts.access_tokens,
            checks={"database": parts.database.check},
        ),
        [
            create_auth_blueprint(
                parts.auth, parts.tokens, trusted_proxies=settings.trusted_proxies
            ),
            create_mfa_blueprint(
                parts.auth, parts.totp, trusted_proxies=settings.trusted_proxies
            ),
            create_user_blueprint(parts.users),
            create_otp_blueprint(
                parts.otp_challenges, parts.otp_verification, parts.otp_withdrawal
            ),
            create_credit_blueprint(parts.credit, parts.history, parts.users),
            create_transfer_blueprint(parts.transfers, parts.freezes, parts.returns),
            create_topup_blueprint(parts.topups),
            create_webhook_blueprint(parts.stripe_events),
            create_invariant_blueprint(parts.invariants, parts.facts),
        ],
    )
    install_gathered_calls(app, gathered_handlers(parts.gathered))
    install_idempotency(app, parts.database, secret_paths=["/auth/"])
    return app
