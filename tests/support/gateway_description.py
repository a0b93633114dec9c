"""The gateway's kong.yml as tests want it: with variables, as text or as YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from gateway_config.template import substitute

ROOT = Path(__file__).parents[2]
TEMPLATE = (ROOT / "api-gateway" / "kong.yml").read_text(encoding="utf-8")
SECRET = "a-secret-of-the-tests-and-only-theirs"
VALUES = {
    "JWT_SECRET": SECRET,
    "USER_SERVICE_ADDRESS": "127.0.0.1:5000",
    "EVENT_SERVICE_ADDRESS": "127.0.0.1:5002",
    "ORCHESTRATOR_SERVICE_ADDRESS": "127.0.0.1:5003",
    "CORS_ORIGINS": "http://localhost:5173,http://localhost:8080",
    "RATE_LIMIT_SCALE": "1",
}


def kong_yml() -> dict[str, Any]:
    """The description with its variables filled in, free to be changed."""
    content: dict[str, Any] = yaml.safe_load(substitute(TEMPLATE, VALUES))
    return content


def lua_function(name: str) -> str:
    """The text of one of kong.yml's functions, by the name on its first line."""
    found = {text for text in _strings(kong_yml()) if text.startswith(f"-- {name}: ")}
    (text,) = found
    return text


def _strings(node: object) -> list[str]:
    if isinstance(node, dict):
        return [text for value in node.values() for text in _strings(value)]
    if isinstance(node, list):
        return [text for value in node for text in _strings(value)]
    return [node] if isinstance(node, str) else []
