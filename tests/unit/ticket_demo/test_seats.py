from __future__ import annotations

import pytest

from ticket_demo.answer import Answer
from ticket_demo.seats import (
    NoFreeSeats,
    Seat,
    count_by_status,
    draw_around,
    draw_rows,
    find_seat,
    free_together,
    parse_seats,
)


def a_seat(row: str, number: int, status: str = "AVAILABLE") -> Seat:
    return Seat(f"{row}{number}", row, number, "CAT1", "350.00", status)


def a_row(row: str, statuses: str) -> list[Seat]:
    """One letter a seat: `.` free, `h` held, `x` sold, `c` checked in."""
    words = {".": "AVAILABLE", "h": "HELD", "x": "SOLD", "c": "CHECKED_IN"}
    return [a_seat(row, at, words[letter]) for at, letter in enumerate(statuses, 1)]


def test_picture_has_a_line_for_each_row() -> None:
    seats = [*a_row("A", ".hx"), *a_row("B", "c..")]

    picture = draw_rows(seats, "AB")

    assert picture.plain == "  A  .  h  x \n  B  c  .  . "


def test_picture_leaves_other_rows_out_and_points_at_the_marked() -> None:
    seats = [*a_row("A", "..."), *a_row("B", "x.."), *a_row("C", "...")]

    picture = draw_rows(seats, "B", marked=["B2"])

    assert picture.plain == "  B  x [.] . "


def test_each_status_has_a_colour_of_its_own() -> None:
    styles = [span.style for span in draw_rows(a_row("A", ".hxc"), "A").spans]

    assert len(set(styles)) == 5  # and the name of the row


def test_neighbourhood_ends_at_the_ends_of_the_row() -> None:
    seats = [*a_row("A", "......"), *a_row("B", "......")]

    picture = draw_around(seats, [seats[1], seats[2]], reach=2)

    assert picture.plain == "  A  . [.][.] .  . "


def test_seats_are_read_row_by_row() -> None:
    rows = [
        {"seat_id": name, "row_number": row, "seat_number": number}
        | {"category": "CAT1", "price": "350.00", "status": "HELD"}
        | {"held_until": "2026-06-15T19:00:00Z"}
        for name, row, number in [("s1", "AA", 1), ("s2", "B", 2), ("s3", "B", 1)]
    ]

    seats = parse_seats(Answer(200, {"seats": rows}))

    assert [seat.name for seat in seats] == ["B1", "B2", "AA1"]
    assert seats[0].held_until == "2026-06-15T19:00:00Z"


def test_free_seats_are_beside_each_other() -> None:
    seats = [*a_row("A", "..x.."), *a_row("B", "...")]

    assert [seat.name for seat in free_together(seats, 2)] == ["A1", "A2"]
    assert [seat.name for seat in free_together(seats, 3)] == ["B1", "B2", "B3"]


def test_last_seat_of_a_row_is_not_beside_the_first_of_the_next() -> None:
    seats = [*a_row("A", "x."), *a_row("B", ".x")]

    with pytest.raises(NoFreeSeats):
        free_together(seats, 2)


def test_gap_in_the_numbers_is_no_neighbourhood() -> None:
    seats = [a_seat("A", 1), a_seat("A", 3), a_seat("A", 4)]

    assert [seat.name for seat in free_together(seats, 2)] == ["A3", "A4"]


def test_counts_name_every_status() -> None:
    counts = count_by_status(a_row("A", "..c"))

    assert counts == {"AVAILABLE": 2, "HELD": 0, "SOLD": 0, "CHECKED_IN": 1}


def test_unknown_seat_is_not_found() -> None:
    with pytest.raises(LookupError, match="Z9"):
        find_seat(a_row("A", ".."), "Z9")
