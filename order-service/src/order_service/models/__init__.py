"""The tables of orders_db, and the statements that move an order's status."""

from order_service.models.order import Order, OrderItem, OrderStatus
from order_service.models.transfer import Transfer, TransferStatus

__all__ = ["Order", "OrderItem", "OrderStatus", "Transfer", "TransferStatus"]
