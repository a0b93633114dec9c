"""`GET /events`: the catalogue, for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from event_service.schemas.event_schemas import (
    CatalogueQuerySchema,
    CatalogueResponseSchema,
)
from event_service.services.catalogue_service import CatalogueFilter, CatalogueService
from service_common.access import public
from service_common.http_json import Blueprint, page_of


def catalogue_blueprint(catalogue: CatalogueService) -> Blueprint:
    """The one route that the gateway sends here."""
    bp = Blueprint("catalogue", __name__, description="Catalogue")

    @bp.get("/events")
    @public
    @bp.arguments(CatalogueQuerySchema, location="query")
    @bp.response(200, CatalogueResponseSchema)
    def list_events(query: dict[str, Any]) -> Mapping[str, Any]:
        """Published events in the order of their dates."""
        page, page_size = query.pop("page"), query.pop("page_size")
        records, total = catalogue.list_events(
            CatalogueFilter(**query), page=page, page_size=page_size
        )
        return page_of(records, page=page, page_size=page_size, total=total)

    return bp
