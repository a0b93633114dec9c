"""What a stack was started with, so that every later command means the same one."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from local_stack.folder import StackFolder, read_json, write_json


@dataclass(frozen=True, slots=True)
class Choices:
    """Processes, ports, environment on top and number of replicas, by process."""

    processes: tuple[str, ...] = ()
    ports: Mapping[str, int] = field(default_factory=dict)
    overrides: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    scale: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: StackFolder) -> "Choices":
        """Read what the last start chose; empty where the stack never ran."""
        content = read_json(folder.choices_file)
        if content is None:
            return cls()
        return cls(
            tuple(content["processes"]),
            content["ports"],
            content["overrides"],
            content.get("scale", {}),
        )

    def save(self, folder: StackFolder) -> None:
        """Write it down for the next command."""
        write_json(folder.choices_file, asdict(self))
