"""What the API answered, whatever it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_TEXT_SHOWN = 300
_NO_HEADERS: Mapping[str, str] = {}


class MissingField(LookupError):
    """The body does not have what it should have."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, body and headers of one answer; refusals are answers like any other.

    `body` is the parsed JSON, or the text where it was none, or None where it was
    empty; `raw` has the bytes as they came.
    """

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=lambda: _NO_HEADERS)
    raw: bytes = b""
    request: str = ""

    @property
    def ok(self) -> bool:
        """Whether it is a success."""
        return self.status < 400

    @property
    def error(self) -> Mapping[str, Any]:
        """The content of the error envelope; empty where there is none."""
        error = self.body.get("error") if isinstance(self.body, dict) else None
        return error if isinstance(error, dict) else {}

    @property
    def code(self) -> str | None:
        """The stable code of a refusal."""
        code = self.error.get("code")
        return code if isinstance(code, str) else None

    @property
    def message(self) -> str:
        """The sentence for a person in a refusal."""
        return str(self.error.get("message", ""))

    @property
    def details(self) -> Mapping[str, Any]:
        """What a refusal says on what to do next."""
        details = self.error.get("details")
        return details if isinstance(details, dict) else {}

    @property
    def request_id(self) -> str | None:
        """The id under which every service has logged this request."""
        return self.headers.get("X-Request-ID")

    @property
    def replayed(self) -> bool:
        """Whether this is an earlier answer again, for the same Idempotency-Key."""
        return self.headers.get("Idempotent-Replayed") == "true"

    def __getitem__(self, name: str) -> Any:
        """One field of the body; MissingField when it is not there."""
        if not isinstance(self.body, dict) or name not in self.body:
            raise MissingField(f"no {name!r} in {self}")
        return self.body[name]

    def __str__(self) -> str:
        """The answer on one line, for messages."""
        text = self.raw.decode("utf-8", errors="replace")
        text = " ".join(text.split())
        if len(text) > _TEXT_SHOWN:
            text = f"{text[:_TEXT_SHOWN]}…"
        return f"{self.request} → {self.status} {text}".strip()
