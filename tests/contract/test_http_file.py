"""docs/ticketremaster.http is made of the document, and asks only what there is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gateway_config.errors import GatewayConfigError
from gateway_config.public_api import http_file as maker
from gateway_config.public_api.document import public_api_document
from gateway_config.public_api.walk import Chapter, Step
from support.http_file import parse_http_file

DOCUMENT = public_api_document()
TEXT = (Path(__file__).parents[2] / "docs" / "ticketremaster.http").read_text(
    encoding="utf-8"
)


def test_file_is_up_to_date() -> None:
    assert maker.http_file(DOCUMENT) == TEXT, "run bin/openapi"


def test_every_request_is_a_documented_operation() -> None:
    file = parse_http_file(TEXT)
    paths = {
        (method.upper(), re.sub(r"{[^}]+}", "[^/]+", path))
        for path, item in DOCUMENT["paths"].items()
        for method in item
    }
    ours = [one for one in file.requests if not one.address.startswith("{{inbox}}")]

    undocumented = [
        one.address
        for one in ours
        if not any(
            method == one.method
            and re.fullmatch(re.escape("{{gateway}}/v1") + path, _plain(one.address))
            for method, path in paths
        )
    ]
    assert len(ours) > 25
    assert undocumented == []


def test_requests_refer_only_to_variables_and_to_answers_above_them() -> None:
    file = parse_http_file(TEXT)
    known = {*file.variables, "$guid"}

    for request in file.requests:
        parts = [request.address, request.body, *request.headers.values()]
        used = re.findall(r"{{([^{}.]+)[^{}]*}}", " ".join(parts))
        assert set(used) <= known, request.name
        assert request.name not in known
        known.add(request.name)
        if request.body:
            json.loads(request.body)


@pytest.mark.parametrize(
    "step",
    [
        Step("a", "steal_seat", "No such operation."),
        Step("a", "pay_order", "No order.", body={}),
        Step("a", "pay_order", "Too much.", body={"order_id": "x", "price": "1.00"}),
        Step("a", "list_events", "No body.", body={"q": "x"}),
    ],
)
def test_step_that_the_document_does_not_know_is_refused(
    step: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maker, "WALK", (Chapter("One step", (step,)),))

    with pytest.raises(GatewayConfigError):
        maker.http_file(DOCUMENT)


def _plain(address: str) -> str:
    """Without the query, and with something simple where an answer is used."""
    return re.sub(r"{{\w+\.response[^{}]*}}", "id", address).partition("?")[0]
