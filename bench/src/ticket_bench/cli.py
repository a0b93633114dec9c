"""`python -m ticket_bench`: start what is needed, measure, write the report."""

from __future__ import annotations

import argparse
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from local_stack import Stack
from local_stack.folder import REPOSITORY
from local_stack.ports import PortMode
from ticket_bench import floor, machine, plots, volume
from ticket_bench.plan import QUICK, Plan
from ticket_bench.report import text_report
from ticket_bench.run import Bench, Step
from ticket_bench.site import OVERRIDES, Site, open_foreign, open_own

_RESULTS = REPOSITORY / "bench" / "results"
_FOREIGN_STAMPEDE_BUYERS = 2
_RUN_STRIDE, _RUNS = 10_000_000, 200


def main(arguments: list[str] | None = None) -> int:
    """Run it; 1 when something that must hold did not."""
    options = _parse(arguments)
    plan = QUICK if options.quick else Plan()
    console = Console()
    password = os.environ.get("DEMO_PASSWORD", "demo-password-1")
    twins: dict[int, Site] = {}
    with _progress(console) as step, ExitStack() as stacks:
        if options.base_url:
            buyers = _FOREIGN_STAMPEDE_BUYERS
            plan = replace(plan, stampede_buyers=buyers, stampede_seats=1)
            site = open_foreign(
                options.base_url, seats=plan.sale_seats, password=password
            )
        elif options.stack:
            step(f"using stack {options.stack}", 0)
            stack = Stack(options.stack)
            site = _prepare(stack, plan, password, step)
        else:
            site, twins = _own_sites(plan, password, step, stacks)
        figures = Bench(plan, site, twins, step).run()
        step("checking the invariants", 0)
        broken = site.shop.broken_invariants(site.shop.sign_in("admin"))
    report = {
        "machine": machine.description(),
        "site": options.base_url or f"local stack{' (quick)' if options.quick else ''}",
        "invariants_broken": broken,
        "figures": figures,
    }
    _write(report, Path(options.output))
    console.print(text_report(report), highlight=False, markup=False)
    if broken:
        console.print(f"INVARIANTS BROKEN: {', '.join(broken)}", markup=False)
    return 1 if broken or figures["stampede"]["oversold"] else 0


def _own_sites(
    plan: Plan, password: str, step: Step, stacks: ExitStack
) -> tuple[Site, dict[int, Site]]:
    """A stack for every size, all up at once, so that sizes can take turns."""
    twins: dict[int, Site] = {}
    for factor in plan.growth_factors:
        step(f"starting a stack with {factor} times the rows", 0)
        stack = Stack(f"bench-{factor}x", port_mode=PortMode.AUTO, overrides=OVERRIDES)
        stack.destroy()
        stacks.callback(stack.destroy)
        stack.up()
        twins[factor] = _prepare(stack, plan, password, step, factor=factor)
    return twins[plan.growth_factors[0]], twins


def _prepare(
    stack: Stack, plan: Plan, password: str, step: Step, factor: int = 1
) -> Site:
    floor.prepare(stack)
    buyers = plan.stampede_buyers if factor == 1 else max(plan.clients)
    buyers = max(buyers, max(plan.clients) + 2 * plan.transfer_lanes)
    site = open_own(
        stack,
        buyers=buyers,
        seats=plan.sale_seats,
        password=password,
        progress=step(f"accounts for {factor} times the rows", buyers),
    )
    rows = plan.volume_seats * factor
    step(f"{rows} seats and half as many orders", 0)
    # Far from what an earlier run on the same stack has left.
    first = 1 + _RUN_STRIDE * secrets.randbelow(_RUNS)
    volume.fill(stack, first=first, last=first + rows - 1)
    site.rows_there = rows
    return site


@contextmanager
def _progress(console: Console) -> Iterator[Step]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("starting", total=None)

        def step(description: str, total: int) -> Callable[[int], None]:
            progress.reset(task, description=description, total=total or None)
            if not console.is_terminal:
                console.print(description, markup=False)
            return lambda done: progress.update(task, completed=done)

        yield step


def _write(report: dict[str, Any], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    stamp = report["machine"]["measured_at"][:16].replace(":", "")
    name = folder / f"{stamp}-{report['machine']['commit'] or 'nowhere'}"
    name.with_suffix(".json").write_text(json.dumps(report, indent=1) + "\n")
    name.with_suffix(".txt").write_text(text_report(report))
    plots.draw(report, name.with_suffix(".png"))


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ticket_bench", description=__doc__)
    parser.add_argument(
        "--base-url", help="measure this gateway instead of stacks of our own"
    )
    parser.add_argument("--stack", help="measure a local stack that is up already")
    parser.add_argument(
        "--quick", action="store_true", help="just enough to see that it works"
    )
    parser.add_argument("--output", default=str(_RESULTS), help="where the report goes")
    return parser.parse_args(arguments)
