"""All rpcs of inventory.proto."""

from __future__ import annotations

from inventory_service.servicers.calls_servicer import CallsServicer
from inventory_service.servicers.catalogue_servicer import CatalogueServicer
from inventory_service.servicers.gate_servicer import GateServicer
from inventory_service.servicers.gathered_kinds import gathered_kinds
from inventory_service.servicers.hold_servicer import HoldServicer
from inventory_service.servicers.invariant_servicer import InvariantServicer
from inventory_service.servicers.ticket_servicer import TicketServicer
from inventory_service.services.catalogue_service import CatalogueService
from inventory_service.services.claim_service import ClaimService
from inventory_service.services.invariant_service import InvariantService
from inventory_service.services.lock_service import LockService
from inventory_service.services.map_service import MapService
from inventory_service.services.offline_service import OfflineService
from inventory_service.services.ownership_service import OwnershipService
from inventory_service.services.release_service import ReleaseService
from inventory_service.services.scan_log_service import ScanLogService
from inventory_service.services.verification_service import VerificationService
from service_common.db import Database


class InventoryServicer(
    HoldServicer,
    TicketServicer,
    GateServicer,
    CallsServicer,
    CatalogueServicer,
    InvariantServicer,
):
    """The service, over one database."""

    def __init__(self, database: Database, *, hold_ttl_s: float) -> None:
        self.locks = LockService(database, hold_ttl_s=hold_ttl_s)
        self.releases = ReleaseService(database)
        self.claims = ClaimService(database)
        self.ownership = OwnershipService(database, self.claims)
        self.verification = VerificationService(database)
        self.scans = ScanLogService(database)
        self.offline = OfflineService(database)
        self.catalogue = CatalogueService(database)
        self.maps = MapService(database)
        self.invariants = InvariantService(database)
        self.kinds = gathered_kinds(self.locks, self.claims, self.verification)
