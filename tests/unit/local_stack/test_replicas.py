"""Several of one process: names, ports, and a gateway that knows them all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from local_stack import credentials
from local_stack.catalogue import COMPONENTS
from local_stack.cli import read_numbers
from local_stack.component import Context
from local_stack.errors import StackError, UnknownName
from local_stack.folder import StackFolder
from local_stack.gateway_replicas import first_of, share_out
from local_stack.ports import DESIGN_PORTS, usual_port
from local_stack.replicas import names_of_all, with_replicas

ORCHESTRATOR = "orchestrator-service"


def names(scale: dict[str, int]) -> list[str]:
    return [component.name for component in with_replicas(COMPONENTS, scale)]


def test_nothing_is_scaled_unless_asked_for() -> None:
    assert names({}) == [component.name for component in COMPONENTS]


def test_replica_stands_beside_the_first_with_ports_of_its_own() -> None:
    found = names({ORCHESTRATOR: 3})

    at = found.index(ORCHESTRATOR)
    assert found[at + 1 : at + 3] == [f"{ORCHESTRATOR}-2", f"{ORCHESTRATOR}-3"]
    assert usual_port(f"{ORCHESTRATOR}-2") == DESIGN_PORTS[ORCHESTRATOR] + 100


def test_replica_listens_on_its_port_and_is_told_what_the_first_is_told(
    tmp_path: Path,
) -> None:
    folder = StackFolder.of("some-stack", tmp_path)
    ports = {**DESIGN_PORTS, f"{ORCHESTRATOR}-2": 5103}
    context = Context(folder, ports, credentials.load_or_create(folder))
    by_name = {one.name: one for one in with_replicas(COMPONENTS, {ORCHESTRATOR: 2})}

    first, second = (
        dict(by_name[name].spec(context).env)
        for name in (ORCHESTRATOR, f"{ORCHESTRATOR}-2")
    )

    assert (first.pop("PORT"), second.pop("PORT")) == ("5003", "5103")
    assert first.pop("TMPDIR") != second.pop("TMPDIR")
    assert first == second


@pytest.mark.parametrize(
    ("scale", "refused", "why"),
    [
        ({"user-service": 2}, StackError, "runs once"),
        ({"postgres": 2}, StackError, "runs once"),
        ({ORCHESTRATOR: 0}, StackError, "1 to 9 times"),
        ({ORCHESTRATOR: 10}, StackError, "1 to 9 times"),
        ({"orchestra": 2}, UnknownName, "no process orchestra"),
    ],
)
def test_odd_scale_is_refused(
    scale: dict[str, int], refused: type[Exception], why: str
) -> None:
    with pytest.raises(refused, match=why):
        with_replicas(COMPONENTS, scale)


def test_scale_is_read_as_the_option_says() -> None:
    assert read_numbers(["a=2"], "--scale", "b=2") == {"a": 2}
    with pytest.raises(StackError, match="--scale takes NAME=NUMBER, as in b=2"):
        read_numbers(["a"], "--scale", "b=2")


@pytest.mark.parametrize("name", ["orchestra", "orchestra-2", f"{ORCHESTRATOR}-x"])
def test_port_of_nothing_is_refused(name: str) -> None:
    with pytest.raises(UnknownName):
        usual_port(name)


def cluster(port: int) -> dict[str, Any]:
    address = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    group = {"lb_endpoints": [{"endpoint": {"address": address}}]}
    return {"load_assignment": {"endpoints": [group]}}


def test_gateway_shares_requests_out_over_the_replicas_of_one_cluster() -> None:
    rendered = json.dumps(
        {"static_resources": {"clusters": [cluster(5000), cluster(5003)]}}
    )

    shared = share_out(rendered, ["127.0.0.1:5000", "127.0.0.1:5003,127.0.0.1:5103"])

    alone, several = json.loads(shared)["static_resources"]["clusters"]
    assert alone == cluster(5000)
    assert several["load_assignment"]["endpoints"][0]["lb_endpoints"] == [
        cluster(port)["load_assignment"]["endpoints"][0]["lb_endpoints"][0]
        for port in (5003, 5103)
    ]
    assert several["health_checks"]


def test_template_gets_the_first_address() -> None:
    assert first_of("127.0.0.1:5003,127.0.0.1:5103") == "127.0.0.1:5003"
    assert names_of_all("a", {"a": 1, "a-2": 2, "a-4": 4}) == ["a", "a-2", "a-4"]
