"""A stack for the length of a test session, gone without a trace afterwards."""

import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from local_stack.ports import PortMode
from local_stack.stack import Stack


@contextmanager
def temporary_stack(
    *,
    only: Iterable[str] | None = None,
    overrides: Mapping[str, Mapping[str, str]] | None = None,
    demo_data: bool = True,
) -> Iterator[Stack]:
    """Start a stack of its own name on free ports; kill and delete it at the end."""
    stack = Stack(
        f"test-{os.getpid()}-{secrets.token_hex(3)}",
        only=only,
        port_mode=PortMode.AUTO,
        overrides=overrides,
        demo_data=demo_data,
    )
    try:
        stack.up()
        yield stack
    finally:
        stack.destroy()
