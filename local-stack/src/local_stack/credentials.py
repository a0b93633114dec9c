"""The secrets of one stack: random, made once, kept in a file only its owner reads."""

import base64
import secrets
from collections.abc import Mapping

from local_stack.folder import StackFolder, write_private

_PASSWORDS = (
    "POSTGRES_PASSWORD",
    "INVENTORY_DB_PASS",
    "USER_DB_PASS",
    "ORDER_DB_PASS",
    "EVENT_DB_PASS",
    "ORCHESTRATOR_DB_PASS",
    "RABBITMQ_PASS",
    "RABBITMQ_COOKIE",
    "INTERNAL_SERVICE_TOKEN",
    "JWT_SECRET",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "SMU_API_KEY",
)
_KEYS = ("QR_ENCRYPTION_KEY", "TOTP_ENCRYPTION_KEY")
_PREFIXES = {"STRIPE_SECRET_KEY": "sk_test_", "STRIPE_WEBHOOK_SECRET": "whsec_"}


def _generate(name: str) -> str:
    if name in _KEYS:
        return base64.b64encode(secrets.token_bytes(32)).decode()
    return _PREFIXES.get(name, "") + secrets.token_hex(32)


def load_or_create(folder: StackFolder) -> Mapping[str, str]:
    """The stack's secrets; names that its file does not hold yet are added to it."""
    known: dict[str, str] = {}
    if folder.secrets_file.exists():
        lines = folder.secrets_file.read_text(encoding="utf-8").splitlines()
        known = dict(line.split("=", 1) for line in lines if line)
    missing = [name for name in (*_PASSWORDS, *_KEYS) if name not in known]
    if missing:
        known |= {name: _generate(name) for name in missing}
        text = "".join(f"{name}={value}\n" for name, value in known.items())
        write_private(folder.secrets_file, text)
    return known
