"""Starting, signalling and ending processes, each known by pid and start time.

A pid alone proves nothing: it may belong to somebody else by now. Every process
leads a session of its own, so a Ctrl-C at the terminal reaches only the command,
and carries the stack's folder in its environment, so that a child whose parent was
killed is still recognised as ours.
"""

import os
import signal
import subprocess
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from local_stack.errors import StopFailed
from local_stack.folder import read_json, write_json
from local_stack.waiting import wait_until

MARKER = "LOCAL_STACK_FOLDER"
_KILL_TIMEOUT_S = 10.0
# Two readings of one start time differ by rounding only.
_START_TOLERANCE_S = 0.05

# Our own children stay zombies until they are asked for.
_children: dict[int, "subprocess.Popen[bytes]"] = {}


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """All that is needed to start a process."""

    name: str
    command: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Record:
    """A process that was started, as its pid file tells."""

    pid: int
    started_s: float
    log_offset: int

    def process(self) -> psutil.Process | None:
        """The process, if it is alive and still the one we started."""
        _reap()
        try:
            process = psutil.Process(self.pid)
            is_ours = abs(_started_s(process) - self.started_s) < _START_TOLERANCE_S
            return process if is_ours and _is_alive(process) else None
        except psutil.NoSuchProcess:
            return None


@dataclass(frozen=True, slots=True)
class Stop:
    """How to end one process: the signal it understands, and its time to obey."""

    record: Record
    first: signal.Signals
    grace_s: float


def spawn(spec: ProcessSpec, *, log: Path, record: Path, marker: str) -> Record:
    """Start a process in a session of its own and write down who it is."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        log_offset = output.tell()
        child = subprocess.Popen(
            spec.command,
            cwd=spec.cwd,
            env={**spec.env, MARKER: marker},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _children[child.pid] = child
    try:
        started = Record(child.pid, _started_s(psutil.Process(child.pid)), log_offset)
        write_json(record, asdict(started))
    except BaseException:
        # Interrupted before anybody knows of it: it must not stay.
        child.kill()
        raise
    return started


def find_record(path: Path) -> Record | None:
    """Read a pid file; whether the process still lives is another question."""
    content = read_json(path)
    return Record(**content) if content else None


def is_alive(pid: int) -> bool:
    """Whether any process has this pid; a zombie is dead."""
    try:
        return _is_alive(psutil.Process(pid))
    except psutil.NoSuchProcess:
        return False


def family(process: psutil.Process) -> list[psutil.Process]:
    """A process and all its descendants, parents first."""
    with suppress(psutil.NoSuchProcess):
        return [process, *process.children(recursive=True)]
    return []


def marked(marker: str) -> list[psutil.Process]:
    """Every process on the machine that was started for one stack folder."""
    return [process for process in psutil.process_iter() if _bears(process, marker)]


def stop_together(stops: Iterable[Stop]) -> bool:
    """Ask processes to end; after the longest grace, kill them and their children.

    Whether all obeyed, so that nobody had to be killed.
    """
    asked = [(stop, process) for stop in stops if (process := stop.record.process())]
    relatives = [relative for _, process in asked for relative in family(process)]
    for stop, process in asked:
        send(process, stop.first)
        # A stopped (SIGSTOP) process sees the request once it goes on.
        send(process, signal.SIGCONT)
    grace_s = max((stop.grace_s for stop, _ in asked), default=0.0)
    obeyed = wait_until(lambda: not _living(relatives), grace_s)
    kill_all(relatives)
    return obeyed


def kill_all(processes: Iterable[psutil.Process]) -> None:
    """SIGKILL all of them, and wait until they are really gone."""
    doomed = list(processes)
    for process in doomed:
        send(process, signal.SIGKILL)
    if not wait_until(lambda: not _living(doomed), _KILL_TIMEOUT_S):
        pids = ", ".join(str(process.pid) for process in _living(doomed))
        raise StopFailed(f"still there after SIGKILL: pid {pids}")
    _reap()


def send(process: psutil.Process, number: signal.Signals) -> None:
    """Send a signal; a process that is gone already is no error.

    psutil compares the start time first, so that a reused pid is left alone.
    """
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def _living(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    _reap()
    return [process for process in processes if _is_alive(process)]


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _started_s(process: psutil.Process) -> float:
    # Since boot, because a clock that is set moves the time of day of every start.
    return process.create_time() - psutil.boot_time()


def _bears(process: psutil.Process, marker: str) -> bool:
    try:
        is_ours = process.environ().get(MARKER) == marker
    except psutil.Error:
        return False
    return is_ours and process.pid != os.getpid()


def _reap() -> None:
    for pid, child in list(_children.items()):
        if child.poll() is not None:
            del _children[pid]
