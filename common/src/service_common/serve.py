"""Become gunicorn: the way every HTTP service is started, locally and in its image."""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from service_common.settings import Environment

# Longer than the gateway keeps an idle connection (60 s), so that it never sends a
# POST into one that is being closed.
_KEEP_ALIVE_S = 75
_GRACEFUL_STOP_S = 20
_REQUEST_LIMIT_S = 30


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Where and how wide a service listens."""

    host: str
    port: int
    workers: int
    threads: int

    @classmethod
    def read(cls, env: Environment, *, port: int, threads: int = 16) -> ServerSettings:
        """Read BIND_HOST, PORT, WEB_CONCURRENCY and WEB_THREADS."""
        return cls(
            host=env.text("BIND_HOST", "127.0.0.1"),
            port=env.port("PORT", port),
            workers=env.integer("WEB_CONCURRENCY", 1, low=1, high=64),
            threads=env.integer("WEB_THREADS", threads, low=1, high=256),
        )


def become_gunicorn(factory: str, server: ServerSettings) -> NoReturn:
    """Replace this process by gunicorn, so that signals reach it.

    `factory` is `package.module:create_app()`, called once in every worker: nothing
    that owns a connection or a thread is made before the fork.
    """
    if server.workers > 1:
        # One worker counts in its memory, several in files of their own.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="metrics-")
    # gunicorn's heartbeat file must not wait for a disk.
    memory = Path("/dev/shm")  # noqa: S108 - the only file in it is gunicorn's own
    heartbeat_folder = memory if memory.is_dir() else Path(tempfile.gettempdir())
    arguments = [
        sys.executable,
        "-m",
        "gunicorn",
        factory,
        f"--bind={server.host}:{server.port}",
        f"--workers={server.workers}",
        f"--threads={server.threads}",
        "--worker-class=service_common.bounded_worker.BoundedWorker",
        f"--keep-alive={_KEEP_ALIVE_S}",
        f"--timeout={_REQUEST_LIMIT_S}",
        f"--graceful-timeout={_GRACEFUL_STOP_S}",
        f"--worker-tmp-dir={heartbeat_folder}",
        "--no-control-socket",
        # The gateway bounds them; gunicorn's own refusals are pages of HTML.
        "--limit-request-line=0",
        "--limit-request-field_size=0",
        "--log-level=warning",
        "--config=python:service_common.gunicorn_hooks",
    ]
    os.execv(sys.executable, arguments)  # noqa: S606 - no shell is wanted
