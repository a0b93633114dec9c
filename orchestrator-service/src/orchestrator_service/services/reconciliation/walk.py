"""Walks over several sorted lists at once, a page of each in memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar

from orchestrator_service.clients.facts import Page
from orchestrator_service.services.reconciliation.findings import Finding, Judged
from service_common.errors import AppError

F = TypeVar("F")
Keyed = tuple[str, F]

# So many findings are read again together.
BATCH = 100
# Somebody who has so many violations needs no further ones.
FINDINGS_MAX = 1000
ROUNDS = 3
PAUSE_S = 0.5


def keyed(
    fetch: Callable[[str], Page[F]], key: Callable[[F], str], after: str
) -> Iterator[Keyed[F]]:
    """All facts of a paged list with their keys, which must not fall."""
    following: str | None = after
    while following is not None:
        page = fetch(following)
        for fact in page.facts:
            yield key(fact), fact
        following = page.following


def side_by_side(
    lists: Iterable[Iterator[Keyed[Any]]],
) -> Iterator[tuple[str, list[Any]]]:
    """The facts of every key together, by rising key: a merge join."""
    for key, facts in groupby(merge(*lists, key=itemgetter(0)), key=itemgetter(0)):
        yield key, [fact for _, fact in facts]


def confirm(
    suspects: Sequence[Finding],
    look_again: Callable[[Sequence[str]], Iterable[Finding]],
    *,
    pause_s: float = PAUSE_S,
) -> list[Finding]:
    """Those that are still there after several more looks.

    Facts of several databases are read at several moments; what was only seen between
    two beats is gone at the next look.
    """
    left = {(finding.rule, finding.key): finding for finding in suspects}
    for _ in range(ROUNDS):
        if not left:
            break
        time.sleep(pause_s)
        keys = sorted({key for _, key in left})
        seen = {(again.rule, again.key): again for again in look_again(keys)}
        left = {name: seen[name] for name in left if name in seen}
    return list(left.values())


def judge_walk(
    groups: Iterator[tuple[str, list[Any]]],
    judge: Callable[[str, list[Any]], Iterable[Finding]],
    look_again: Callable[[Sequence[str]], Iterable[Finding]],
    *,
    after: str,
    until: float | None,
) -> Judged:
    """Judge group by group until `until` (monotonic), and confirm what looks wrong."""
    judged = Judged(stopped_after=after)
    suspects: list[Finding] = []
    try:
        for key, facts in groups:
            suspects += judge(key, facts)
            judged.stopped_after = key
            if len(suspects) >= BATCH:
                judged.findings += confirm(suspects, look_again)
                suspects = []
            judged.problem = _why_stop(judged, until)
            if judged.problem is not None:
                break
    except AppError as error:
        judged.problem = _unanswered(error, judged)
    try:
        judged.findings += confirm(suspects, look_again)
    except AppError as error:
        judged.problem = _unanswered(error, judged)
    return judged


def _unanswered(error: AppError, judged: Judged) -> str:
    behind = f"; stopped after {judged.stopped_after}" if judged.stopped_after else ""
    return f"{error.code}: {error.message}{behind}"


def _why_stop(judged: Judged, until: float | None) -> str | None:
    if len(judged.findings) >= FINDINGS_MAX:
        return f"too many violations; stopped after {judged.stopped_after}"
    if until is not None and time.monotonic() >= until:
        return f"out of time; stopped after {judged.stopped_after}"
    return None
