"""One stack: all of TicketRemaster, or a part, as processes on 127.0.0.1."""

import shutil
import signal
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from local_stack import credentials, supervisor
from local_stack.catalogue import COMPONENTS
from local_stack.choices import Choices
from local_stack.component import Component, Context
from local_stack.connections import (
    PostgresConnection,
    RabbitmqConnection,
    postgres_of,
    rabbitmq_of,
)
from local_stack.demo_data import load_demo_data
from local_stack.errors import StackError, UnknownName
from local_stack.folder import REPOSITORY, StackFolder, last_lines
from local_stack.launcher import Launcher, with_needs
from local_stack.ports import PortMode, choose_ports, usual_port
from local_stack.replicas import with_replicas


@dataclass(frozen=True, slots=True)
class ProcessStatus:
    """One line of `ps`."""

    name: str
    state: str  # ready, not ready, dead, stopped
    pid: int | None
    ports: Mapping[str, int]
    detail: str = ""


class Stack:
    """A stack by its name. Making the object starts nothing; `up` does."""

    def __init__(
        self,
        name: str = "dev",
        *,
        only: Iterable[str] | None = None,
        port_mode: PortMode = PortMode.FIXED,
        ports: Mapping[str, int] | None = None,
        overrides: Mapping[str, Mapping[str, str]] | None = None,
        scale: Mapping[str, int] | None = None,
        demo_data: bool = True,
        components: Sequence[Component] = COMPONENTS,
        repository: Path = REPOSITORY,
        report: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.folder = StackFolder.of(name, repository)
        # Without a number the stack has as many of each as at its last start.
        self._scale = Choices.load(self.folder).scale if scale is None else scale
        self._components = with_replicas(components, self._scale)
        self._only = None if only is None else tuple(only)
        self._port_mode = port_mode
        self._given_ports = dict(ports or {})
        self._overrides = overrides or {}
        self._demo_data = demo_data
        self._report = report

    # --- the whole ---------------------------------------------------------------

    def up(self) -> None:
        """Start what is not running yet, and wait until all of it is ready."""
        wanted = with_needs(self._components, self._only)
        for component in wanted:
            component.install()
        with self.folder.locked():
            self.folder.create()
            with self.folder.choosing_ports():
                self._choose(wanted)
            started = self._launcher().start(wanted)
            if self._demo_data:
                load_demo_data(started, wanted, self.context)

    def down(self) -> None:
        """Stop everything of this stack; its data stays."""
        if not self.folder.path.exists():
            return
        with self.folder.locked():
            if self.folder.choices_file.exists():
                self._launcher().stop(self._components)
            # Children that outlived their parent, and what a broken start left behind.
            supervisor.kill_all(supervisor.marked(str(self.folder.path)))

    def destroy(self) -> None:
        """Kill everything of this stack at once, and delete its folder."""
        with self.folder.locked():
            for component in self._components:
                self._kill(component)
            supervisor.kill_all(supervisor.marked(str(self.folder.path)))
            if self.folder.path.exists():
                shutil.rmtree(self.folder.path)
            self.folder.lock_file.unlink(missing_ok=True)

    def wait(self) -> None:
        """Wait until everything that was started is ready."""
        self._launcher().wait_ready(self._chosen())

    def status(self) -> list[ProcessStatus]:
        """What every process of this stack is doing."""
        return [self._status(component) for component in self._chosen()]

    # --- one process -------------------------------------------------------------

    def kill(self, name: str) -> None:
        """SIGKILL a process and all its children, as when its machine loses power."""
        self._kill(self._component(name))

    def pause(self, name: str) -> None:
        """SIGSTOP: the process holds what it holds, and answers nobody."""
        self._signal(name, signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """SIGCONT: the process goes on as if no time had passed."""
        self._signal(name, signal.SIGCONT)

    def stop(self, name: str) -> bool:
        """Ask a process to end, and wait until it has; False if it had to be killed."""
        with self.folder.locked():
            return self._launcher().stop([self._component(name)])

    def restart(self, name: str, env: Mapping[str, str] | None = None) -> None:
        """Stop a process if it runs; start it with the same ports and settings.

        `env` goes on top for this one life: the next start knows nothing of it.
        """
        self.restart_together({name: env or {}})

    def restart_together(self, lives: Mapping[str, Mapping[str, str]]) -> None:
        """The same for several processes at once, each with an environment on top."""
        components = [self._component(name) for name in lives]
        context = self.context
        for name, env in lives.items():
            context = context.with_overrides(name, env)
        with self.folder.locked():
            self._launcher().stop(components)
            self._launcher(context).start(components)

    def is_running(self, name: str) -> bool:
        """Whether the process lives, ready or not."""
        return self._find_process(self._component(name)) is not None

    def logs(self, name: str, lines: int = 100) -> str:
        """The last lines that a process has written."""
        return last_lines(self.folder.log(self._component(name).name), lines)

    # --- where things are --------------------------------------------------------

    @property
    def context(self) -> Context:
        """What the components know: folder, ports, secrets, environment on top."""
        if not self.folder.choices_file.exists():
            raise StackError(f"stack {self.folder.name} was never started")
        choices = Choices.load(self.folder)
        secrets = credentials.load_or_create(self.folder)
        return Context(self.folder, choices.ports, secrets, choices.overrides)

    @property
    def ports(self) -> Mapping[str, int]:
        """The ports of this stack, by name."""
        return self.context.ports

    @property
    def postgres(self) -> PostgresConnection:
        """How to reach the databases."""
        return postgres_of(self.context)

    @property
    def rabbitmq(self) -> RabbitmqConnection:
        """How to reach the broker."""
        return rabbitmq_of(self.context)

    def url(self, port_name: str = "gateway") -> str:
        """The HTTP address behind a named port."""
        return f"http://{self.context.address(port_name)}"

    def spec(self, name: str) -> supervisor.ProcessSpec:
        """How a process is started: command, folder, environment."""
        return self._component(name).spec(self.context)

    def environment(self, name: str) -> Mapping[str, str]:
        """The environment that a process is started with."""
        return self.spec(name).env

    # --- inside ------------------------------------------------------------------

    def _launcher(self, context: Context | None = None) -> Launcher:
        return Launcher(context or self.context, self._report)

    def _component(self, name: str) -> Component:
        for component in self._components:
            if component.name == name:
                return component
        known = ", ".join(component.name for component in self._components)
        raise UnknownName(f"there is no process {name}; there are: {known}")

    def _chosen(self) -> list[Component]:
        names = Choices.load(self.folder).processes
        return [component for component in self._components if component.name in names]

    def _find_process(self, component: Component) -> psutil.Process | None:
        record = supervisor.find_record(self.folder.record(component.name))
        return record.process() if record else None

    def _kill(self, component: Component) -> None:
        process = self._find_process(component)
        if process is not None:
            # Stopped first, so that it starts no child that we do not see.
            supervisor.send(process, signal.SIGSTOP)
            supervisor.kill_all(supervisor.family(process))

    def _signal(self, name: str, number: signal.Signals) -> None:
        process = self._find_process(self._component(name))
        if process is None:
            raise StackError(f"{name} is not running")
        for relative in supervisor.family(process):
            supervisor.send(relative, number)

    def _choose(self, wanted: Sequence[Component]) -> None:
        before = Choices.load(self.folder)
        running = [c for c in self._components if self._find_process(c)]
        ports = choose_ports(
            [port for c in wanted for port in (*c.ports, *c.refers_to)],
            mode=self._port_mode,
            remembered=before.ports,
            given=self._given_ports,
            in_use_by_us=[port for c in running for port in c.ports],
            of_other_stacks=[
                port
                for sibling in self.folder.siblings()
                for port in Choices.load(sibling).ports.values()
            ],
        )
        self._report_moved(ports)
        names = {*before.processes, *(component.name for component in wanted)}
        # What runs keeps its environment; what starts gets the one asked for now.
        kept = {c.name: before.overrides.get(c.name, {}) for c in running}
        Choices(
            processes=tuple(c.name for c in self._components if c.name in names),
            ports={**before.ports, **ports},
            overrides={**self._overrides, **kept},
            scale=self._scale,
        ).save(self.folder)

    def _report_moved(self, ports: Mapping[str, int]) -> None:
        for name, port in ports.items():
            usual = usual_port(name)
            if self._port_mode is PortMode.PREFER and port != usual:
                self._report(f"{name} uses port {port} instead of {usual}")

    def _status(self, component: Component) -> ProcessStatus:
        record = supervisor.find_record(self.folder.record(component.name))
        context = self.context
        ports = {name: context.ports[name] for name in component.ports}
        process = record.process() if record else None
        if process is None:
            state = "dead" if record else "stopped"
            return ProcessStatus(component.name, state, None, ports)
        reason = component.unready_reason(context)
        state = "not ready" if reason else "ready"
        return ProcessStatus(component.name, state, process.pid, ports, reason or "")
