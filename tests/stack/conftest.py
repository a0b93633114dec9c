"""Tests that look behind the gateway: logs, health pages, metrics."""

from __future__ import annotations

import pytest

from local_stack import Stack
from support.shop import Shop
from ticket_demo.api import Api


@pytest.fixture(scope="session")
def shop(live: Stack) -> Shop:
    return Shop(Api(live.url("gateway")))
