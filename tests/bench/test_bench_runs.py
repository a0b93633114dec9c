"""`make bench A=--quick` on a small stack: every figure is there and makes sense."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from local_stack import Stack
from ticket_bench.cli import main


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_quick_bench_measures_everything_and_breaks_nothing(
    live: Stack, tmp_path: Path
) -> None:
    arguments = ["--quick", "--stack", live.folder.name, "--output", str(tmp_path)]

    assert main(arguments) == 0

    (written,) = tmp_path.glob("*.json")
    report = json.loads(written.read_text())
    figures = report["figures"]
    assert report["invariants_broken"] == []
    for found in figures["purchases"].values():
        assert found["done"] > 0
        assert found["problems"] == {}
        assert found["cpu_ms"]["postgres"] > 0
    assert figures["work_per_purchase"]["1"]["write_commits"] >= 4
    assert figures["floor"]["yardstick"] > 0
    stampede = figures["stampede"]
    assert (stampede["buyers"], stampede["held"]) == (40, 5)
    assert (stampede["oversold"], stampede["false_refusals"]) == (0, 0)
    assert figures["scans"]["done"] > 0
    assert figures["transfers"]["done"] > 0
    assert figures["seat_map"]["seats"] == 400
    assert figures["seat_map"]["problems"] == {}
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".txt", ".png"}
