"""`python -m orchestrator_service.reconcile`: judge every invariant, for operators.

Exit status 0: all hold; 1: some are broken, and named; 2: it could not be told,
because something does not answer or the time ran out.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence

import structlog

from orchestrator_service.invariants_wiring import JUDGES, build_invariants
from orchestrator_service.services.reconciliation.catalogue import entry_of
from orchestrator_service.services.reconciliation.findings import Verdict, overall
from orchestrator_service.settings import Settings
from service_common.db import Database
from service_common.logs import configure_logging
from service_common.request_context import request_id_scope
from service_common.settings import load_or_exit

log = structlog.get_logger()

HOLDS, BROKEN, UNKNOWN = 0, 1, 2
BUDGET_S = 60.0
_DURATION = re.compile(r"([0-9]{1,7})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_ROW = "{:<4} {:<13} {:<46} {:<9} {:>10}\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge, print, and say by the exit status what was found."""
    options = _parser().parse_args(arguments)
    try:
        verdicts = _judge(options)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - 1 would mean "broken"
        sys.stderr.write(f"could not tell: {error}\n")
        return UNKNOWN
    sys.stdout.write(as_json(verdicts) if options.json else as_table(verdicts))
    return {True: HOLDS, False: BROKEN, None: UNKNOWN}[overall(verdicts)]


def as_json(verdicts: Sequence[Verdict]) -> str:
    """The verdicts for a program."""
    holds = overall(verdicts)
    body = {
        "verdict": {True: "HOLDS", False: "BROKEN", None: "UNKNOWN"}[holds],
        "invariants": [
            {
                "service": verdict.service,
                "number": verdict.number,
                "name": verdict.name,
                "holds": verdict.holds,
                "complete": verdict.complete,
                "problem": verdict.problem,
                "violations": verdict.violations,
                "examples": list(verdict.examples),
                "advice": None if verdict.holds else entry_of(verdict.number).advice,
            }
            for verdict in verdicts
        ],
    }
    return json.dumps(body, indent=2) + "\n"


def as_table(verdicts: Sequence[Verdict]) -> str:
    """The verdicts for a person; below it what is broken, with what to do."""
    lines = [_ROW.format("NO", "SERVICE", "INVARIANT", "VERDICT", "VIOLATIONS")]
    lines += [
        _ROW.format(
            verdict.number or "-",
            verdict.service,
            verdict.name,
            _word(verdict),
            verdict.violations,
        )
        for verdict in sorted(verdicts, key=_by_number)
    ]
    for verdict in verdicts:
        if not verdict.holds:
            lines += _explain(verdict)
    word = {True: "all hold", False: "broken", None: "could not tell"}
    lines.append(f"\n{len(verdicts)} invariants: {word[overall(verdicts)]}\n")
    return "".join(lines)


def _explain(verdict: Verdict) -> list[str]:
    entry = entry_of(verdict.number)
    lines = [f"\n{verdict.number or '-'} {verdict.name} ({verdict.service})\n"]
    lines.append(f"  {entry.sentence}\n")
    if verdict.problem is not None:
        lines.append(f"  not judged to its end: {verdict.problem}\n")
    lines += [f"  * {example}\n" for example in verdict.examples]
    if verdict.violations > len(verdict.examples):
        lines.append(f"  * and {verdict.violations - len(verdict.examples)} more\n")
    if verdict.violations:
        lines.append(f"  What to do: {entry.advice}\n")
    return lines


def _word(verdict: Verdict) -> str:
    if verdict.violations:
        return "BROKEN"
    return "holds" if verdict.complete else "unknown"


def _by_number(verdict: Verdict) -> tuple[bool, str, int, str]:
    digits = verdict.number[1:] or "0"
    return (not verdict.number, verdict.number[:1], int(digits), verdict.name)


def _judge(options: argparse.Namespace) -> list[Verdict]:
    settings = load_or_exit(Settings.from_env)
    configure_logging("orchestrator-reconcile", "ERROR")
    database = Database(
        settings.database,
        pool_size=JUDGES,
        application_name="orchestrator-reconcile",
    )
    try:
        invariants = build_invariants(settings, database)
        with request_id_scope(None):
            return invariants.check(
                budget_s=None if options.full else options.budget,
                since_s=options.since,
            )
    finally:
        database.dispose()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m orchestrator_service.reconcile",
        description="Judge every invariant. Exit status 0: all hold; 1: some are "
        "broken; 2: could not tell.",
    )
    parser.add_argument("--json", action="store_true", help="for a program")
    scope = parser.add_mutually_exclusive_group()
    scope.add_argument(
        "--full", action="store_true", help="to the end, however long it takes"
    )
    scope.add_argument(
        "--budget",
        type=_duration,
        default=BUDGET_S,
        metavar="DURATION",
        help="how long to go on (default: 60s)",
    )
    parser.add_argument(
        "--since",
        type=_duration,
        metavar="DURATION",
        help="of the sagas only those that have ended within it, or not at all, and "
        "no seats: 90s, 10m, 2h, 1d",
    )
    return parser


def _duration(text: str) -> float:
    found = _DURATION.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError("a number and s, m, h or d, as in 10m")
    return float(int(found[1]) * _SECONDS[found[2]])


if __name__ == "__main__":
    sys.exit(main())
