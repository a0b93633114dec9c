"""An event in figures, for its organiser."""

from __future__ import annotations

from flask import Response, jsonify

from orchestrator_service.orchestrators.dashboard_orchestrator import (
    DashboardOrchestrator,
)
from orchestrator_service.refusals import EventNotFound
from orchestrator_service.schemas.gate_schemas import DashboardSchema
from service_common.access import Role, only
from service_common.api_description import refuses
from service_common.http_json import Blueprint, format_time, path_uuid


def dashboard_blueprint(dashboards: DashboardOrchestrator) -> Blueprint:
    """The route of the dashboard."""
    bp = Blueprint("dashboard", __name__, description="Events in figures")

    @bp.get("/admin/events/<event_id>/dashboard")
    @only(Role.ORGANISER, Role.ADMIN)
    @bp.response(200, DashboardSchema)
    @refuses("404 EVENT_NOT_FOUND")
    def get_dashboard(event_id: str) -> Response:
        """Seats by status, revenue, sales by the hour, scans by result."""
        wanted = str(path_uuid(event_id, EventNotFound.default_code, "event"))
        found = dashboards.read_dashboard(wanted)
        return jsonify(
            event_id=found.event.event_id,
            name=found.event.document["name"],
            event_date=format_time(found.event.event_date),
            seats=dict(found.seats),
            total_seats=sum(found.seats.values()),
            confirmed_orders=found.sales["confirmed_orders"],
            seats_sold=found.sales["seats_sold"],
            revenue=found.sales["revenue"],
            currency=found.sales["currency"],
            sales_over_time=found.sales["by_hour"],
            scans=dict(found.scans),
        )

    return bp
