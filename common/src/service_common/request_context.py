"""The id that follows one request through every service, log line and message."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import Any, ParamSpec, TypeVar

from structlog.contextvars import bind_contextvars, bound_contextvars

HEADER = "X-Request-ID"
METADATA_KEY = "x-request-id"
# What a client may choose: printable, without spaces, short enough for a log line.
_ACCEPTABLE = re.compile(r"[\x21-\x7e]{1,128}")
_request_id: ContextVar[str] = ContextVar("request_id", default="-")

P = ParamSpec("P")
R = TypeVar("R")


def get_request_id() -> str:
    """The id of the request being served, "-" outside of one."""
    return _request_id.get()


def accept_request_id(offered: str | None) -> str:
    """The offered id when it is fit for a log line, else a new one."""
    if offered and _ACCEPTABLE.fullmatch(offered):
        return offered
    return str(uuid.uuid4())


def set_request_id(request_id: str) -> None:
    """Make it the id of this context, also in every log line."""
    _request_id.set(request_id)
    bind_contextvars(request_id=request_id)


@contextmanager
def request_id_scope(offered: str | None) -> Iterator[str]:
    """Serve a message or a background task under one id."""
    request_id = accept_request_id(offered)
    token = _request_id.set(request_id)
    try:
        with bound_contextvars(request_id=request_id):
            yield request_id
    finally:
        _request_id.reset(token)


def submit(
    executor: Executor, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs
) -> Future[R]:
    """Run it in a thread of the executor with this context's request id.

    Context variables do not follow into a thread by themselves.
    """
    context = copy_context()

    def run(*inner_args: Any, **inner_kwargs: Any) -> R:
        return context.run(function, *inner_args, **inner_kwargs)

    return executor.submit(run, *args, **kwargs)
