"""End-to-end tests know a base URL; where none is given they start a stack."""

from __future__ import annotations

import os

import pytest

from local_stack import Stack
from support.shop import Shop
from ticket_demo.api import Api


@pytest.fixture(scope="session")
def base_url(request: pytest.FixtureRequest) -> str:
    """The gateway that BASE_URL names, else the one of a stack of our own."""
    given = os.environ.get("BASE_URL")
    if given:
        return given
    stack: Stack = request.getfixturevalue("live")
    return stack.url("gateway")


@pytest.fixture(scope="session")
def api(base_url: str) -> Api:
    return Api(base_url)


@pytest.fixture(scope="session")
def shop(api: Api) -> Shop:
    return Shop(api)


@pytest.fixture(scope="session")
def alice(shop: Shop) -> str:
    return shop.sign_in("alice@example.com")


@pytest.fixture(scope="session")
def bob(shop: Shop) -> str:
    return shop.sign_in("bob@example.com")


@pytest.fixture(scope="session")
def flo(shop: Shop) -> str:
    return shop.sign_in("flo@example.com")


@pytest.fixture(scope="session")
def admin(shop: Shop) -> str:
    return shop.sign_in("admin@example.com")
