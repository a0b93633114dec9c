"""An environment that every service accepts, with secrets of a test."""

from __future__ import annotations

import base64

_KEY = base64.b64encode(bytes(range(32))).decode()

ENVIRONMENT = {
    "INTERNAL_SERVICE_TOKEN": "test-inner-credential-0123456789",
    "JWT_SECRET": "test-signing-key-0123456789abcdef",
    "QR_ENCRYPTION_KEY": _KEY,
    "INVENTORY_DB_PASS": "test-inventory-0123456789",
    "USER_DB_PASS": "test-user-0123456789abcdef",
    "ORDER_DB_PASS": "test-order-0123456789abcdef",
    "EVENT_DB_PASS": "test-event-0123456789abcdef",
    "ORCHESTRATOR_DB_PASS": "test-orchestrator-0123456789",
    "RABBITMQ_PASS": "test-broker-0123456789abcdef",
    "STRIPE_SECRET_KEY": "sk_test_0123456789abcdef",
    "STRIPE_WEBHOOK_SECRET": "whsec_0123456789abcdef",
    "SMU_API_KEY": "test-smu-0123456789abcdef",
    "TOTP_ENCRYPTION_KEY": _KEY,
}
