"""The manifests are what Kubernetes takes, and say what the services need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
FOLDERS = [REPOSITORY / "deploy" / "kubernetes" / name for name in ("base", "stateful")]
KUBERNETES = "1.33"
OF_OPERATORS = {"postgresql.cnpg.io/v1", "rabbitmq.com/v1beta1"}
SECRET = "ticketremaster"


def _documents(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted(folder.glob("*.yaml")):
        if path.name != "kustomization.yaml":
            for document in yaml.safe_load_all(path.read_text()):
                yield path, document


ALL = [pair for folder in FOLDERS for pair in _documents(folder)]
OURS = [
    pytest.param(document, id=f"{document['kind']}-{document['metadata']['name']}")
    for _, document in ALL
    if document["apiVersion"] not in OF_OPERATORS
]
DEPLOYMENTS = {
    document["metadata"]["name"]: document
    for _, document in ALL
    if document["kind"] == "Deployment"
}


def _container(deployment: dict[str, Any]) -> dict[str, Any]:
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    found: dict[str, Any] = container
    return found


@pytest.mark.parametrize("document", OURS)
def test_manifest_fits_the_schema_of_kubernetes(document: dict[str, Any]) -> None:
    kubernetes_validate.validate(document, KUBERNETES, strict=True)


def test_schema_would_refuse_a_slip_of_the_pen() -> None:
    document = yaml.safe_load(
        yaml.safe_dump(DEPLOYMENTS["order-service"]).replace("replicas:", "replica:")
    )

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(document, KUBERNETES, strict=True)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_kustomization_names_every_file_once(folder: Path) -> None:
    listed = yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]

    files = {path.name for path in folder.glob("*.yaml")} - {"kustomization.yaml"}
    assert sorted(listed) == sorted(files)


def test_every_process_of_the_containers_has_a_deployment() -> None:
    compose = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
    stateful = {name for name in compose["services"] if name.endswith("-db")}

    assert set(DEPLOYMENTS) == set(compose["services"]) - stateful - {"rabbitmq"}


@pytest.mark.parametrize("name", sorted(DEPLOYMENTS))
def test_deployment_gets_every_secret_that_its_container_gets(name: str) -> None:
    compose = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
    environment = compose["services"][name]["environment"]
    wanted = {key for key, value in environment.items() if ":?" in str(value)}

    given = {
        variable["name"]
        for variable in _container(DEPLOYMENTS[name])["env"]
        if "valueFrom" in variable
    }

    assert given == wanted


@pytest.mark.parametrize("name", sorted(DEPLOYMENTS))
def test_start_command_is_the_one_of_the_container(name: str) -> None:
    compose = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())

    assert _container(DEPLOYMENTS[name]).get("command") == compose["services"][
        name
    ].get("command")


def test_what_serves_on_an_on_sale_grows_and_is_never_alone() -> None:
    scaled = {
        document["metadata"]["name"]
        for _, document in ALL
        if document["kind"] == "HorizontalPodAutoscaler"
    }
    budgets = {
        document["metadata"]["name"]
        for _, document in ALL
        if document["kind"] == "PodDisruptionBudget"
    }

    assert budgets == set(DEPLOYMENTS)
    assert all(one["spec"]["replicas"] >= 2 for one in DEPLOYMENTS.values())
    assert scaled == {
        "api-gateway",
        "event-service",
        "inventory-service",
        "order-service",
        "orchestrator-service",
        "user-service",
    }


def test_services_select_their_deployments_and_their_ports() -> None:
    services = [document for _, document in ALL if document["kind"] == "Service"]

    for service in services:
        container = _container(DEPLOYMENTS[service["metadata"]["name"]])
        named = {port["name"]: port["containerPort"] for port in container["ports"]}
        for port in service["spec"]["ports"]:
            assert named[port["targetPort"]] == port["port"]


def test_broker_and_databases_are_clusters_of_three() -> None:
    clusters = {
        document["metadata"]["name"]: document["spec"].get("instances")
        or document["spec"].get("replicas")
        for _, document in ALL
        if document["apiVersion"] in OF_OPERATORS
    }

    databases = ("events-db", "orders-db", "sagas-db", "seats-db", "users-db")
    assert clusters == dict.fromkeys((*databases, "rabbitmq"), 3)
