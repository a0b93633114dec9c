"""Fault tests know the stack, because they break it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local_stack import Stack
from support.shop import Shop
from support.waiting import eventually
from ticket_demo.api import Api

# A lease (15 s), a look for due sagas (2 s), the steps: well within a minute.
SETTLED_WITHIN_S = 60.0


@pytest.fixture(scope="session")
def shop(live: Stack) -> Shop:
    return Shop(Api(live.url("gateway")))


@pytest.fixture
def alice(shop: Shop) -> str:
    return shop.sign_in("alice@example.com")


@pytest.fixture
def bob(shop: Shop) -> str:
    return shop.sign_in("bob@example.com")


@pytest.fixture
def admin(shop: Shop) -> str:
    return shop.sign_in("admin@example.com")


@pytest.fixture(autouse=True)
def everything_adds_up_afterwards(
    live: Stack, shop: Shop, admin: str
) -> Iterator[None]:
    """After every fault, everything runs again and every invariant holds."""
    yield
    live.up()
    eventually(
        lambda: shop.broken_invariants(admin),
        lambda broken: not broken,
        within_s=SETTLED_WITHIN_S,
        every_s=1.0,
    )
