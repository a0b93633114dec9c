"""No file of the product passes 300 lines: a page or two, one job."""

from __future__ import annotations

from pathlib import Path

LINES_MAX = 300
ROOT = Path(__file__).parents[3]


def test_every_file_has_one_job() -> None:
    too_long = [
        str(path.relative_to(ROOT))
        for folder in ROOT.glob("*/src")
        for path in folder.rglob("*.py")
        if "stubs" not in path.parts
        if len(path.read_text().splitlines()) > LINES_MAX
    ]

    assert too_long == []
