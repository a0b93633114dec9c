"""`python -m chaos --minutes 10 --seed 1`: the long run, with its report."""

from __future__ import annotations

import argparse
import random
import sys

from chaos.play import play


def main() -> int:
    """0 when nothing was wrong and everything went wrong that should."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument(
        "--seed", type=int, default=random.SystemRandom().randrange(10**6)
    )
    options = parser.parse_args()
    report = play(
        seed=options.seed,
        seconds=60 * options.minutes,
        say=lambda line: print(line, flush=True),  # noqa: T201 - for a person
    )
    print(f"\n{report.text()}")  # noqa: T201 - the same
    return 0 if report.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
