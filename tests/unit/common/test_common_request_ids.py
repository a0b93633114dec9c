"""One id follows a request, also into threads, and nothing bad is let in with it."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from structlog.contextvars import get_contextvars

from service_common.request_context import (
    accept_request_id,
    get_request_id,
    request_id_scope,
    submit,
)


def test_offered_id_is_kept() -> None:
    assert accept_request_id("a1-b2:c3/d4#e5") == "a1-b2:c3/d4#e5"
    assert accept_request_id("x" * 128) == "x" * 128


@pytest.mark.parametrize(
    "offered", [None, "", "two words", "line\nbreak", "x" * 129, "größe", "a\x1b[31m"]
)
def test_id_that_is_unfit_for_a_log_line_is_replaced(offered: str | None) -> None:
    made = accept_request_id(offered)

    assert made != offered
    assert uuid.UUID(made).version == 4


def test_scope_ends_where_it_ends() -> None:
    with request_id_scope("outer"):
        with request_id_scope("inner"):
            assert get_request_id() == get_contextvars()["request_id"] == "inner"
        assert get_request_id() == get_contextvars()["request_id"] == "outer"


def test_thread_does_not_know_the_id_by_itself_but_does_through_the_helper() -> None:
    def ids() -> tuple[str, object]:
        return get_request_id(), get_contextvars().get("request_id")

    with ThreadPoolExecutor(1) as threads, request_id_scope("request-3"):
        plain = threads.submit(get_request_id).result()
        carried = submit(threads, ids).result()
        afterwards = threads.submit(get_request_id).result()

    assert carried == ("request-3", "request-3")
    assert plain == afterwards == "-"


def test_helper_hands_arguments_and_errors_through() -> None:
    def divide(dividend: int, *, by: int) -> float:
        return dividend / by

    with ThreadPoolExecutor(1) as threads:
        assert submit(threads, divide, 6, by=3).result() == 2
        with pytest.raises(ZeroDivisionError):
            submit(threads, divide, 6, by=0).result()
