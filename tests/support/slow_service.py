"""A service whose requests take as long as the test likes, behind our gunicorn."""

from __future__ import annotations

import time
from typing import Any

from flask import Flask

from service_common.access import public
from service_common.http_app import AppOptions, create_base_app
from service_common.http_json import Blueprint


def create_app() -> Flask:
    """`GET /slow/<ms>` answers after so many milliseconds."""
    bp = Blueprint("slow", __name__)

    @bp.route("/slow/<int:milliseconds>")
    @public
    @bp.response(200)
    def slow(milliseconds: int) -> dict[str, Any]:
        time.sleep(milliseconds / 1000)
        return {"waited_ms": milliseconds}

    options = AppOptions("slow-service", "Slow", service_token="s" * 32)
    return create_base_app(options, [bp])
