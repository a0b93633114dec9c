"""Several that are carried out together: each has its own request id and outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from service_common.errors import AppError
from service_common.request_context import request_id_scope

Wanted = TypeVar("Wanted")
Found = TypeVar("Found")
Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class Asked(Generic[Wanted]):
    """What one of them wants, with the id of the request that it came with."""

    wanted: Wanted
    request_id: str


def tell_each(
    asked: Sequence[Asked[Wanted]],
    found: Sequence[Found],
    tell: Callable[[Wanted, Found], Outcome],
) -> list[Outcome | AppError]:
    """What each is told of what was found for it, a refusal as it would raise it."""
    told: list[Outcome | AppError] = []
    for one, what in zip(asked, found, strict=True):
        with request_id_scope(one.request_id):
            try:
                told.append(tell(one.wanted, what))
            except AppError as error:
                told.append(error)
    return told
