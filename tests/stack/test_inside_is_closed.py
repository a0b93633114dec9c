"""Whoever gets past the gateway still finds every door locked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import grpc
import pytest
import requests

from local_stack import Stack
from service_common.access import SERVICE_TOKEN_HEADER
from service_common.stubs import inventory_pb2
from support.shop import Shop
from support.views import APPS, View, views_of

INVENTORY = inventory_pb2.DESCRIPTOR.services_by_name["Inventory"]
TOO_MUCH = b'{"x": "' + b"x" * 1_000_000 + b'"}'
_JSON = {"Content-Type": "application/json"}


def _port_of(service: str) -> str:
    return service if service.endswith("-service") else f"{service}-service"


def _ask(
    live: Stack, view: View, *, data: Any = b"{}", **headers: str
) -> tuple[int, str | None]:
    answer = requests.request(
        view.method,
        live.url(_port_of(view.service)) + view.path,
        data=None if view.method == "GET" else data,
        headers={**_JSON, **headers},
        timeout=10,
    )
    return answer.status_code, answer.json().get("error", {}).get("code")


@pytest.fixture(scope="module")
def admins_token(shop: Shop) -> str:
    return shop.sign_in("admin@example.com")


@pytest.mark.parametrize("service", sorted(APPS))
def test_no_view_but_the_public_ones_answers_without_a_credential(
    live: Stack, service: str, admins_token: str
) -> None:
    operations = ("/health/live", "/health/ready", "/metrics")
    locked = [
        view
        for view in views_of(service)
        if "public" not in view.rule and view.path not in operations
    ]
    open_ = []
    for view in locked:
        internal = "internal" in view.rule
        tries: list[dict[str, str]] = [{}, {SERVICE_TOKEN_HEADER: "x" * 64}]
        if internal:
            # Nobody's role opens what is for services, and a token is no credential.
            tries.append({"Authorization": f"Bearer {admins_token}"})
            tries.append({SERVICE_TOKEN_HEADER: admins_token})
        else:
            token = live.context.secrets["INTERNAL_SERVICE_TOKEN"]
            tries.append({SERVICE_TOKEN_HEADER: token})
        open_ += [
            (view.method, view.path, sorted(headers))
            for headers in tries
            if _ask(live, view, **headers) != (401, "UNAUTHORIZED")
        ]

    assert locked
    assert open_ == []


@pytest.mark.parametrize("rpc", sorted(INVENTORY.methods_by_name))
@pytest.mark.parametrize("offered", [None, "", "x" * 64])
def test_inventory_answers_nobody_without_the_credential(
    live: Stack, rpc: str, offered: str | None
) -> None:
    metadata = () if offered is None else (("x-service-token", offered),)
    method = INVENTORY.methods_by_name[rpc]
    with grpc.insecure_channel(live.context.address("inventory-service")) as channel:
        call = _caller(channel, f"/{INVENTORY.full_name}/{rpc}", method)
        with pytest.raises(grpc.RpcError) as refused:
            call(b"", metadata=metadata, timeout=5)

    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED


def _caller(channel: grpc.Channel, path: str, method: Any) -> Callable[..., Any]:
    if not method.server_streaming:
        return channel.unary_unary(path)
    stream: Callable[..., Any] = channel.unary_stream(path)
    return lambda *args, **options: list(stream(*args, **options))


@pytest.mark.parametrize("service", sorted(APPS))
def test_body_without_bounds_is_refused_inside_too(live: Stack, service: str) -> None:
    token = live.context.secrets["INTERNAL_SERVICE_TOKEN"]
    credential = {SERVICE_TOKEN_HEADER: token}
    # Who answers nothing with a complaint reads no body, however long it is.
    takes_a_body = [
        view
        for view in views_of(service)
        if view.method in {"POST", "PUT"} and "internal" in view.rule
        if _ask(live, view, data=b"[]", **credential)[0] == 400
    ]

    answers = {
        (view.method, view.path): _ask(live, view, data=TOO_MUCH, **credential)
        for view in takes_a_body
    }

    assert answers == dict.fromkeys(answers, (413, "PAYLOAD_TOO_LARGE"))


def test_body_of_unknown_length_is_cut_off_as_well(live: Stack) -> None:
    token = live.context.secrets["INTERNAL_SERVICE_TOKEN"]
    view = View("order-service", "POST", "/orders", ("internal",))

    answer = _ask(live, view, data=iter([TOO_MUCH]), **{SERVICE_TOKEN_HEADER: token})

    # What is left of it is no JSON.
    assert answer == (400, "MALFORMED_JSON")
