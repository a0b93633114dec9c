"""Seats of a seat map: choosing free ones, and drawing them as a picture."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from ticket_demo.answer import Answer

AVAILABLE = "AVAILABLE"
HELD = "HELD"
SOLD = "SOLD"


class NoFreeSeats(LookupError):
    """Nobody can buy that many seats beside each other any more."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One cell of the seat map."""

    seat_id: str
    row: str
    number: int
    category: str
    price: str
    status: str
    held_until: str | None = None

    @property
    def name(self) -> str:
        """What is written on it."""
        return f"{self.row}{self.number}"


@dataclass(frozen=True, slots=True)
class _Look:
    """How seats of one status look; the letter also tells without any colour."""

    letter: str
    style: str
    meaning: str


_LOOKS = {
    AVAILABLE: _Look(".", "black on green", "free"),
    HELD: _Look("h", "black on yellow", "held"),
    SOLD: _Look("x", "white on red", "sold"),
}
_CHECKED_IN = _Look("c", "white on blue", "checked in")


def parse_seats(answer: Answer) -> list[Seat]:
    """The seats of a seat map, row by row."""
    seats = [_parse_seat(row) for row in answer["seats"]]
    return sorted(seats, key=lambda seat: (len(seat.row), seat.row, seat.number))


def find_seat(seats: Iterable[Seat], seat_id: str) -> Seat:
    """One seat of the map; LookupError when it is not there."""
    for seat in seats:
        if seat.seat_id == seat_id:
            return seat
    raise LookupError(f"seat {seat_id} is not on the seat map")


def free_together(seats: Sequence[Seat], count: int) -> list[Seat]:
    """The first free seats that are beside each other in one row."""
    found: list[Seat] = []
    for seat in seats:
        if seat.status != AVAILABLE:
            found = []
            continue
        if found and not _beside(found[-1], seat):
            found = []
        found.append(seat)
        if len(found) == count:
            return found
    raise NoFreeSeats(f"there are no {count} free seats together any more")


def count_by_status(seats: Iterable[Seat]) -> dict[str, int]:
    """How many seats are free, held and sold."""
    counts = {AVAILABLE: 0, HELD: 0, SOLD: 0}
    for seat in seats:
        counts[seat.status] = counts.get(seat.status, 0) + 1
    return counts


def draw_rows(
    seats: Iterable[Seat], rows: Collection[str], marked: Collection[str] = ()
) -> Text:
    """Rows of seats as a picture; those in `marked` stand in brackets."""
    picture = Text()
    shown = [seat for seat in seats if seat.row in rows]
    for at, seat in enumerate(shown):
        if at == 0 or shown[at - 1].row != seat.row:
            picture.append("\n" if at else "")
            picture.append(f"{seat.row:>3} ", "bold")
        look = _LOOKS.get(seat.status, _CHECKED_IN)
        if seat.seat_id in marked:
            picture.append(f"[{look.letter}]", f"bold {look.style}")
        else:
            picture.append(f" {look.letter} ", look.style)
    return picture


def draw_around(seats: Sequence[Seat], marked: Sequence[Seat], reach: int = 8) -> Text:
    """The marked seats of one row with their neighbours."""
    row = marked[0].row
    first, last = marked[0].number - reach, marked[-1].number + reach
    near = [s for s in seats if s.row == row and first <= s.number <= last]
    return draw_rows(near, {row}, [seat.seat_id for seat in marked])


def legend() -> Text:
    """What the cells mean."""
    text = Text("    ")
    for look in _LOOKS.values():
        text.append(f" {look.letter} ", look.style)
        text.append(f" {look.meaning}   ")
    return text


def _beside(left: Seat, right: Seat) -> bool:
    return left.row == right.row and right.number == left.number + 1


def _parse_seat(row: dict[str, Any]) -> Seat:
    return Seat(
        seat_id=row["seat_id"],
        row=row["row_number"],
        number=row["seat_number"],
        category=row["category"],
        price=row["price"],
        status=row["status"],
        held_until=row.get("held_until"),
    )
