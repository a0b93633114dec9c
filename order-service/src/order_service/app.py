"""The order service as a Flask application."""

from __future__ import annotations

from flask import Flask

from order_service.routes.dispute_routes import dispute_blueprint
from order_service.routes.fact_routes import fact_blueprint
from order_service.routes.gathered_routes import gathered_handlers
from order_service.routes.ledger_routes import ledger_blueprint
from order_service.routes.order_routes import order_blueprint
from order_service.routes.transfer_ledger_routes import transfer_ledger_blueprint
from order_service.routes.transfer_routes import transfer_blueprint
from order_service.settings import Settings
from order_service.wiring import wire
from service_common.gathered_calls import install_gathered_calls
from service_common.http_app import AppOptions, create_base_app
from service_common.logs import configure_logging
from service_common.settings import load_or_exit


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application; without settings, as a worker of the real server."""
    if settings is None:
        settings = load_or_exit(Settings.from_env)
        configure_logging("order-service", settings.log_level)
    wiring = wire(settings)
    options = AppOptions(
        name="order_service",
        title="TicketRemaster orders",
        service_token=settings.service_token,
        checks={"database": wiring.database.check},
    )
    app = create_base_app(
        options,
        [
            order_blueprint(wiring.orders),
            ledger_blueprint(wiring.ledger),
            fact_blueprint(wiring.facts, wiring.invariants),
            transfer_ledger_blueprint(wiring.transfer_ledger),
            transfer_blueprint(wiring.transfers, wiring.swaps),
            dispute_blueprint(wiring.disputes, wiring.swaps),
        ],
    )
    install_gathered_calls(app, gathered_handlers(wiring.gathered, wiring.ledger))
    return app
