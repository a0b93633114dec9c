"""Log lines are JSON, carry the request id, and tell no secret."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from service_common.logs import configure_logging
from service_common.request_context import request_id_scope


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    configure_logging("some-service", "INFO", stream)
    yield stream
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def _lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize(
    "field",
    [
        "password",
        "new_password",
        "otp_code",
        "access_token",
        "TOKEN",
        "client_secret",
        "Authorization",
        "qr_payload",
        "card_number",
    ],
)
def test_field_whose_name_says_secret_is_blanked(
    stream: io.StringIO, field: str
) -> None:
    structlog.get_logger().info("something_happened", **{field: "hunter2", "kept": 1})

    line = _lines(stream)[0]
    assert line[field] == "[redacted]"
    assert line["kept"] == 1
    assert "hunter2" not in stream.getvalue()


def test_line_says_what_where_when_and_for_which_request(stream: io.StringIO) -> None:
    with request_id_scope("request-1"):
        structlog.get_logger().warning("something_happened", count=2)

    line = _lines(stream)[0]
    assert line.pop("ts").endswith("Z")
    assert line == {
        "event": "something_happened",
        "level": "warning",
        "service": "some-service",
        "request_id": "request-1",
        "count": 2,
    }


def test_lines_of_other_libraries_look_the_same(stream: io.StringIO) -> None:
    with request_id_scope("request-2"):
        try:
            int("why")
        except ValueError:
            logging.getLogger("a.library").exception("it broke: %s", "here")

    line = _lines(stream)[0]
    assert (line["event"], line["level"]) == ("it broke: here", "error")
    assert (line["service"], line["request_id"]) == ("some-service", "request-2")
    assert "ValueError: invalid literal" in line["exception"]


def test_lines_below_the_level_are_not_written(stream: io.StringIO) -> None:
    structlog.get_logger().debug("detail")
    logging.getLogger("a.library").debug("detail")
    logging.getLogger("pika").info("chatter")

    assert _lines(stream) == []
