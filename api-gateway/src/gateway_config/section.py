"""Reading nested settings so that nothing is overlooked.

Every value is taken by name and type; what nobody took at the end is an error. A
setting that the translation does not know can therefore not be lost in silence.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from gateway_config.errors import GatewayConfigError

T = TypeVar("T")


class Section:
    """One mapping of the file, and where it stands."""

    def __init__(self, content: object, where: str) -> None:
        if not isinstance(content, Mapping):
            raise GatewayConfigError(f"{where} should be a mapping")
        self.where = where
        self._left: dict[Any, object] = dict(content)

    def take(self, name: str, kind: type[T]) -> T:
        """A value that must be there, of one type."""
        where = f"{self.where}.{name}"
        if name not in self._left:
            raise GatewayConfigError(f"{where} is missing")
        value = self._left.pop(name)
        # YAML's true and false are integers to Python, but not to a reader.
        if not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool):
            raise GatewayConfigError(f"{where} should be {kind.__name__}: {value!r}")
        return value

    def take_list(self, name: str, kind: type[T]) -> tuple[T, ...]:
        """A list that must be there, of values of one type."""
        values = self.take(name, list)
        for value in values:
            if not isinstance(value, kind):
                raise GatewayConfigError(f"{self.where}.{name} has an odd {value!r}")
        return tuple(values)

    def expect(self, name: str, *allowed: object) -> None:
        """A value with one meaning here; any other would not be honoured."""
        where = f"{self.where}.{name}"
        if name not in self._left:
            raise GatewayConfigError(f"{where} is missing")
        value = self._left.pop(name)
        if value not in allowed:
            raise GatewayConfigError(f"{where} is not translated to Envoy: {value!r}")

    def section(self, name: str) -> "Section":
        """A mapping inside."""
        return Section(self._pop(name, {}), f"{self.where}.{name}")

    def sections(self, name: str) -> list["Section"]:
        """A list of mappings inside, each named by its `name`; none if it is absent."""
        entries = self._pop(name, [])
        if not isinstance(entries, list):
            raise GatewayConfigError(f"{self.where}.{name} should be a list")
        return [
            Section(entry, f"{self.where}.{name}[{_name_of(entry, position)}]")
            for position, entry in enumerate(entries)
        ]

    def done(self) -> None:
        """Refuse what nobody has taken."""
        for name in self._left:
            raise GatewayConfigError(f"{self.where}.{name} is not translated to Envoy")

    def _pop(self, name: str, default: object) -> object:
        return self._left.pop(name, default)


def _name_of(entry: object, position: int) -> object:
    if isinstance(entry, Mapping):
        return entry.get("name", position)
    return position
