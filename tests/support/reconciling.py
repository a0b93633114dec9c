"""The reconcile command, and what a test does to the rows that it judges."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import psycopg2

from local_stack import Stack

COMMAND_S = 90.0


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What the command said."""

    status: int
    body: dict[str, Any]

    @property
    def broken(self) -> dict[str, str]:
        """The invariants that do not hold, each with its examples as one text."""
        return {
            one["name"]: " ".join(one["examples"]) + (one["problem"] or "")
            for one in self.body["invariants"]
            if not one["holds"]
        }


def command(live: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in the place of orchestrator-recovery."""
    spec = live.spec("orchestrator-recovery")
    return subprocess.run(
        [sys.executable, "-m", "orchestrator_service.reconcile", *arguments],
        cwd=spec.cwd,
        env=dict(spec.env),
        capture_output=True,
        text=True,
        timeout=COMMAND_S,
        check=False,
    )


def reconcile(live: Stack, *arguments: str) -> Verdicts:
    """Run it for a program."""
    done = command(live, "--json", *arguments)
    return Verdicts(done.returncode, json.loads(done.stdout))


def execute(live: Stack, database: str, sql: str, **facts: str) -> list[Any]:
    """Do something behind the services' backs."""
    connection = psycopg2.connect(live.postgres.superuser_dsn(database))
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql, facts)
            return list(cursor.fetchall()) if cursor.description else []
    finally:
        connection.close()
