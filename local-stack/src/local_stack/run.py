"""`python -m local_stack.run PROCESS MODULE [ARGUMENT...]`: a command beside a process.

The module runs in the folder and with the environment of a process of the stack (the
one that STACK_NAME names, or dev), as `docker compose exec` would run it.
"""

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from local_stack.errors import StackError
from local_stack.stack import Stack

_REFUSED = 2
_ARGUMENTS_MIN = 2


def main(arguments: Sequence[str]) -> NoReturn:
    """Become the command; where that is not possible, say why and exit with 2."""
    if len(arguments) < _ARGUMENTS_MIN:
        _refuse("python -m local_stack.run PROCESS MODULE [ARGUMENT...]")
    process, module, *rest = arguments
    try:
        spec = Stack(os.environ.get("STACK_NAME", "dev")).spec(process)
    except StackError as error:
        _refuse(str(error))
    os.chdir(spec.cwd)
    command = [sys.executable, "-m", module, *rest]
    os.execve(sys.executable, command, dict(spec.env))  # noqa: S606 - that is the job


def _refuse(why: str) -> NoReturn:
    print(f"local-stack: {why}", file=sys.stderr)
    sys.exit(_REFUSED)


if __name__ == "__main__":
    main(sys.argv[1:])
