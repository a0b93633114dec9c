"""gunicorn's configuration file: what has to happen in its processes."""

from __future__ import annotations

import os
from typing import Any

from prometheus_client import multiprocess

from service_common.memory import keep_what_was_built


def post_worker_init(_worker: Any) -> None:
    """The application is built, and stays."""
    keep_what_was_built()


def child_exit(_server: Any, worker: Any) -> None:
    """Forget the gauges of a worker that is gone."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
