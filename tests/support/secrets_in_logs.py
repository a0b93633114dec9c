"""What no log may have in it: hears the secrets of a run, and looks for them later.

Whatever goes over the public API with the name of a secret is one: passwords, tokens,
one-time codes, codes of tickets. So is what the processes were started with.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ticket_demo.answer import Answer
from ticket_demo.transport import Transport

# Fields of bodies, ours and our clients'.
_LONG = {
    "access_token",
    "client_secret",
    "mfa_token",
    "password",
    "qr_payload",
    "refresh_token",
    "secret",
}
_CODES = {"buyer_otp", "code", "otp_code", "seller_otp"}
_CODE = re.compile(r"[0-9]{6,8}")
# The alphabet of base64url: what tokens and codes of tickets are made of.
_WORD = re.compile(r"[A-Za-z0-9_-]{16,}")
# As much of a word as no other word begins with by chance; a cut secret is one, too.
_BEGINNING = 16
_MEASURED = {"ts", "duration_ms", "port", "pid"}
_FINDINGS_SHOWN = 20
# Shorter ones are words that a log may well have, and tests of refusals.
_PASSWORD_LENGTH = 10


class Secrets:
    """The secrets that were heard of, by what they are."""

    def __init__(self, started_with: Mapping[str, str]) -> None:
        self._texts = dict(started_with)
        self._words: dict[str, str] = {}
        self._codes: set[str] = set()

    def hear(self, document: Any) -> None:
        """Remember every secret of a body."""
        if isinstance(document, list):
            for item in document:
                self.hear(item)
        elif isinstance(document, dict):
            for name, value in document.items():
                if isinstance(value, str):
                    self._hear_field(name, value)
                else:
                    self.hear(value)

    def hear_token(self, token: str) -> None:
        """Remember a token that somebody showed."""
        for word in _WORD.findall(token):
            self._words[word[:_BEGINNING]] = "token"

    def _hear_field(self, name: str, value: str) -> None:
        if name in _CODES and _CODE.fullmatch(value):
            self._codes.add(value)
        elif name == "client_secret":
            # What is before it is the payment's id, which is no secret.
            self.hear_token(value.rpartition("_secret_")[2])
        elif name in _LONG:
            words = _WORD.findall(value)
            for word in words:
                self._words[word[:_BEGINNING]] = name
            if not words and len(value) >= _PASSWORD_LENGTH:
                self._texts[f"{name} of a request"] = value

    def found_in(self, log: str) -> Iterator[str]:
        """What of them is in a log: which, never its value."""
        for name, text in self._texts.items():
            if text in log:
                yield name
        for word in {word[:_BEGINNING] for word in _WORD.findall(log)}:
            if word in self._words:
                yield self._words[word]
        for line in log.splitlines():
            yield from self._codes_in(line)

    def _codes_in(self, line: str) -> Iterator[str]:
        """Codes are short, so only whole values of our own lines are looked at."""
        if not line.startswith("{"):
            return
        try:
            fields = json.loads(line)
        except ValueError:
            return
        for name, value in fields.items():
            numbers = re.findall(r"(?<![\w.-])[0-9]{6,8}(?![\w.-])", str(value))
            if name not in _MEASURED and self._codes.intersection(numbers):
                yield f"one-time code in {name}"


@contextmanager
def listening(secrets: Secrets) -> Iterator[None]:
    """Hear every request and answer of the public API's client meanwhile."""
    call = Transport.call

    def heard(self: Transport, method: str, path: str, **options: Any) -> Answer:
        secrets.hear(options.get("json"))
        secrets.hear_token(options.get("token") or "")
        answer = call(self, method, path, **options)
        secrets.hear(answer.body)
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Transport, "call", heard)
        yield


def secrets_in(folder: Path, secrets: Secrets) -> list[str]:
    """Each log with what it tells, by the log's name."""
    found = {
        f"{file.name}: {what}"
        for file in sorted(folder.iterdir())
        for what in secrets.found_in(file.read_text(errors="replace"))
    }
    return sorted(found)[:_FINDINGS_SHOWN]
