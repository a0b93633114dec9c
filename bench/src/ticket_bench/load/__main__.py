"""`python -m ticket_bench.load`: one job from standard input, its result to output."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from typing import Any

from ticket_bench.load.jobs import Tally
from ticket_bench.load.scenarios import SCENARIOS


def main() -> None:
    """Run the job; lines of JSON tell its progress, the last one its result."""
    job = json.loads(sys.stdin.readline())
    tally = Tally()
    # What was read stays; looking at it again and again would cost the measurement.
    gc.freeze()
    started_s = time.process_time()
    asyncio.run(SCENARIOS[job["kind"]](job, tally, _tell_progress))
    before_s = tally.facts.pop("cpu_before_s", started_s)
    _tell({"result": tally.as_json() | {"cpu_s": time.process_time() - before_s}})


def _tell_progress(done: int) -> None:
    _tell({"progress": done})


def _tell(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
