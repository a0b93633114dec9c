"""Finding RabbitMQ's programs, and installing its package where we may."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from local_stack.errors import CommandFailed, NotInstalled

_SCRIPT = Path(__file__).with_name("install_rabbitmq.sh")
_TIMEOUT_S = 900
_BY_HAND = "sudo apt-get install --no-install-recommends rabbitmq-server"

# Debian's /usr/sbin/rabbitmq-server insists on certain users: go behind it.
_FOLDERS = (
    Path("/usr/lib/rabbitmq/bin"),
    Path("/opt/homebrew/opt/rabbitmq/sbin"),
    Path("/usr/local/opt/rabbitmq/sbin"),
)


def find_server() -> Path | None:
    """The server's start script, where it is installed."""
    for folder in _FOLDERS:
        if (folder / "rabbitmq-server").exists():
            return folder / "rabbitmq-server"
    return None


def server() -> Path:
    """The server's start script; it must be there."""
    found = find_server()
    if found is None:
        raise NotInstalled("RabbitMQ is not installed")
    return found


def control() -> Path:
    """The command that a running node is told things with; it comes with the server."""
    return server().with_name("rabbitmqctl")


def epmd() -> str:
    """Erlang's name server, which comes along with RabbitMQ."""
    found = shutil.which("epmd")
    if found is None:
        raise NotInstalled("Erlang's epmd is not on the PATH")
    return found


def ensure_installed() -> None:
    """Install RabbitMQ if it is missing, or say in one line what to run."""
    if find_server() is not None:
        return
    if sys.platform == "darwin":
        raise NotInstalled("RabbitMQ is missing; run: brew install rabbitmq")
    if shutil.which("apt-get") is None:
        raise NotInstalled("RabbitMQ is missing; install your system's package of it")
    command = [*_as_root(), "sh", str(_SCRIPT)]
    print("RabbitMQ is missing: installing the system's package", flush=True)
    result = subprocess.run(command, timeout=_TIMEOUT_S, check=False)
    if result.returncode != 0:
        raise CommandFailed(f"installing RabbitMQ failed; try: {_BY_HAND}")


def _as_root() -> list[str]:
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo is None or not _sudo_asks_nothing(sudo):
        raise NotInstalled(f"RabbitMQ is missing; run: {_BY_HAND}")
    return [sudo, "-n"]


def _sudo_asks_nothing(sudo: str) -> bool:
    result = subprocess.run(
        [sudo, "-n", "true"], capture_output=True, timeout=30, check=False
    )
    return result.returncode == 0
