"""The chapters of the story, each in a module of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ticket_demo.chapters import (
    catalogue,
    crash,
    crash_in_payment,
    dispute,
    expiry,
    gate,
    high_risk,
    invariants,
    no_credits,
    purchase,
    refusals,
    saga_steps,
    topup,
    transfer,
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
    needs_own_stack: bool = False
    """Needs what is beside a stack of our own: stand-ins, processes to be killed."""


def _chapter(module: _Module, *, needs_own_stack: bool = False) -> Chapter:
    return Chapter(module.TITLE, module.WHY, module.tell, needs_own_stack)


CHAPTERS = (
    _chapter(catalogue),
    _chapter(purchase),
    _chapter(saga_steps),
    _chapter(no_credits),
    _chapter(topup, needs_own_stack=True),
    _chapter(high_risk, needs_own_stack=True),
    _chapter(expiry),
    _chapter(refusals),
    _chapter(crash, needs_own_stack=True),
    _chapter(crash_in_payment, needs_own_stack=True),
    _chapter(transfer, needs_own_stack=True),
    _chapter(dispute, needs_own_stack=True),
    _chapter(gate),
    _chapter(invariants),
)
