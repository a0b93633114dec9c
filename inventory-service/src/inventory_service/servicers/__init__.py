"""The gRPC doors: parse, one call, translate."""

from inventory_service.servicers.inventory_servicer import InventoryServicer

__all__ = ["InventoryServicer"]
