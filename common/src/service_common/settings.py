"""Read the environment once, and name everything that is wrong with it at once."""

from __future__ import annotations

import base64
import binascii
import os
import sys
from collections.abc import Callable, Collection, Mapping
from typing import NoReturn, TypeVar

from service_common import crash_points

S = TypeVar("S")

SECRET_LENGTH_MIN = 16
_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_PLACEHOLDERS = (
    "change_me",
    "changeme",
    "your_",
    "sk_test_...",
    "whsec_...",
    "secret_here",
)


class SettingsError(Exception):
    """The environment is not fit to start with; `problems` names each variable."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


class Environment:
    """A reader that collects problems instead of stopping at the first.

    Read every variable, then call `check()`, which raises one SettingsError.
    """

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._problems: list[str] = []

    def check(self) -> None:
        """Raise when any variable read so far was missing or malformed."""
        if self._problems:
            raise SettingsError(self._problems)

    def text(self, name: str, default: str | None = None) -> str:
        """A string; required when it has no default."""
        value = self._env.get(name, "").strip() or default
        if value is None:
            self._problems.append(f"{name} is missing")
            return ""
        return value

    def integer(self, name: str, default: int, *, low: int, high: int) -> int:
        """A whole number within bounds."""
        raw = self._env.get(name, "").strip()
        if not raw:
            return default
        try:
            value = int(raw)
        except ValueError:
            self._problems.append(f"{name} is not a whole number")
            return default
        if not low <= value <= high:
            self._problems.append(f"{name} is not within {low} and {high}")
        return value

    def choice(self, name: str, default: str, allowed: Collection[str]) -> str:
        """One of a few words."""
        value = self._env.get(name, "").strip() or default
        if value not in allowed:
            self._problems.append(f"{name} is none of {', '.join(allowed)}")
        return value

    def log_level(self) -> str:
        """LOG_LEVEL, as the standard library names them."""
        return self.choice("LOG_LEVEL", "INFO", _LOG_LEVELS)

    def port(self, name: str, default: int) -> int:
        """A TCP port."""
        return self.integer(name, default, low=1, high=65535)

    def seconds(self, name: str, default: float, *, low: float, high: float) -> float:
        """A span of time in seconds, fractions allowed."""
        raw = self._env.get(name, "").strip()
        try:
            value = float(raw) if raw else default
        except ValueError:
            self._problems.append(f"{name} is not a number of seconds")
            return default
        if not low <= value <= high:
            self._problems.append(f"{name} is not within {low} and {high} seconds")
        return value

    def secret(self, name: str) -> str:
        """A secret: required, not a placeholder, not short. Its value is never told."""
        value = self._env.get(name, "").strip()
        if not value:
            self._problems.append(f"{name} is missing")
        elif any(word in value.lower() for word in _PLACEHOLDERS):
            self._problems.append(f"{name} is still a placeholder")
        elif len(value) < SECRET_LENGTH_MIN:
            self._problems.append(
                f"{name} is shorter than {SECRET_LENGTH_MIN} characters"
            )
        return value

    def key(self, name: str, length_bytes: int) -> bytes:
        """A secret key in base64 of exactly so many bytes."""
        known_problems = len(self._problems)
        value = self.secret(name)
        if len(self._problems) > known_problems:
            return b""
        return self._decoded_key(name, value, length_bytes)

    def keys(self, name: str, length_bytes: int) -> tuple[bytes, ...]:
        """Any number of secret keys by commas, none by default."""
        values = [value.strip() for value in self._env.get(name, "").split(",")]
        return tuple(
            self._decoded_key(name, value, length_bytes) for value in values if value
        )

    def _decoded_key(self, name: str, value: str, length_bytes: int) -> bytes:
        try:
            key = base64.b64decode(value, altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            key = b""
        if len(key) != length_bytes:
            self._problems.append(f"{name} is not {length_bytes} bytes in base64")
        return key


def load_or_exit(from_env: Callable[[Mapping[str, str]], S]) -> S:
    """Read the settings from the process's environment, or stop with one line.

    CRASHPOINT is no setting of any service: it arms the process that a test will lose.
    """
    try:
        settings = from_env(os.environ)
        _arm(os.environ.get(crash_points.VARIABLE, ""))
        return settings
    except SettingsError as error:
        _stop(error)


def _arm(spec: str) -> None:
    try:
        crash_points.arm(spec)
    except ValueError as error:
        raise SettingsError([str(error)]) from error


def _stop(error: SettingsError) -> NoReturn:
    sys.stderr.write(f"cannot start: {'; '.join(error.problems)}\n")
    sys.exit(78)  # EX_CONFIG of sysexits.h
