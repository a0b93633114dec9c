"""The one folder that holds everything of a stack: data, logs, settings, pid files."""

import json
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import IO, Any

from local_stack.errors import StackError
from local_stack.waiting import wait_until

REPOSITORY = Path(__file__).resolve().parents[3]
LOCK_TIMEOUT_S = 600.0


@dataclass(frozen=True, slots=True)
class StackFolder:
    """`.local/stacks/<name>` of the repository, and the places in it."""

    name: str
    path: Path

    @classmethod
    def of(cls, name: str, repository: Path = REPOSITORY) -> "StackFolder":
        """Name the folder of a stack; nothing is created yet."""
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", name):
            raise StackError(
                f"a stack's name is small letters, digits and dashes: {name!r}"
            )
        return cls(name, repository / ".local" / "stacks" / name)

    def data(self, process: str) -> Path:
        """Where a process keeps what must outlive it."""
        return self.path / "data" / process

    def config(self, process: str) -> Path:
        """Where the files rendered for a process go."""
        return self.path / "config" / process

    def log(self, process: str) -> Path:
        """What a process has written to its standard output and error."""
        return self.path / "logs" / f"{process}.log"

    def record(self, process: str) -> Path:
        """The pid file of a process."""
        return self.path / "run" / f"{process}.json"

    @property
    def secrets_file(self) -> Path:
        """The passwords and keys of this stack, as an env file."""
        return self.path / "secrets.env"

    @property
    def choices_file(self) -> Path:
        """The ports and overrides this stack was started with."""
        return self.path / "stack.json"

    @property
    def lock_file(self) -> Path:
        """Held by the one command that may change the stack."""
        return self.path.parent / f"{self.name}.lock"

    def create(self) -> None:
        """Make the folder; only its owner may look inside."""
        for part in ("data", "config", "logs", "run"):
            (self.path / part).mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o700)

    def siblings(self) -> list["StackFolder"]:
        """The other stacks of this repository."""
        paths = self.path.parent.glob("*/stack.json")
        folders = [StackFolder(path.parent.name, path.parent) for path in paths]
        return [folder for folder in folders if folder.path != self.path]

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other commands on the same stack out until this one is done.

        The lock lives beside the folder, so that deleting the folder keeps it.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(self.lock_file):
            yield

    @contextmanager
    def choosing_ports(self) -> Iterator[None]:
        """Keep the other stacks from choosing ports at the same time."""
        with _locked(self.path.parent / "ports.lock"):
            yield


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        if not wait_until(lambda: _try_lock(lock), LOCK_TIMEOUT_S):
            raise StackError(f"{path} was locked for {LOCK_TIMEOUT_S:.0f} seconds")
        yield


def _try_lock(lock: IO[str]) -> bool:
    try:
        flock(lock, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        return False
    return True


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody else may read, in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a mapping as JSON, in one step."""
    write_private(path, json.dumps(content, indent=2) + "\n")


def read_json(path: Path) -> dict[str, Any] | None:
    """Read back what `write_json` wrote, or None where there is nothing."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return content


def last_lines(path: Path, count: int, *, since: int = 0) -> str:
    """The end of a log, from a position on, without reading all of a long one."""
    bytes_max = 64 * 1024
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(since, size - bytes_max))
            text = file.read().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-count:])
