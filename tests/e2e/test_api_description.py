"""Requests that nobody thought of, and answers held to the OpenAPI document.

Each operation is asked as an admin with the bounds of its schema, then with random
requests, right and wrong; and with random ones by everybody else. Nothing is left out.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from support.api_world import PLACEHOLDERS, ROLES, ApiWorld, build_api_world
from support.market import Market
from ticket_demo.api import Api

DOCUMENT = files("orchestrator_service") / "public_api" / "openapi.json"
NOBODY = "nobody"
KEY_LENGTH = 200
TIMEOUT_S = 30
PROMISES = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    negative_data_rejection,
]
CONFIG = {
    "seed": 20261120,
    "generation": {
        "deterministic": True,
        "with-security-parameters": False,
        "database": "none",
    },
}
# What is refused for another reason first was refused, too.
REFUSED_ANYWAY = {
    "negative_data_rejection": {
        "expected-statuses": [
            400,
            401,
            402,
            403,
            404,
            409,
            410,
            413,
            415,
            422,
            428,
            429,
        ]
    }
}

# Two ids in three are those of real things: the placeholders are replaced by them.
REAL = st.sampled_from(PLACEHOLDERS)
schemathesis.openapi.format("uuid", st.one_of(REAL, REAL, st.uuids().map(str)))


@dataclass(frozen=True, slots=True)
class Line:
    """To the gateway, over connections that are kept."""

    base_url: str
    session: requests.Session


def _schema(**phases: dict[str, Any]) -> schemathesis.BaseSchema:
    config = SchemathesisConfig.from_dict(
        {**CONFIG, "phases": phases, "checks": REFUSED_ANYWAY}
    )
    return schemathesis.openapi.from_path(str(DOCUMENT), config=config)


# Other methods than the documented ones are the gateway's affair, and one shows it.
THOROUGH = _schema(coverage={"enabled": True, "unexpected-methods": ["PATCH"]})
QUICK = _schema(coverage={"enabled": False}, examples={"enabled": False})
BOUNDED = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def world(market: Market) -> ApiWorld:
    return build_api_world(market)


@pytest.fixture(scope="module")
def line(base_url: str) -> Iterator[Line]:
    with requests.Session() as session:
        session.trust_env = False
        yield Line(f"{base_url}/v1", session)


@THOROUGH.parametrize()
@settings(BOUNDED, max_examples=6)
def test_admin_is_answered_as_documented(
    case: Case[Any], world: ApiWorld, line: Line
) -> None:
    _ask(case, world, line, ["admin"])


@QUICK.parametrize()
@settings(BOUNDED, max_examples=2)
def test_others_are_answered_as_documented(
    case: Case[Any], world: ApiWorld, line: Line
) -> None:
    _ask(case, world, line, [NOBODY, *ROLES[:-1]])


def test_gateway_serves_the_document_and_the_page(api: Api) -> None:
    document = api.call("GET", "/v1/openapi.json")
    page = api.call("GET", "/docs", headers={"Accept": "text/html"})
    script = api.call("GET", "/docs/start.js")

    assert document.raw == DOCUMENT.read_bytes()
    assert document.headers["Content-Type"] == "application/json"
    assert 'src="docs/swagger-ui-bundle.js"' in page.body
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "openapi.json" in script.body
    assert api.call("GET", "/docs/..%2fopenapi.json").status == 404
    assert api.call("GET", "/docs/index.html").code == "NOT_FOUND"


def test_page_needs_nothing_from_elsewhere(api: Api) -> None:
    page = api.call("GET", "/docs").body

    for name in ("favicon-32x32.png", "swagger-ui.css", "swagger-ui-bundle.js"):
        assert f'"docs/{name}"' in page
        asset = api.call("GET", f"/docs/{name}")
        assert asset.status == 200
        again = api.call(
            "GET", f"/docs/{name}", headers={"If-None-Match": asset.headers["ETag"]}
        )
        assert again.status == 304
    assert "://" not in page


def _ask(case: Case[Any], world: ApiWorld, line: Line, roles: list[str]) -> None:
    written = (case.path_parameters, case.query, case.body)
    key = case.headers.get("Idempotency-Key", "")
    for role in roles:
        case.path_parameters, case.query, case.body = map(world.with_real_ids, written)
        headers = {}
        if 1 <= len(key) <= KEY_LENGTH:  # a used one would be refused for that alone
            headers["Idempotency-Key"] = f"{uuid.uuid4()} {key}"
        if role in world.tokens:
            headers["Authorization"] = f"Bearer {world.tokens[role]}"
        case.call_and_validate(
            line.base_url, line.session, headers, PROMISES, timeout=TIMEOUT_S
        )
