"""Logs as JSON lines: a constant event name, and fields.

Never in a log: passwords, one-time codes, tokens, QR payloads, cards, whole bodies.
"""

from __future__ import annotations

import logging
import sys
from functools import cache
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_SECRET_WORDS = (
    "password",
    "otp",
    "token",
    "secret",
    "authorization",
    "qr_payload",
    "card",
)


def redact(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Blank the value of every field whose name says that it is a secret."""
    for field in event:
        if _names_a_secret(field):
            event[field] = "[redacted]"
    return event


@cache  # of names, which are constants in the code
def _names_a_secret(field: str) -> bool:
    return any(word in field.lower() for word in _SECRET_WORDS)


def configure_logging(
    service: str, level: str = "INFO", stream: TextIO | None = None
) -> None:
    """Send structlog's and the standard library's lines to one stream as JSON.

    Called once, at the start of a process.
    """

    def name_service(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        name_service,
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level]
        ),
        logger_factory=structlog.WriteLoggerFactory(stream or sys.stderr),
        # Not cached: who configures again, as tests do, is heard by every module.
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for chatty in ("pika", "urllib3", "alembic", "werkzeug"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
