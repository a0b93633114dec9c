"""The orchestrator's HTTP application."""

from __future__ import annotations

from flask import Flask

from orchestrator_service.routes.catalogue_routes import catalogue_blueprint
from orchestrator_service.routes.dashboard_routes import dashboard_blueprint
from orchestrator_service.routes.dispute_routes import dispute_blueprint
from orchestrator_service.routes.documentation_routes import documentation_blueprint
from orchestrator_service.routes.offline_routes import offline_blueprint
from orchestrator_service.routes.order_routes import order_blueprint
from orchestrator_service.routes.purchase_routes import purchase_blueprint
from orchestrator_service.routes.saga_routes import saga_blueprint
from orchestrator_service.routes.ticket_routes import ticket_blueprint
from orchestrator_service.routes.transfer_routes import transfer_blueprint
from orchestrator_service.routes.verification_routes import verification_blueprint
from orchestrator_service.settings import Settings
from orchestrator_service.wiring import build
from service_common.access import AccessTokens
from service_common.http_app import AppOptions, create_base_app
from service_common.idempotency import install_idempotency
from service_common.logs import configure_logging
from service_common.settings import load_or_exit


def create_app(settings: Settings | None = None) -> Flask:
    """The application of one worker process."""
    settings = settings or load_or_exit(Settings.from_env)
    configure_logging("orchestrator-service", settings.log_level)
    wiring = build(settings)
    app = create_base_app(
        AppOptions(
            name="orchestrator_service",
            title="TicketRemaster: purchase, transfer, verification",
            service_token=settings.service_token,
            tokens=AccessTokens(settings.jwt_secret),
            checks={"database": wiring.database.check},
        ),
        [
            purchase_blueprint(
                wiring.reservations,
                wiring.purchases,
                trusted_proxies=settings.trusted_proxies,
            ),
            order_blueprint(wiring.clients.orders, wiring.saga_queries),
            catalogue_blueprint(
                wiring.clients.events, wiring.clients.inventory, wiring.publications
            ),
            transfer_blueprint(
                wiring.transfers,
                wiring.clients.transfers,
                trusted_proxies=settings.trusted_proxies,
            ),
            dispute_blueprint(wiring.disputes),
            ticket_blueprint(wiring.tickets),
            verification_blueprint(wiring.verification, wiring.clients.gate),
            offline_blueprint(wiring.offline),
            dashboard_blueprint(wiring.dashboards),
            saga_blueprint(wiring.saga_queries, wiring.invariants),
            documentation_blueprint(),
        ],
    )
    install_idempotency(app, wiring.database)
    return app
