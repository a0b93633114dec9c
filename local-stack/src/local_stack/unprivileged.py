"""Running PostgreSQL when we are root, which it refuses to be.

Its data directory then belongs to `nobody`, who could not even reach it where the
repository lies below a folder that only root may enter (/root, a `mktemp -d`). So
the process keeps one capability: to look into directories, and nothing else.
"""

import os
import pwd
import shutil
from pathlib import Path

from local_stack.errors import NotInstalled

# By preference: the first lets a process search and read anywhere, the second also
# write. Containers often grant root the second only.
_CAPABILITIES = {"dac_read_search": 2, "dac_override": 1}


def prefix() -> tuple[str, ...]:
    """The words to put before a command so that it does not run as root."""
    if os.geteuid() != 0:
        return ()
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise NotInstalled(
            "PostgreSQL does not run as root: install setpriv (util-linux), "
            "or start the stack as another user"
        )
    nobody = pwd.getpwnam("nobody")
    keep = f"-all{_available_capability()}"
    return (
        *(setpriv, "--reuid", str(nobody.pw_uid), "--regid", str(nobody.pw_gid)),
        *("--clear-groups", "--no-new-privs"),
        *("--inh-caps", keep, "--ambient-caps", keep, "--bounding-set", keep),
    )


def give_to_process_owner(path: Path) -> None:
    """Hand a directory to the user that commands with `prefix` run as."""
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(path, nobody.pw_uid, nobody.pw_gid)


def _available_capability() -> str:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    held = next(line for line in status.splitlines() if line.startswith("CapEff:"))
    bits = int(held.split()[1], 16)
    for name, bit in _CAPABILITIES.items():
        if bits >> bit & 1:
            return f",+{name}"
    return ""
