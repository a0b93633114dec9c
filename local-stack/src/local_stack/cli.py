"""The commands at the terminal: up, down, ps, logs, kill, restart, wait."""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from types import FrameType

from local_stack.catalogue import COMPONENTS
from local_stack.errors import StackError
from local_stack.ports import PortMode
from local_stack.stack import Stack

Overrides = dict[str, dict[str, str]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; a refusal is one message and exit code 1."""
    signal.signal(signal.SIGTERM, _interrupt)
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except StackError as error:
        print(f"local-stack: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("local-stack: interrupted", file=sys.stderr)
        return 130


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local_stack", description=__doc__)
    commands = parser.add_subparsers(required=True)
    for name, (run, help_text) in _COMMANDS.items():
        command = commands.add_parser(name, help=help_text)
        command.add_argument("--name", default="dev", help="the stack (default: dev)")
        command.set_defaults(command=run)
        if run is _up:
            _add_up_options(command)
        if run in {_kill, _restart}:
            command.add_argument("process")
        if run is _logs:
            command.add_argument("process", nargs="?", help="all of them without it")
            command.add_argument("-n", "--lines", type=int, default=20)
            command.add_argument("-f", "--follow", action="store_true")
    return parser


def _add_up_options(up: argparse.ArgumentParser) -> None:
    up.add_argument("--only", help="names, by commas; what they need comes along")
    up.add_argument(
        "--ports",
        type=PortMode,
        choices=list(PortMode),
        default=PortMode.FIXED,
        help="fixed: the usual ports, or refuse (default); prefer: others where those "
        "are taken; auto: always others",
    )
    up.add_argument(
        "--port", action="append", default=[], metavar="NAME=NUMBER", help="one port"
    )
    up.add_argument(
        "--scale",
        action="append",
        default=[],
        metavar="NAME=NUMBER",
        help="how many of a process: orchestrator-service=2",
    )
    up.add_argument(
        "--no-demo-data", action="store_true", help="leave the databases as they are"
    )
    up.add_argument(
        "--env",
        action="append",
        default=[],
        metavar="PROCESS:NAME=VALUE",
        help="environment on top, for one process",
    )


def _stack(options: argparse.Namespace) -> Stack:
    return Stack(options.name, report=_say)


def _say(line: str) -> None:
    print(line, flush=True)


def _up(options: argparse.Namespace) -> int:
    stack = Stack(
        options.name,
        only=options.only.split(",") if options.only else None,
        port_mode=options.ports,
        ports=read_numbers(options.port, "--port", "gateway=9000"),
        overrides=_merge(settings_of(os.environ), read_overrides(options.env)),
        scale=read_numbers(options.scale, "--scale", "orchestrator-service=2") or None,
        demo_data=not options.no_demo_data,
        report=_say,
    )
    stack.up()
    _say(f"\nstack {options.name} is up; it lives in {stack.folder.path}")
    for line in _addresses(stack):
        _say(line)
    return 0


def _addresses(stack: Stack) -> list[str]:
    """Where a person would look next."""
    running = {status.name for status in stack.status()}
    lines = []
    if "gateway" in running:
        lines.append(f"  gateway   {stack.url('gateway')}")
    if "rabbitmq" in running:
        broker = stack.rabbitmq
        lines.append(
            f"  RabbitMQ  {broker.management_url}  {broker.user} / {broker.password}"
        )
    return lines


def _down(options: argparse.Namespace) -> int:
    _stack(options).down()
    _say(f"stack {options.name} is down")
    return 0


def _ps(options: argparse.Namespace) -> int:
    statuses = _stack(options).status()
    if not statuses:
        raise StackError(f"stack {options.name} was never started")
    for status in statuses:
        ports = ", ".join(f"{name} {port}" for name, port in status.ports.items())
        pid = str(status.pid or "-")
        _say(f"{status.name:22} {status.state:10} {pid:>8}  {ports}  {status.detail}")
    return 0 if all(status.state == "ready" for status in statuses) else 1


def _wait(options: argparse.Namespace) -> int:
    _stack(options).wait()
    return 0


def _logs(options: argparse.Namespace) -> int:
    stack = _stack(options)
    every = [status.name for status in stack.status()]
    names = [options.process] if options.process else every
    if options.follow:
        logs = [str(stack.folder.log(name)) for name in names]
        command = ["tail", "-n", str(options.lines), "-F", *logs]
        return subprocess.run(command, check=False).returncode
    for name in names:
        _say(f"==> {name} <==")
        _say(stack.logs(name, options.lines))
    return 0


def _kill(options: argparse.Namespace) -> int:
    _stack(options).kill(options.process)
    return 0


def _restart(options: argparse.Namespace) -> int:
    _stack(options).restart(options.process)
    return 0


_COMMANDS: dict[str, tuple[Callable[[argparse.Namespace], int], str]] = {
    "up": (_up, "start what is not running, and wait until all of it is ready"),
    "down": (_down, "stop everything; the data stays"),
    "ps": (_ps, "what every process is doing; fails unless all are ready"),
    "wait": (_wait, "wait, bounded, until everything that was started is ready"),
    "logs": (_logs, "the last lines that processes have written"),
    "kill": (_kill, "SIGKILL a process with all its children"),
    "restart": (_restart, "stop a process if it runs, and start it as it was"),
}


def read_numbers(pairs: Sequence[str], option: str, example: str) -> dict[str, int]:
    """`NAME=NUMBER`, several times."""
    try:
        return {name: int(text) for name, text in (pair.split("=") for pair in pairs)}
    except ValueError:
        raise StackError(f"{option} takes NAME=NUMBER, as in {example}") from None


def settings_of(environ: Mapping[str, str]) -> Overrides:
    """The settings that processes let a person choose, where he has."""
    return {
        component.name: chosen
        for component in COMPONENTS
        if (chosen := {n: environ[n] for n in component.settings if environ.get(n)})
    }


def read_overrides(settings: Sequence[str]) -> Overrides:
    """`PROCESS:NAME=VALUE`, several times."""
    overrides: Overrides = {}
    for setting in settings:
        process, colon, assignment = setting.partition(":")
        name, equals, value = assignment.partition("=")
        if not (colon and equals):
            raise StackError("--env takes PROCESS:NAME=VALUE")
        overrides.setdefault(process, {})[name] = value
    return overrides


def _merge(low: Overrides, high: Overrides) -> Overrides:
    names = low.keys() | high.keys()
    return {name: low.get(name, {}) | high.get(name, {}) for name in names}
