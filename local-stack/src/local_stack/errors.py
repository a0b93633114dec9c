"""What can go wrong with a stack, said in a sentence to the person at the terminal.

StackError
├─ UnknownName      no process, port or stack of that name
├─ PortTaken        somebody else listens where the stack wants to
├─ NotInstalled     a program of the system is missing and cannot be installed here
├─ CommandFailed    a helper program (initdb, apt-get, demo data) ended badly
├─ StartFailed      a process died, or was not ready in time
└─ StopFailed       a process outlived even SIGKILL
"""


class StackError(Exception):
    """The base of every refusal of this room."""


class UnknownName(StackError):
    """No process, port or stack of that name."""


class PortTaken(StackError):
    """Somebody else listens where the stack wants to."""


class NotInstalled(StackError):
    """A program of the system is missing and cannot be installed here."""


class CommandFailed(StackError):
    """A helper program ended badly."""


class StartFailed(StackError):
    """A process died while starting, or was not ready in time."""

    def __init__(self, process: str, reason: str, last_lines: str) -> None:
        super().__init__(f"{process} {reason}; its last lines:\n{last_lines}")
        self.process = process


class StopFailed(StackError):
    """A process outlived even SIGKILL."""
