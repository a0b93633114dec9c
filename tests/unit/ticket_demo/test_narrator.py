from __future__ import annotations

import io

import pytest
from rich.console import Console

from ticket_demo.answer import Answer
from ticket_demo.narrator import Narrator, StoryBroke


@pytest.fixture
def narrator() -> Narrator:
    return Narrator(Console(file=io.StringIO(), width=100, highlight=False))


def told(narrator: Narrator) -> str:
    file = narrator.console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def a_refusal() -> Answer:
    error = {"code": "SEAT_UNAVAILABLE", "details": {"held_until": None}}
    return Answer(409, {"error": error}, request="POST /v1/reserve")


def test_step_says_who_what_and_what_came_back(narrator: Narrator) -> None:
    answer = Answer(200, {"status": "HELD"}, request="POST /v1/reserve")

    narrator.step("Alice reserves", answer, fields=("status",), balance="1.00")

    lines = [line.strip() for line in told(narrator).splitlines()]
    assert lines == [
        "✓  Alice reserves",
        "POST /v1/reserve → 200 · status HELD · balance 1.00",
    ]
    assert narrator.steps == 1


def test_refusal_that_was_expected_goes_on(narrator: Narrator) -> None:
    narrator.step("Bob", a_refusal(), expect=409, code="SEAT_UNAVAILABLE")

    assert "409 SEAT_UNAVAILABLE" in told(narrator)


@pytest.mark.parametrize(
    ("expect", "code"), [(200, None), (409, None), (409, "OTHER"), (410, None)]
)
def test_answer_that_was_not_expected_ends_the_story(
    narrator: Narrator, expect: int, code: str | None
) -> None:
    with pytest.raises(StoryBroke, match=f"{expect} .*was expected, but: POST"):
        narrator.step("Bob reserves", a_refusal(), expect=expect, code=code)

    assert "✗  Bob reserves" in told(narrator)
    assert narrator.steps == 0


def test_claim_that_does_not_hold_ends_the_story(narrator: Narrator) -> None:
    with pytest.raises(StoryBroke, match=r"not so: all add up \(sum 7\)"):
        narrator.check("all add up", holds=False, sum=7)


def test_brackets_in_an_answer_are_no_markup(narrator: Narrator) -> None:
    narrator.table("A table", ("a",), [("[red]text[/red]",)])
    narrator.say("[bold]words[/bold]")

    assert "[red]text[/red]" in told(narrator)
    assert "[bold]words[/bold]" in told(narrator)


def test_what_is_there_is_not_waited_for(narrator: Narrator) -> None:
    found = narrator.wait_for(lambda _: "it comes", lambda: "there", 1.0)

    assert found == "there"
    assert told(narrator) == ""


def test_waiting_without_a_terminal_prints_a_line_now_and_then(
    narrator: Narrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ticket_demo.narrator._PLAIN_FIRST_LINE_S", 0.0)
    probes = iter([None, None, None, "there"])

    narrator.wait_for(lambda _: "it comes", lambda: next(probes), 5.0)

    assert told(narrator).strip() == "… it comes"


def test_waiting_in_vain_ends_the_story(narrator: Narrator) -> None:
    with pytest.raises(StoryBroke, match="in vain: it comes"):
        narrator.wait_for(lambda _: "it comes", lambda: None, 0.0)
