from __future__ import annotations

import re
from pathlib import Path

import pytest

from local_stack import credentials
from local_stack.component import Context
from local_stack.folder import StackFolder
from local_stack.ports import DESIGN_PORTS
from local_stack.services import SERVICES, Service

ROOT = Path(__file__).parents[3]
INHERITED = {"PATH", "HOME", "LANG"}
OUR_OWN = {"PYTHONUNBUFFERED", "TMPDIR"}
EXAMPLE = (ROOT / ".env.example").read_text()


@pytest.fixture
def context(tmp_path: Path) -> Context:
    folder = StackFolder.of("some-stack", tmp_path)
    overrides = {"inventory-service": {"HOLD_TTL_SECONDS": "6"}}
    return Context(folder, DESIGN_PORTS, credentials.load_or_create(folder), overrides)


def environment(context: Context, name: str) -> dict[str, str]:
    (service,) = (service for service in SERVICES if service.name == name)
    return dict(service.spec(context).env)


def documented(process: str) -> set[str]:
    """The variables that the table in docs/internal-api.md lists, in its words."""
    text = (ROOT / "docs" / "internal-api.md").read_text()
    table = text.split("## Environment", maxsplit=1)[1]
    names: set[str] = set()
    for line in table.splitlines():
        if line.startswith("| `"):
            names |= set(re.findall(r"`([A-Z_]+)`", line.split("|")[1]))
    assert names, f"no variables found for {process}"
    return names


@pytest.mark.parametrize("service", SERVICES, ids=lambda s: s.name)
def test_environment_is_documented_or_inherited_on_purpose(
    context: Context, service: Service
) -> None:
    names = set(service.spec(context).env)

    assert names - INHERITED - OUR_OWN <= documented(service.name)
    assert set(service.settings) <= documented(service.name)


def test_nothing_else_of_the_caller_gets_in(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOMETHING_OF_MINE", "x")
    monkeypatch.setenv("DB_HOST", "elsewhere")

    assert "SOMETHING_OF_MINE" not in environment(context, "user-service")
    assert environment(context, "user-service")["DB_HOST"] == "127.0.0.1"


def test_each_service_has_the_password_of_its_own_database_only(
    context: Context,
) -> None:
    for service in SERVICES:
        names = set(service.spec(context).env)
        assert {n for n in names if n.endswith("_DB_PASS")} == {service.database.secret}


def test_services_know_each_other_by_the_ports_of_the_stack(context: Context) -> None:
    orchestrator = environment(context, "orchestrator-service")

    assert orchestrator["INVENTORY_SERVICE_URL"] == "127.0.0.1:50051"
    assert orchestrator["USER_SERVICE_URL"] == "http://127.0.0.1:5000"
    assert orchestrator["PORT"] == "5003"


def test_environment_on_top_is_for_one_process(context: Context) -> None:
    assert environment(context, "inventory-service")["HOLD_TTL_SECONDS"] == "6"
    assert "HOLD_TTL_SECONDS" not in environment(context, "inventory-worker")


def test_example_lists_every_secret_as_a_placeholder(context: Context) -> None:
    asked = {
        name
        for service in SERVICES
        for name in service.spec(context).env
        if name in context.secrets
    }

    assert set(re.findall(r"^(\w+)=change_me$", EXAMPLE, re.MULTILINE)) == asked


def test_example_lists_every_setting_with_its_default() -> None:
    settings = {name for service in SERVICES for name in service.settings}

    # Stripe's two are secrets that a person may bring along.
    assert settings <= set(re.findall(r"^(?:# )?(\w+)=", EXAMPLE, re.MULTILINE))
