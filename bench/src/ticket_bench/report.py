"""The figures as a table that a person reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def text_report(report: dict[str, Any]) -> str:
    """All figures, one block each."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: dict[str, Any]) -> Iterator[str]:
    machine, figures = report["machine"], report["figures"]
    yield f"TicketRemaster at {machine['commit']}, measured {machine['measured_at']}"
    if machine["changed_files"]:
        yield f"with {machine['changed_files']} changed files on top"
    yield (
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB;"
        f" Python {machine['python']}; load before {machine['load_before']}"
    )
    yield f"measured: {report['site']}"
    if "left_out" in figures:
        yield f"left out: {figures['left_out']}"
    yield from _purchases(figures)
    yield from _cpu(figures)
    yield from _work(figures)
    yield from _others(figures)
    yield from _generator(figures)


def _purchases(figures: dict[str, Any]) -> Iterator[str]:
    yield ""
    yield "purchases (reserve + pay)   per second    p50      p95      p99 ms"
    for clients, found in figures["purchases"].items():
        yield _rate_line(f"  {clients} clients", found)
    floor = figures["floor"]
    if floor:
        yield "floor (pgbench, one row a commit)"
        for title, rate in floor["purchases_per_second"].items():
            yield f"  {title:<42} {rate:>8.1f} /s"
        yield (
            f"  purchases reach {floor['share_of_yardstick']:.1%} of four commits by"
            " one client"
        )
    for factor, found in figures["growth"].items():
        rows = f"{factor}x rows ({found['rows_there']} seats)"
        yield _rate_line(f"  {rows}", found) + f"  {found['rate_against_first']:.0%}"


def _rate_line(name: str, found: dict[str, Any]) -> str:
    line = (
        f"{name:<27} {found['per_second']:>9.1f} {found['p50_ms']:>8.1f}"
        f" {found['p95_ms']:>8.1f} {found['p99_ms']:>8.1f}"
    )
    return f"{line}  {found['problems']}" if found["problems"] else line


def _cpu(figures: dict[str, Any]) -> Iterator[str]:
    by_clients = {
        clients: found["cpu_ms"]
        for clients, found in figures["purchases"].items()
        if "cpu_ms" in found
    }
    if not by_clients:
        return
    yield ""
    yield "CPU ms for a purchase      " + "".join(f"{n:>8} cl." for n in by_clients)
    names = sorted({name for each in by_clients.values() for name in each})
    for name in names:
        cells = "".join(f"{each.get(name, 0):>12.2f}" for each in by_clients.values())
        yield f"  {name:<25}{cells}"
    sums = "".join(f"{sum(each.values()):>12.2f}" for each in by_clients.values())
    yield f"  {'together':<25}{sums}"


def _work(figures: dict[str, Any]) -> Iterator[str]:
    work = figures["work_per_purchase"]
    if not work:
        return
    yield ""
    yield "work for a purchase        " + "".join(f"{n:>8} cl." for n in work)
    for name in ("write_commits", "transactions", "inner_requests"):
        cells = "".join(f"{each[name]:>12.2f}" for each in work.values())
        yield f"  {name.replace('_', ' '):<25}{cells}"
    calls = next(iter(work.values()))["calls"]
    yield f"  calls: {', '.join(f'{name} {n:g}' for name, n in calls.items() if n)}"


def _others(figures: dict[str, Any]) -> Iterator[str]:
    yield ""
    stampede, seat_map = figures["stampede"], figures["seat_map"]
    yield (
        f"stampede: {stampede['buyers']} buyers, {stampede['seats']} seats: decided"
        f" after {stampede['decided_after_s']} s (slowest {stampede['slowest_s']} s),"
        f" held {stampede['held']}, oversold {stampede['oversold']},"
        f" false refusals {stampede['false_refusals']}, {stampede['answers']}"
    )
    for name in ("scans", "transfers"):
        found = figures[name]
        if found["done"]:
            cpu = found.get("cpu_ms_total")
            yield _rate_line(name, found) + (f"  {cpu} ms CPU" if cpu else "")
    yield f"seat map of {seat_map['seats']} seats"
    for name in ("whole", "unchanged", "changes"):
        found = seat_map[name]
        yield (
            f"  {name:<10} {seat_map['bytes'][name]:>9} bytes  p50"
            f" {found['p50_ms']:.1f}  p95 {found['p95_ms']:.1f} ms"
        )
    if seat_map["problems"]:
        yield f"  {seat_map['problems']}"


def _generator(figures: dict[str, Any]) -> Iterator[str]:
    generator = figures["generator"]
    if not generator["share_max"]:
        return
    verdict = "within" if generator["within_bounds"] else "NOT within"
    yield ""
    yield f"load generator: {generator['share_max']:.1%} of the CPU, {verdict} 15 %"
