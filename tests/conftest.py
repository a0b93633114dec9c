"""Fixtures that every kind of test may ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from structlog.contextvars import clear_contextvars

from live import live_stack
from local_stack import Stack
from service_common.request_context import set_request_id


@pytest.fixture(autouse=True)
def nobody_is_being_served() -> Iterator[None]:
    """What one test served under a request id leaves nothing to the next."""
    yield
    set_request_id("-")
    clear_contextvars()


@pytest.fixture(scope="session")
def live() -> Iterator[Stack]:
    """The whole stack, started when the first test asks for it."""
    with live_stack() as stack:
        yield stack
