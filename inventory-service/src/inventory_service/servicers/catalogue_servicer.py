"""The catalogue at the door."""

from __future__ import annotations

from collections.abc import Iterator

import grpc

from inventory_service.models import SeatStatus
from inventory_service.servicers.parsing import parse_block, parse_uuid
from inventory_service.services.catalogue_service import CatalogueService
from inventory_service.services.map_service import MapService
from service_common.stubs import inventory_pb2 as pb
from service_common.stubs.inventory_pb2_grpc import InventoryServicer as Generated

# Far below the 4 MB that a client accepts.
_BYTES_PER_PART = 500_000


class CatalogueServicer(Generated):
    """The seats of whole events."""

    catalogue: CatalogueService
    maps: MapService

    def CreateSeats(  # noqa: N802 - the name of the rpc
        self, request: pb.CreateSeatsRequest, _context: grpc.ServicerContext
    ) -> pb.CreateSeatsResponse:
        """Create the seats of an event."""
        created = self.catalogue.create_seats(
            parse_uuid(request.event_id, "event_id"),
            [parse_block(block) for block in request.blocks],
        )
        return pb.CreateSeatsResponse(seats_created=created)

    def DeleteSeats(  # noqa: N802 - the name of the rpc
        self, request: pb.DeleteSeatsRequest, _context: grpc.ServicerContext
    ) -> pb.DeleteSeatsResponse:
        """Undo their creation."""
        event_id = parse_uuid(request.event_id, "event_id")
        return pb.DeleteSeatsResponse(
            seats_deleted=self.catalogue.delete_seats(event_id)
        )

    def ReadSeatMap(  # noqa: N802 - the name of the rpc
        self, request: pb.ReadSeatMapRequest, _context: grpc.ServicerContext
    ) -> Iterator[pb.SeatMapPart]:
        """The seat map as JSON, whole or what has changed."""
        event_id = parse_uuid(request.event_id, "event_id")
        if request.HasField("since"):
            rendered = self.maps.render_changes(event_id, request.since)
        else:
            rendered = self.maps.render_map(event_id, request.known_etag)
        seats = (rendered.seats or "").encode()
        yield pb.SeatMapPart(
            version=rendered.version,
            etag=rendered.etag,
            not_modified=rendered.seats is None,
            seats=seats[:_BYTES_PER_PART],
        )
        for start in range(_BYTES_PER_PART, len(seats), _BYTES_PER_PART):
            yield pb.SeatMapPart(seats=seats[start : start + _BYTES_PER_PART])

    def CountSeats(  # noqa: N802 - the name of the rpc
        self, request: pb.CountSeatsRequest, _context: grpc.ServicerContext
    ) -> pb.SeatCounts:
        """How many seats stand at each status."""
        counts = self.catalogue.count_seats(parse_uuid(request.event_id, "event_id"))
        return pb.SeatCounts(
            available=counts[SeatStatus.AVAILABLE],
            held=counts[SeatStatus.HELD],
            sold=counts[SeatStatus.SOLD],
            checked_in=counts[SeatStatus.CHECKED_IN],
        )
