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
    wanted: set[str] = set()
    pending = list(by_name if names is None else names)
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

    def start(self, components: Sequence[Component]) -> list[Component]:
        """Start what is not running, each as soon as all that it needs is ready.

        Answers with those that were not. If that fails or is interrupted, they are
        stopped again.
        """
        levels(components)  # refuses components that need each other
        started: list[Component] = []
        try:
            self._start(components, started)
        except BaseException:
            self.stop(started)
            raise
        return started

    def wait_ready(self, components: Sequence[Component]) -> None:
        """Wait until all are ready, each within its own time."""
        waiting = dict.fromkeys(components, time.monotonic())
        while waiting:
            self._take_ready(waiting)
            _pause(waiting)

    def stop(self, components: Sequence[Component]) -> bool:
        """Stop components, those first on which nobody else depends.

        Whether all ended by themselves when they were asked to.
        """
        obeyed = True
        for level in reversed(levels(components)):
            obeyed &= supervisor.stop_together(
                Stop(record, component.stop_signal, component.stop_grace_s)
                for component in level
                if (record := self.find_running(component))
            )
            for component in level:
                self._context.folder.record(component.name).unlink(missing_ok=True)
        return obeyed

    def _start(self, components: Sequence[Component], started: list[Component]) -> None:
        pending = list(components)
        waiting: dict[Component, float] = {}
        while pending or waiting:
            unready = {component.name for component in (*pending, *waiting)}
            for component in [c for c in pending if not unready & set(c.needs)]:
                pending.remove(component)
                waiting[component] = time.monotonic()
                if self.find_running(component) is None:
                    component.prepare(self._context)
                    started.append(component)
                    self._spawn(component)
            for component in self._take_ready(waiting):
                component.after_ready(self._context)
            _pause(waiting)

    def _spawn(self, component: Component) -> None:
        folder = self._context.folder
        supervisor.spawn(
            component.spec(self._context),
            log=folder.log(component.name),
            record=folder.record(component.name),
            marker=str(folder.path),
        )

    def _take_ready(self, waiting: dict[Component, float]) -> list[Component]:
        """Move out what is ready; refuse what is dead, or late."""
        ready: list[Component] = []
        for component, since_s in list(waiting.items()):
            if self.find_running(component) is None:
                raise self._failure(component, "died while starting")
            reason = component.unready_reason(self._context)
            waited_s = time.monotonic() - since_s
            if reason is None:
                del waiting[component]
                ready.append(component)
                self._report(f"{component.name} is ready ({waited_s:.1f} s)")
            elif waited_s > component.start_timeout_s:
                limit = f"is not ready after {component.start_timeout_s:.0f} s"
                raise self._failure(component, f"{limit} ({reason})")
        return ready

    def _failure(self, component: Component, reason: str) -> StartFailed:
        folder = self._context.folder
        record = supervisor.find_record(folder.record(component.name))
        since = record.log_offset if record else 0
        lines = last_lines(folder.log(component.name), _LINES_SHOWN, since=since)
        return StartFailed(component.name, reason, lines)


def _pause(waiting: dict[Component, float]) -> None:
    if waiting:
        time.sleep(POLL_INTERVAL_S)
