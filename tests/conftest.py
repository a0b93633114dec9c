"""Fixtures that every kind of test may ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from live import live_stack
from local_stack import Stack


@pytest.fixture(scope="session")
def live() -> Iterator[Stack]:
    """The whole stack, started when the first test asks for it."""
    with live_stack() as stack:
        yield stack
