"""JSON is read strictly and written in the forms of the API."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from service_common.errors import InvalidInput, NotFound
from service_common.http_json import load_json, page_of, path_uuid, to_wire


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": "\\u0000"}',
        b'{"\\u0000": 1}',
        b'["x", {"a": ["\\ud800"]}]',
        b'{"a": "\xed\xa0\x80"}',
        b'{"a": "\xff"}',
        b'{"a": "\x00"}',
        '{"a": 1}'.encode("utf-16"),
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b'"\\u0041"' + b"}" * 100_000,
        b"1" * 5_000,
    ],
)
def test_document_that_is_not_strictly_json_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        load_json(raw)

    assert refused.value.code == "MALFORMED_JSON"


def test_text_of_every_language_comes_through() -> None:
    raw = '{"größe": ["甲", "🎫", "\\ud83c\\udfab", "\\u00e9"]}'.encode()

    assert load_json(raw) == {"größe": ["甲", "🎫", "🎫", "é"]}


@pytest.mark.parametrize(
    ("value", "wire"),
    [
        (Decimal(350), "350.00"),
        (Decimal("0.1"), "0.10"),
        (datetime(2026, 6, 15, 19, tzinfo=UTC), "2026-06-15T19:00:00Z"),
        (
            datetime(2026, 6, 16, 3, 0, 0, 5, timezone(timedelta(hours=8))),
            "2026-06-15T19:00:00.000005Z",
        ),
        (uuid.UUID(int=7), "00000000-0000-0000-0000-000000000007"),
    ],
)
def test_money_times_and_ids_have_one_form(value: object, wire: str) -> None:
    assert to_wire(value) == wire


def test_other_things_have_no_form() -> None:
    with pytest.raises(TypeError):
        to_wire(object())


def test_malformed_id_in_a_path_names_nothing() -> None:
    with pytest.raises(NotFound) as refused:
        path_uuid("17", "THING_NOT_FOUND", "thing")

    assert (refused.value.http_status, refused.value.code) == (404, "THING_NOT_FOUND")


@pytest.mark.parametrize(
    ("page", "total", "next_page"),
    [(1, 0, None), (1, 3, 2), (2, 3, None), (2, 4, None)],
)
def test_next_page_is_null_on_the_last(
    page: int, total: int, next_page: int | None
) -> None:
    body = page_of([], page=page, page_size=2, total=total)

    assert body["pagination"]["next_page"] == next_page
