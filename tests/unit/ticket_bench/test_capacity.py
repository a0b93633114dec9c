from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ticket_bench.capacity import NoSuchFigures, OnSale, capacity, main


def _report(**changes: Any) -> dict[str, Any]:
    figures = {
        "purchases": {
            "1": {"cpu_ms": {"orchestrator-service": 99.0}},
            "32": {"cpu_ms": {"orchestrator-service": 6.0, "load generator": 5.0}},
        },
        "stampede": {"cpu_ms": {"orchestrator-service": 2.0, "gateway": 1.0}},
        "work_per_purchase": {"32": {"write_commits": 8.0}},
        "floor": {"purchases_per_second": {"four commits, 32 clients": 1000.0}},
        **changes,
    }
    return {"figures": figures}


# 6,000 purchases of one seat and 60,000 - 6,000 refusals in 10 minutes.
SALE = OnSale(
    buyers=60_000, seats=6_000, minutes=10, tries=1, seats_each=1, headroom=0.5
)


def test_rates_are_people_over_time() -> None:
    assert SALE.purchases_per_second == 10
    assert SALE.refusals_per_second == 90


def test_cores_are_the_work_of_both_over_what_is_not_kept_idle() -> None:
    found = capacity(_report(), SALE)

    cores = {need.name: need.cores for need in found.needs}
    assert cores == pytest.approx(
        {"orchestrator-service": (6 * 10 + 2 * 90) / 1000 / 0.5, "gateway": 0.18}
    )
    assert found.cores == pytest.approx(0.66)


def test_replicas_are_whole_and_at_least_one() -> None:
    ten_times = OnSale(600_000, 60_000, 10, tries=1, seats_each=1, headroom=0.5)

    assert [need.replicas for need in capacity(_report(), SALE).needs] == [1, 1]
    assert [need.replicas for need in capacity(_report(), ten_times).needs] == [2, 5]


def test_commits_are_held_against_one_server() -> None:
    found = capacity(_report(), SALE)

    assert found.commits_per_second == 80
    assert found.commits_share == pytest.approx(0.02)


def test_more_seats_than_askers_leave_nobody_refused() -> None:
    sale = OnSale(10, 1_000, 1, tries=1, seats_each=1)

    assert sale.refusals_per_second == 0


def test_report_of_a_foreign_site_is_no_basis() -> None:
    with pytest.raises(NoSuchFigures):
        capacity(_report(floor={}), SALE)


def test_command_prints_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.json"
    report.write_text(json.dumps(_report()))

    assert main([str(report), "--buyers", "1000000"]) == 0

    printed = capsys.readouterr().out
    assert "1,000,000 buyers" in printed
    assert "orchestrator-service" in printed
