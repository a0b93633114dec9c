"""The description of the API, as a document and as a page to try it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from flask import Response, request

from service_common.access import public
from service_common.errors import NotFound
from service_common.http_json import Blueprint

_OURS = files("orchestrator_service") / "public_api"
_SWAGGER_UI = files("flask_swagger_ui") / "dist"
# Everything comes from here, and the page may talk to nobody else.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_JSON = "application/json"
_PAGE = "text/html; charset=utf-8"
_ASSETS: dict[str, tuple[Traversable, str]] = {
    "start.js": (_OURS, "text/javascript; charset=utf-8"),
    "swagger-ui-bundle.js": (_SWAGGER_UI, "text/javascript; charset=utf-8"),
    "swagger-ui.css": (_SWAGGER_UI, "text/css; charset=utf-8"),
    "favicon-32x32.png": (_SWAGGER_UI, "image/png"),
}


@dataclass(frozen=True, slots=True)
class _File:
    """A file as it is sent; it changes with a new version of the service only."""

    body: bytes
    content_type: str

    def response(self) -> Response:
        """The file, or 304 for whoever has it."""
        response = Response(self.body, content_type=self.content_type)
        response.set_etag(hashlib.sha256(self.body).hexdigest()[:32])
        response.headers["Cache-Control"] = "no-cache"  # keep it, but ask
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.make_conditional(request)
        return response


def documentation_blueprint() -> Blueprint:
    """The routes of the description; the document is made by `bin/openapi`."""
    bp = Blueprint("documentation", __name__, description="Description")
    document = _File((_OURS / "openapi.json").read_bytes(), _JSON)
    page = _File((_OURS / "docs.html").read_bytes(), _PAGE)
    assets = {
        name: _File((folder / name).read_bytes(), content_type)
        for name, (folder, content_type) in _ASSETS.items()
    }

    @bp.get("/openapi.json")
    @public
    @bp.response(200)
    @bp.alt_response(304, description="The client has it already.")
    @bp.doc(responses={200: _content(_JSON)})
    def get_document() -> Response:
        """This document."""
        return document.response()

    @bp.get("/docs")
    @public
    @bp.response(200)
    @bp.alt_response(304, description="The client has it already.")
    @bp.doc(responses={200: _content(_PAGE)})
    def get_page() -> Response:
        """This document as a page on which one can try it."""
        response = page.response()
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    @bp.get("/docs/<name>")
    @public
    @bp.response(200)
    @bp.alt_response(304, description="The client has it already.")
    @bp.doc(responses={200: _content(*(kind for _, kind in _ASSETS.values()))})
    def get_asset(name: str) -> Response:
        """What the page is made of."""
        if name not in assets:
            raise NotFound
        return assets[name].response()

    return bp


def _content(*content_types: str) -> dict[str, Any]:
    media = (content_type.partition(";")[0] for content_type in content_types)
    return {"content": {name: {} for name in media}}
