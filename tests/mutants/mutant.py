"""One fault: what is changed, why that is wrong, and which tests should say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class Stale(Exception):
    """The source is no longer what the mutant changes."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One passage of one file, and what takes its place."""

    file: str
    old: str
    new: str

    def applied_to(self, text: str) -> str:
        """The text with the change; Stale unless the passage is there exactly once."""
        found = text.count(self.old)
        if found != 1:
            raise Stale(f"{self.file}: found {found} times: {self.old!r}")
        return text.replace(self.old, self.new)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A fault by its name.

    `reason` is a sentence: what goes wrong. `tests` are what is run, as pytest names
    them; the narrower, the sooner the whole run ends.
    """

    name: str
    reason: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]

    def changed_files(self, root: Path) -> Mapping[str, str]:
        """The files as the mutant has them, by their path; Stale when one moved on."""
        texts: dict[str, str] = {}
        for edit in self.edits:
            if edit.file not in texts:
                texts[edit.file] = (root / edit.file).read_text(encoding="utf-8")
            texts[edit.file] = edit.applied_to(texts[edit.file])
        return texts
