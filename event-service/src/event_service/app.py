"""The event service as a Flask application."""

from __future__ import annotations

from flask import Flask

from event_service.routes.catalogue_routes import catalogue_blueprint
from event_service.routes.event_routes import event_blueprint
from event_service.routes.invariant_routes import invariant_blueprint
from event_service.settings import Settings
from event_service.wiring import wire
from service_common.http_app import AppOptions, create_base_app
from service_common.logs import configure_logging
from service_common.settings import load_or_exit


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application; without settings, as a worker of the real server."""
    if settings is None:
        settings = load_or_exit(Settings.from_env)
        configure_logging("event-service", settings.log_level)
    wiring = wire(settings)
    options = AppOptions(
        name="event_service",
        title="TicketRemaster events",
        service_token=settings.service_token,
        checks={"database": wiring.database.check},
    )
    return create_base_app(
        options,
        [
            catalogue_blueprint(wiring.catalogue),
            event_blueprint(wiring.events),
            invariant_blueprint(wiring.invariants),
        ],
    )
