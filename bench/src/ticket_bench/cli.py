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
from ticket_bench.growth import Growth, Step
from ticket_bench.plan import QUICK, Plan
from ticket_bench.report import text_report
from ticket_bench.run import Bench
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
    described = machine.description()  # before: its load is that of others
    with _progress(console) as step:
        figures, broken = _measure(plan, options, password, step)
    report = {
        "machine": described,
        "site": options.base_url or f"local stack{' (quick)' if options.quick else ''}",
        "invariants_broken": broken,
        "figures": figures,
    }
    _write(report, Path(options.output))
    console.print(text_report(report), highlight=False, markup=False)
    if broken:
        console.print(f"INVARIANTS BROKEN: {', '.join(broken)}", markup=False)
    return 1 if broken or figures["stampede"]["oversold"] else 0


def _measure(
    plan: Plan, options: argparse.Namespace, password: str, step: Step
) -> tuple[dict[str, Any], list[str]]:
    """The figures, and the invariants that do not hold afterwards."""
    if options.base_url:
        site = open_foreign(options.base_url, seats=plan.sale_seats, password=password)
        buyers = _FOREIGN_STAMPEDE_BUYERS
        return _measure_site(
            replace(plan, stampede_buyers=buyers, stampede_seats=1), site, step
        )
    if options.stack:
        step(f"using stack {options.stack}", 0)
        site = _prepare(Stack(options.stack), plan, password, step)
        return _measure_site(plan, site, step)
    # One after the other: also an idle stack takes a tenth of a core.
    with _own_stacks() as start:
        figures, broken = _measure_site(
            plan, _prepare(start("bench"), plan, password, step), step
        )
    with _own_stacks() as start:
        sites = {}
        for factor in plan.growth_factors:
            step(f"starting a stack with {factor} times the rows", 0)
            stack = start(f"bench-{factor}x")
            sites[factor] = _prepare(stack, plan, password, step, factor=factor)
        figures["growth"] = Growth(plan, sites, step).run()
    return figures, broken


def _measure_site(
    plan: Plan, site: Site, step: Step
) -> tuple[dict[str, Any], list[str]]:
    figures = {**Bench(plan, site, step).run(), "growth": {}}
    step("checking the invariants", 0)
    return figures, site.shop.broken_invariants(site.shop.sign_in("admin"))


@contextmanager
def _own_stacks() -> Iterator[Callable[[str], Stack]]:
    """Starts stacks of the bench's own, and leaves nothing of them."""
    with ExitStack() as stacks:

        def start(name: str) -> Stack:
            stack = Stack(name, port_mode=PortMode.AUTO, overrides=OVERRIDES)
            stack.destroy()
            stacks.callback(stack.destroy)
            stack.up()
            return stack

        yield start


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
