"""Lists and facts over many transfers, and the tickets of a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from order_service.models import Party
from order_service.schemas.transfer_ledger_schemas import (
    ListTicketsQuerySchema,
    ListTransfersQuerySchema,
    TicketListResponseSchema,
    TransferFactsQuerySchema,
    TransferFactsResponseSchema,
    TransferListResponseSchema,
    UnsettledQuerySchema,
    UnsettledResponseSchema,
)
from order_service.services.transfer_ledger import TransferFilter, TransferLedger
from service_common.access import internal
from service_common.http_json import Blueprint, page_of


def transfer_ledger_blueprint(ledger: TransferLedger) -> Blueprint:
    """The routes that read many transfers."""
    bp = Blueprint("transfer_ledger", __name__, description="Transfers and tickets")

    @bp.get("/transfers")
    @internal
    @bp.arguments(ListTransfersQuerySchema, location="query")
    @bp.response(200, TransferListResponseSchema)
    def list_transfers(query: dict[str, Any]) -> Mapping[str, Any]:
        """Transfers, newest first."""
        page, page_size = query.pop("page"), query.pop("page_size")
        if "role" in query:
            query["role"] = Party(query["role"].upper())
        records, total = ledger.list_transfers(
            TransferFilter(**query), page=page, page_size=page_size
        )
        return page_of(records, page=page, page_size=page_size, total=total)

    @bp.get("/transfers/unsettled")
    @internal
    @bp.arguments(UnsettledQuerySchema, location="query")
    @bp.response(200, UnsettledResponseSchema)
    def list_unsettled(query: dict[str, Any]) -> dict[str, Any]:
        """What the other services are still owed, the longest first."""
        return {"data": ledger.list_unsettled(**query)}

    @bp.get("/transfers/facts")
    @internal
    @bp.arguments(TransferFactsQuerySchema, location="query")
    @bp.response(200, TransferFactsResponseSchema)
    def list_transfer_facts(query: dict[str, Any]) -> dict[str, Any]:
        """Facts for the reconciliation, paged by transfer_id."""
        facts, following = ledger.list_facts(**query)
        return {"data": facts, "next": following}

    @bp.get("/tickets")
    @internal
    @bp.arguments(ListTicketsQuerySchema, location="query")
    @bp.response(200, TicketListResponseSchema)
    def list_tickets(query: dict[str, Any]) -> Mapping[str, Any]:
        """The tickets of one person, newest first."""
        tickets, total = ledger.list_tickets(**query)
        return page_of(
            tickets, page=query["page"], page_size=query["page_size"], total=total
        )

    return bp
