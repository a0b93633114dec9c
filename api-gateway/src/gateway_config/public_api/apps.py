"""The three applications that the gateway routes to, built without their world."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping

from flask import Flask

import event_service.app
import event_service.settings
import orchestrator_service.app
import orchestrator_service.settings
import user_service.app
import user_service.settings

_KEY_BYTES = 32
# By the names that they have in kong.yml, without "-public".
_SERVICES = {
    "user-service": (user_service.app, user_service.settings),
    "event-service": (event_service.app, event_service.settings),
    "orchestrator": (orchestrator_service.app, orchestrator_service.settings),
}
_SECRETS = (
    "INTERNAL_SERVICE_TOKEN",
    "JWT_SECRET",
    "USER_DB_PASS",
    "EVENT_DB_PASS",
    "ORCHESTRATOR_DB_PASS",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "SMU_API_KEY",
)
_KEYS = ("QR_ENCRYPTION_KEY", "TOTP_ENCRYPTION_KEY")


def build_apps() -> Mapping[str, Flask]:
    """Each application by its name in kong.yml; nothing connects to anything."""
    environment = {name: secrets.token_hex(_KEY_BYTES) for name in _SECRETS} | {
        name: base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()
        for name in _KEYS
    }
    apps: dict[str, Flask] = {}
    for name, (module, settings) in _SERVICES.items():
        apps[name] = module.create_app(settings.Settings.from_env(environment))
    return apps
