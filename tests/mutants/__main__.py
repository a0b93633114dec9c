"""`python -m mutants [NAME ...]`: apply each fault to a copy, and see who notices."""

from __future__ import annotations

import argparse
import sys
import time

from mutants import MUTANTS
from mutants.mutant import Mutant, Stale
from mutants.report import line_of, write_reports
from mutants.run import Broken, check_sound, judge
from mutants.tree import ROOT, Tree, is_apart


def main() -> int:
    """0 when every mutant was caught."""
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__)
    parser.add_argument("names", nargs="*", help="these only; without any, all")
    parser.add_argument("--list", action="store_true", help="tell their names")
    parser.add_argument(
        "--no-baseline", action="store_true", help="believe that the tests pass"
    )
    parser.add_argument(
        "--committed", action="store_true", help="of HEAD, not of the working tree"
    )
    options = parser.parse_args()
    chosen = [one for one in MUTANTS if not options.names or one.name in options.names]
    if unknown := set(options.names) - {one.name for one in chosen}:
        parser.error(f"there is no mutant {', '.join(sorted(unknown))}")
    if options.list:
        _say("\n".join(f"{one.name:30} {one.reason}" for one in chosen))
        return 0
    tree = Tree(ROOT / ".local" / "mutants")
    try:
        tree.make(committed=options.committed)
        return _run_all(tree, chosen, baseline=not options.no_baseline)
    except (Broken, Stale) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    finally:
        tree.remove()


def _run_all(tree: Tree, chosen: list[Mutant], *, baseline: bool) -> int:
    started = time.monotonic()
    if not is_apart(tree):
        raise Broken("the copy would run the original's code")
    if baseline:
        seconds = check_sound(tree, chosen)
        _say(f"{'(no mutant)':30} {seconds:5.1f} s  all their tests pass")
    verdicts = []
    for mutant in chosen:
        verdicts.append(judge(tree, mutant))
        _say(line_of(verdicts[-1]))
    folder = ROOT / ".local" / "reports"
    text = write_reports(folder, verdicts, time.monotonic() - started)
    _say(text.split("\n\n")[-1].rstrip())
    return 1 if any(one.caught_by is None for one in verdicts) else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
