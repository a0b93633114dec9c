"""The figures as pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt


def draw(report: dict[str, Any], path: Path) -> None:
    """Rates beside the floor, latencies, and where the CPU goes; one picture."""
    figures = report["figures"]
    figure, axes = plt.subplots(1, 3, figsize=(15, 4.5), layout="constrained")
    machine = report["machine"]
    figure.suptitle(
        f"{machine['commit']} on {machine['cores']} x {machine['processor']}"
    )
    _rates(axes[0], figures)
    _latencies(axes[1], figures["purchases"])
    _cpu(axes[2], figures["purchases"])
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _rates(axes: Any, figures: dict[str, Any]) -> None:
    purchases = figures["purchases"]
    bars = {f"{n} clients": found["per_second"] for n, found in purchases.items()}
    for factor, found in figures["growth"].items():
        bars[f"{factor}x rows"] = found["per_second"]
    axes.bar(list(bars), list(bars.values()), color="tab:blue")
    floor = figures["floor"]
    if floor:
        axes.axhline(
            floor["yardstick"] / 10, color="tab:red", label="a tenth of the floor"
        )
        axes.legend()
    axes.set_title("purchases per second")
    axes.tick_params(axis="x", rotation=45)


def _latencies(axes: Any, purchases: dict[str, Any]) -> None:
    for share in ("p50_ms", "p95_ms", "p99_ms"):
        axes.plot(list(purchases), [found[share] for found in purchases.values()], "o-")
    axes.legend(["p50", "p95", "p99"])
    axes.set_yscale("log")
    axes.set_title("a purchase, ms, by clients")


def _cpu(axes: Any, purchases: dict[str, Any]) -> None:
    last = list(purchases.values())[-1].get("cpu_ms", {})
    if not last:
        axes.set_axis_off()
        return
    names = sorted(last, key=last.__getitem__)
    axes.barh(names, [last[name] for name in names], color="tab:green")
    axes.set_title("CPU ms for a purchase, most clients")
