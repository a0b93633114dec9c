"""Tests of the containers: they need a Docker engine, and run when named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.containers import Containers, containers
from support.shop import Shop
from ticket_demo.api import Api

HERE = Path(__file__).parent


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Leave this folder out of `pytest tests`; without an engine its tests fail."""
    asked = (Path(argument.split("::")[0]).resolve() for argument in config.args)
    named = any(path == HERE or HERE in path.parents for path in asked)
    return None if named else True


@pytest.fixture(scope="session")
def stack() -> Iterator[Containers]:
    """All of docker-compose.yml and the stand-ins, with the demo data."""
    with containers("docker-compose.standins.yml") as project:
        project.up()
        project.load_demo_data()
        yield project


@pytest.fixture(scope="session")
def shop(stack: Containers) -> Shop:
    return Shop(Api(stack.url("GATEWAY_PORT")))


@pytest.fixture
def alice(shop: Shop) -> str:
    return shop.sign_in("alice@example.com")


@pytest.fixture
def admin(shop: Shop) -> str:
    return shop.sign_in("admin@example.com")
