"""The chapters of the story, each in a module of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ticket_demo.chapters import (
    catalogue,
    crash,
    crash_in_payment,
    expiry,
    gate,
    invariants,
    no_credits,
    purchase,
    refusals,
    saga_steps,
)
from ticket_demo.story import Story


class _Module(Protocol):
    """What every chapter's module has."""

    TITLE: str
    WHY: str

    @property
    def tell(self) -> Callable[[Story], None]:
        """How it is told."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """What a chapter is called, why it matters, and how it is told."""

    title: str
    why: str
    tell: Callable[[Story], None]
    breaks_things: bool = False
    """Needs a stack of our own, in which processes may be killed."""


def _chapter(module: _Module, *, breaks_things: bool = False) -> Chapter:
    return Chapter(module.TITLE, module.WHY, module.tell, breaks_things)


CHAPTERS = (
    _chapter(catalogue),
    _chapter(purchase),
    _chapter(saga_steps),
    _chapter(no_credits),
    _chapter(expiry),
    _chapter(refusals),
    _chapter(crash, breaks_things=True),
    _chapter(crash_in_payment, breaks_things=True),
    _chapter(gate),
    _chapter(invariants),
)
