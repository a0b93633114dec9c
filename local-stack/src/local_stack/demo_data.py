"""Loading the demo's accounts and events, by the services' own loaders."""

import subprocess
import sys
from collections.abc import Sequence

from local_stack.component import Component, Context
from local_stack.errors import CommandFailed

_TIMEOUT_S = 120
_LINES_SHOWN = 25

# The organiser must exist before his events do.
_LOADERS = {
    "user-service": "user_service.demo_data",
    "orchestrator-service": "orchestrator_service.demo_data",
}


def load_demo_data(
    started: Sequence[Component], wanted: Sequence[Component], context: Context
) -> None:
    """Run the loaders, if one of their services was just started, maybe as new code.

    Loading again changes nothing. A part of a stack that has not all of these services
    has no use for the data.
    """
    by_name = {component.name: component for component in wanted}
    is_new = any(component.name in _LOADERS for component in started)
    if is_new and _LOADERS.keys() <= by_name.keys():
        for name, module in _LOADERS.items():
            _run(by_name[name], module, context)


def _run(component: Component, module: str, context: Context) -> None:
    spec = component.spec(context)
    result = subprocess.run(
        [sys.executable, "-m", module],
        cwd=spec.cwd,
        env=dict(spec.env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    if result.returncode != 0:
        lines = "\n".join(result.stdout.splitlines()[-_LINES_SHOWN:])
        raise CommandFailed(f"{module} failed; its last lines:\n{lines}")
