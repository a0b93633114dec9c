"""Fixtures that every kind of test may ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from structlog.contextvars import clear_contextvars

from live import live_stack
from local_stack import Stack
from service_common.request_context import set_request_id
from support.secrets_in_logs import Secrets, listening, secrets_in


@pytest.fixture(autouse=True)
def nobody_is_being_served() -> Iterator[None]:
    """What one test served under a request id leaves nothing to the next."""
    yield
    set_request_id("-")
    clear_contextvars()


@pytest.fixture(scope="session")
def live() -> Iterator[Stack]:
    """The whole stack, started when the first test asks for it.

    When all tests are done, no log of any process has any secret of the run in it.
    """
    with live_stack() as stack:
        secrets = Secrets(stack.context.secrets)
        with listening(secrets):
            yield stack
        assert secrets_in(stack.folder.path / "logs", secrets) == []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What asks at random leaves things behind that others would find: it is last."""
    items.sort(key=lambda item: item.path.name == "test_api_description.py")
