"""The shared room knows no word of the domain."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOM = Path(__file__).parents[3] / "common" / "src" / "service_common"
# "holds" is no hold: it is what an invariant does. ORDER BY is SQL.
WORD = re.compile(
    r"(?<![a-z])(?!holds(?![a-z])|order by )"
    r"(seat|order|ticket|credit|hold|transfer)s?(?![a-z])",
    re.IGNORECASE,
)
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def _domain_words(text: str) -> list[str]:
    return [match.group() for match in WORD.finditer(CAMEL.sub("_", text))]


def test_no_word_of_the_domain_is_in_the_shared_room() -> None:
    files = [file for file in ROOM.rglob("*.py") if "stubs" not in file.parts]

    found = {file.name: _domain_words(file.read_text()) for file in files}

    assert len(files) > 10
    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("order_id", ["order"]),
        ("SeatHold", ["Seat", "Hold"]),
        ("the Credits of a user", ["Credits"]),
        ("an invariant that holds a hold_id", ["hold"]),
        ("ORDER BY order_id", ["order"]),
        ("a placeholder in border of disordered tickets", ["tickets"]),
    ],
)
def test_words_are_found_in_names_of_every_style(text: str, words: list[str]) -> None:
    assert _domain_words(text) == words
