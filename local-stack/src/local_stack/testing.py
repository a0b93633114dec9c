"""A stack for the length of a test session, gone without a trace afterwards."""

import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import psutil

from local_stack.folder import StackFolder
from local_stack.ports import PortMode
from local_stack.stack import Stack

_NAME = re.compile(r"test-(\d+)-[0-9a-f]+")


@contextmanager
def temporary_stack(
    *,
    only: Iterable[str] | None = None,
    overrides: Mapping[str, Mapping[str, str]] | None = None,
    scale: Mapping[str, int] | None = None,
    demo_data: bool = True,
) -> Iterator[Stack]:
    """Start a stack of its own name on free ports; kill and delete it at the end."""
    _destroy_orphans()
    stack = Stack(
        f"test-{os.getpid()}-{secrets.token_hex(3)}",
        only=only,
        port_mode=PortMode.AUTO,
        overrides=overrides,
        scale=scale,
        demo_data=demo_data,
    )
    try:
        stack.up()
        yield stack
    finally:
        stack.destroy()


def _destroy_orphans() -> None:
    """Remove what test sessions left that were killed before they could clean up."""
    for folder in StackFolder.of("test").siblings():
        match = _NAME.fullmatch(folder.name)
        if match and not psutil.pid_exists(int(match[1])):
            Stack(folder.name).destroy()
