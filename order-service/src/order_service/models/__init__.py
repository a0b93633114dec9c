"""The tables of orders_db, and the statements that move what is in them."""

from order_service.models.order import Order, OrderItem, OrderStatus
from order_service.models.transfer import (
    Party,
    Transfer,
    TransferStatus,
    TransferTask,
)
from order_service.models.transfer_outbox import TransferMessage
from service_common.parking import ParkedMessages

__all__ = [
    "Order",
    "OrderItem",
    "OrderStatus",
    "ParkedMessages",
    "Party",
    "Transfer",
    "TransferMessage",
    "TransferStatus",
    "TransferTask",
]
