from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from support.toy_stack import living


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Path]:
    """A folder for stacks; what a test leaves running below it fails the test."""
    yield tmp_path
    left = living(tmp_path)
    for line in left:
        psutil.Process(int(line.split()[0])).kill()
    assert left == []
