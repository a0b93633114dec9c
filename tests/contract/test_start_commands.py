"""The local stack starts a service as its container does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from local_stack.services import SERVICES, Service

ROOT = Path(__file__).parents[2]
# Further processes of an image: compose names their command.
SIDE_PROCESSES = {"inventory-worker", "order-worker", "orchestrator-recovery"}


def _command(folder: str) -> list[str]:
    dockerfile = (ROOT / folder / "Dockerfile").read_text()
    [command] = re.findall(r"^CMD (\[.*\])$", dockerfile, re.MULTILINE)
    parsed: list[str] = json.loads(command)
    return parsed


@pytest.mark.parametrize(
    "service",
    [service for service in SERVICES if service.name not in SIDE_PROCESSES],
    ids=lambda service: service.name,
)
def test_image_and_local_stack_start_the_same_module(service: Service) -> None:
    assert _command(service.folder) == ["python", "-m", service.module]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_migrations_are_in_the_image(service: Service) -> None:
    dockerfile = (ROOT / service.folder / "Dockerfile").read_text()

    assert f"COPY {service.folder}/alembic.ini alembic.ini" in dockerfile
    assert f"COPY {service.folder}/migrations migrations" in dockerfile
    assert "USER app" in dockerfile
