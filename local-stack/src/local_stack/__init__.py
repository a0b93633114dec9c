"""Runs the whole of TicketRemaster as processes on this machine, without Docker."""

from local_stack.errors import StackError
from local_stack.ports import PortMode
from local_stack.stack import ProcessStatus, Stack

__all__ = ["PortMode", "ProcessStatus", "Stack", "StackError"]
