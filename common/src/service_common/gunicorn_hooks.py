"""gunicorn's configuration file: what has to happen in its processes."""

from __future__ import annotations

from typing import Any

from prometheus_client import multiprocess


def child_exit(_server: Any, worker: Any) -> None:
    """Forget the gauges of a worker that is gone."""
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
