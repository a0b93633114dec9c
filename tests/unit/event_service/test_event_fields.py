"""Prices, moments and lines of text: what is taken, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

import pytest
from marshmallow import ValidationError

from event_service.schemas.fields import Line, Moment, Price, SpanBound

FROM = SpanBound(of_day=time.min)
TO = SpanBound(of_day=time.max)


@pytest.mark.parametrize(
    ("offered", "price"),
    [
        ("0.01", "0.01"),
        ("99999999.99", "99999999.99"),
        ("007.00", "7.00"),
        ("00.50", "0.50"),
    ],
)
def test_price_is_a_decimal_string_with_two_places(offered: str, price: str) -> None:
    assert Price().deserialize(offered) == price


@pytest.mark.parametrize(
    "offered",
    [
        "0.00",
        "00.00",
        "-1.00",
        "100000000.00",
        "1.0",
        "1.000",
        "1",
        "NaN",
        "Infinity",
        "1e400",
        " 1.00",
        "1.00\n",
        "\u0661.\u0660\u0660",
        350,
        350.0,
        True,
        None,
        [],
    ],
)
def test_anything_else_is_no_price(offered: Any) -> None:
    with pytest.raises(ValidationError):
        Price().deserialize(offered)


@pytest.mark.parametrize(
    ("offered", "moment"),
    [
        ("2026-06-15T19:00:00Z", datetime(2026, 6, 15, 19, tzinfo=UTC)),
        ("2026-06-16T03:00:00+08:00", datetime(2026, 6, 15, 19, tzinfo=UTC)),
        ("2026-06-15t19:00:00.5z", datetime(2026, 6, 15, 19, 0, 0, 500000, UTC)),
        ("1999-12-31T23:59:59-00:00", datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_moment_is_read_into_utc(offered: str, moment: datetime) -> None:
    assert Moment().deserialize(offered) == moment
    assert Moment().deserialize(offered).tzinfo is UTC


@pytest.mark.parametrize(
    "offered",
    [
        "2026-06-15",
        "2026-06-15T19:00:00",
        "2026-06-15 19:00:00Z",
        "2026-06-15T19:00Z",
        "20260615T190000Z",
        "2026-W24-1T19:00:00Z",
        "2026-02-30T19:00:00Z",
        "2026-06-15T25:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-06-15T19:00:00+99:99",
        "soon",
        "",
        1781550000,
        None,
    ],
)
def test_anything_else_is_no_moment(offered: Any) -> None:
    with pytest.raises(ValidationError):
        Moment().deserialize(offered)


def test_date_as_a_bound_takes_the_whole_day_in() -> None:
    assert FROM.deserialize("2026-06-15") == datetime(2026, 6, 15, tzinfo=UTC)
    assert TO.deserialize("2026-06-15") == datetime(
        2026, 6, 15, 23, 59, 59, 999999, tzinfo=UTC
    )
    assert TO.deserialize("9999-12-31").year == 9999


def test_moment_as_a_bound_is_itself() -> None:
    assert TO.deserialize("2026-06-15T19:00:00Z") == datetime(
        2026, 6, 15, 19, tzinfo=UTC
    )


@pytest.mark.parametrize("offered", ["2026-02-30", "2026", "tomorrow", "", "20260615"])
def test_anything_else_is_no_bound(offered: str) -> None:
    with pytest.raises(ValidationError):
        FROM.deserialize(offered)


@pytest.mark.parametrize("offered", ["Größe", "甲", "🎫", "👨\u200d👩\u200d👧", "a b"])
def test_line_is_visible_text_of_any_language(offered: str) -> None:
    assert Line(20).deserialize(offered) == offered


@pytest.mark.parametrize("offered", ["", " ", "\t", "a\nb", "a\x1b[31m", "x" * 21, 5])
def test_anything_else_is_no_line(offered: Any) -> None:
    with pytest.raises(ValidationError):
        Line(20).deserialize(offered)
