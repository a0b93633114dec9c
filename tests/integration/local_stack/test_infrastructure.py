"""A second PostgreSQL and RabbitMQ on this machine: killed, restarted, gone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pika
import psutil
import psycopg2
import pytest

from local_stack import PortMode, Stack, unprivileged
from local_stack.supervisor import family, find_record
from support.toy_stack import living
from support.waiting import eventually

QUEUE = "seat.release.parking"


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    repository = tmp_path_factory.mktemp("repository")
    # As `mktemp -d` makes it: nobody but its owner may even look into it.
    repository.chmod(0o700)
    stack = Stack(
        "second",
        only=["postgres", "rabbitmq"],
        port_mode=PortMode.AUTO,
        repository=repository,
    )
    try:
        stack.up()
        yield stack
    finally:
        stack.destroy()


def process_of(stack: Stack, name: str) -> psutil.Process:
    record = find_record(stack.folder.record(name))
    process = record.process() if record else None
    assert process is not None, f"{name} is not running"
    return process


def run_sql(dsn: str, statement: str) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(dsn, connect_timeout=5)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
        rows = cursor.fetchall()
    connection.close()
    return rows


def test_it_has_ports_and_secrets_of_its_own(
    infrastructure: Stack, second: Stack
) -> None:
    assert not set(infrastructure.ports.values()) & set(second.ports.values())
    ours, theirs = infrastructure.context.secrets, second.context.secrets
    assert not set(ours.values()) & set(theirs.values())


def test_postgres_is_not_root_and_owns_its_data(second: Stack) -> None:
    effective = process_of(second, "postgres").uids().effective

    assert effective == second.folder.data("postgres").stat().st_uid
    assert effective != 0


def test_nothing_listens_to_the_outside(second: Stack) -> None:
    addresses = {
        connection.laddr[0]
        for name in ("postgres", "epmd", "rabbitmq")
        for process in family(process_of(second, name))
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }

    assert addresses <= {"127.0.0.1", "::1"}


def test_committed_row_survives_a_kill(second: Stack) -> None:
    dsn = second.postgres.service_dsn("seats_db")
    run_sql(dsn, "CREATE TABLE kept AS SELECT 'here' AS word; SELECT 1")

    second.kill("postgres")
    with pytest.raises(psycopg2.OperationalError):
        run_sql(dsn, "SELECT 1")
    second.restart("postgres")

    assert run_sql(dsn, "SELECT word FROM kept") == [("here",)]


def test_confirmed_message_survives_a_kill(second: Stack) -> None:
    # A broker killed within moments of its very first start forgets its queues, which
    # it has not written down yet; an orderly stop writes them.
    second.restart("rabbitmq")
    where = pika.URLParameters(second.rabbitmq.amqp_url)
    connection = pika.BlockingConnection(where)
    channel = connection.channel()
    channel.confirm_delivery()
    lasting = pika.BasicProperties(delivery_mode=2)
    channel.basic_publish("", QUEUE, b"a hold", lasting, mandatory=True)

    second.kill("rabbitmq")
    second.restart("rabbitmq")

    after = pika.BlockingConnection(where)
    body = eventually(
        lambda: after.channel().basic_get(QUEUE, auto_ack=True)[2],
        lambda body: body is not None,
        within_s=10,
    )
    after.close()
    assert body == b"a hold"


def test_second_start_finds_it_running(second: Stack) -> None:
    pids = {status.name: status.pid for status in second.status()}

    second.up()

    assert {status.name: status.pid for status in second.status()} == pids


def test_stopping_leaves_nothing_and_starting_finds_the_data(second: Stack) -> None:
    relatives = [
        relative
        for name in ("postgres", "epmd", "rabbitmq")
        for relative in family(process_of(second, name))
    ]
    ports = second.ports
    run_sql(
        second.postgres.service_dsn("users_db"),
        "CREATE TABLE kept AS SELECT 'still' AS word; SELECT 1",
    )

    second.down()

    alive = [p for p in relatives if p.is_running() and p.status() != "zombie"]
    left = living(second.folder.path)
    second.up()
    rows = run_sql(second.postgres.service_dsn("users_db"), "SELECT word FROM kept")
    assert (alive, left) == ([], [])
    assert rows == [("still",)]
    assert second.ports == ports


def _mode(path: Path) -> int:
    """The permissions of a file; none of one that the broker has just deleted."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return 0


def test_rendered_files_with_secrets_are_for_their_owner_only(second: Stack) -> None:
    password = second.context.secrets["RABBITMQ_PASS"]
    cookie = second.context.secrets["RABBITMQ_COOKIE"]
    exposed = [
        path
        for path in _files(second.folder.path)
        if _mode(path) & 0o077
        if any(secret.encode() in path.read_bytes() for secret in (password, cookie))
    ]

    assert exposed == []


def _files(folder: Path) -> list[Path]:
    return [
        Path(parent) / name for parent, _, names in os.walk(folder) for name in names
    ]


def test_programs_below_a_folder_of_root_alone_can_be_run(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    # PostgreSQL asks before it calls its own programs, and by access(2).
    question = "import os, sys; sys.exit(not os.access(sys.argv[1], os.X_OK))"

    asked = [*unprivileged.prefix(), sys.executable, "-c", question, str(program)]
    subprocess.run(asked, timeout=10, check=True)
    subprocess.run([*unprivileged.prefix(), str(program)], timeout=10, check=True)
