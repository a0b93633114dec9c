"""An environment that remembers what it was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


class RecordingEnvironment(Mapping[str, str]):
    """Hands out `values`, and keeps the names of what anybody asked for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def get(self, name: str, default: object = None) -> object:  # type: ignore[override]
        self.asked.add(name)
        return self._values.get(name, default)
