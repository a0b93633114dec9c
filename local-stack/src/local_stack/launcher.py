"""Starting components in the order of their needs, and waiting until they are ready."""

import time
from collections.abc import Callable, Iterable, Sequence

from local_stack import supervisor
from local_stack.component import Component, Context
from local_stack.errors import StackError, StartFailed, UnknownName
from local_stack.folder import last_lines
from local_stack.supervisor import Record, Stop
from local_stack.waiting import POLL_INTERVAL_S

_LINES_SHOWN = 25


def with_needs(
    components: Sequence[Component], names: Iterable[str] | None
) -> list[Component]:
    """The named components and all that they need; every one for None."""
    by_name = {component.name: component for component in components}
    wanted = set(by_name)
    if names is not None:
        wanted = set()
        pending = list(names)
        while pending:
            name = pending.pop()
            if name not in by_name:
                known = ", ".join(by_name)
                raise UnknownName(f"there is no process {name}; there are: {known}")
            wanted.add(name)
            pending.extend(set(by_name[name].needs) - wanted)
    return [component for component in components if component.name in wanted]


def levels(components: Sequence[Component]) -> list[list[Component]]:
    """Group components so that each needs only such as are in earlier groups."""
    groups: list[list[Component]] = []
    remaining = list(components)
    while remaining:
        waiting = {component.name for component in remaining}
        group = [c for c in remaining if not waiting & set(c.needs)]
        if not group:
            raise StackError(f"these need each other: {', '.join(sorted(waiting))}")
        groups.append(group)
        remaining = [c for c in remaining if c not in group]
    return groups


class Launcher:
    """Starts and stops the components of one stack."""

    def __init__(self, context: Context, report: Callable[[str], None]) -> None:
        self._context = context
        self._report = report

    def find_running(self, component: Component) -> Record | None:
        """The component's record, if its process is alive."""
        record = supervisor.find_record(self._context.folder.record(component.name))
        return record if record and record.process() else None

    def start(self, components: Sequence[Component]) -> None:
        """Start what is not running, level by level.

        If that fails or is interrupted, what this call started is stopped again.
        """
        started: list[Component] = []
        try:
            for level in levels(components):
                self._start_level(level, started)
        except BaseException:
            self.stop(started)
            raise

    def stop(self, components: Sequence[Component]) -> None:
        """Stop components, those first on which nobody else depends."""
        for level in reversed(levels(components)):
            stops = [
                Stop(record, component.stop_signal, component.stop_grace_s)
                for component in level
                if (record := self.find_running(component))
            ]
            supervisor.stop_together(stops)
            for component in level:
                self._context.folder.record(component.name).unlink(missing_ok=True)

    def wait_ready(self, components: Sequence[Component]) -> None:
        """Wait until all are ready, each within its own time."""
        begun_s = time.monotonic()
        pending = list(components)
        while pending:
            for component in list(pending):
                reason = component.unready_reason(self._context)
                if reason is None:
                    pending.remove(component)
                    waited_s = time.monotonic() - begun_s
                    self._report(f"{component.name} is ready ({waited_s:.1f} s)")
                    continue
                self._refuse_dead(component)
                if time.monotonic() - begun_s > component.start_timeout_s:
                    limit = f"is not ready after {component.start_timeout_s:.0f} s"
                    raise self._failure(component, f"{limit} ({reason})")
            time.sleep(POLL_INTERVAL_S if pending else 0)

    def _start_level(
        self, level: Sequence[Component], started: list[Component]
    ) -> None:
        for component in level:
            if self.find_running(component) is None:
                component.prepare(self._context)
                started.append(component)
                self._spawn(component)
        self.wait_ready(level)
        for component in level:
            component.after_ready(self._context)

    def _spawn(self, component: Component) -> None:
        folder = self._context.folder
        supervisor.spawn(
            component.spec(self._context),
            log=folder.log(component.name),
            record=folder.record(component.name),
            marker=str(folder.path),
        )

    def _refuse_dead(self, component: Component) -> None:
        if self.find_running(component) is None:
            raise self._failure(component, "died while starting")

    def _failure(self, component: Component, reason: str) -> StartFailed:
        folder = self._context.folder
        record = supervisor.find_record(folder.record(component.name))
        since = record.log_offset if record else 0
        lines = last_lines(folder.log(component.name), _LINES_SHOWN, since=since)
        return StartFailed(component.name, reason, lines)
