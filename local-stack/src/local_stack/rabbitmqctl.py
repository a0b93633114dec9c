"""RabbitMQ's own command, spoken to the node of one stack."""

import subprocess

from local_stack import rabbitmq_install
from local_stack.component import Context, base_environment
from local_stack.errors import CommandFailed
from local_stack.rabbitmq import RabbitMQ, node_environment

_TIMEOUT_S = 30


def rabbitmqctl(context: Context, *arguments: str) -> str:
    """What it answers; CommandFailed when the node is down or refuses."""
    command = [str(rabbitmq_install.control()), "--quiet", *arguments]
    try:
        result = subprocess.run(
            command,
            cwd=context.folder.data(RabbitMQ.name),
            env=base_environment() | node_environment(context),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CommandFailed(f"rabbitmqctl took more than {_TIMEOUT_S} s") from error
    if result.returncode != 0:
        raise CommandFailed(f"rabbitmqctl failed:\n{result.stdout}{result.stderr}")
    return result.stdout.strip()
