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
# write. Containers often grant root the second only. The numbers are the kernel's.
_CAPABILITIES = {"dac_read_search": 2, "dac_override": 1}
_SETPCAP = 8


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
    identity = ("--reuid", str(nobody.pw_uid), "--regid", str(nobody.pw_gid))
    return (setpriv, *identity, "--clear-groups", "--no-new-privs", *_keep_capability())


def give_to_process_owner(path: Path) -> None:
    """Hand a file or directory to the user that commands with `prefix` run as."""
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(path, nobody.pw_uid, nobody.pw_gid)


def _keep_capability() -> tuple[str, ...]:
    held = _capabilities_held()
    names = [name for name, bit in _CAPABILITIES.items() if held >> bit & 1]
    if not names or not held >> _SETPCAP & 1:
        return ()  # then only folders that everybody may enter will do
    keep = f"-all,+{names[0]}"
    return (
        *("--inh-caps", keep, "--ambient-caps", keep, "--bounding-set", keep),
        # Without it access(2) answers as if the capability were not there, and
        # PostgreSQL asks it about its own programs.
        *("--securebits", "+no_setuid_fixup"),
    )


def _capabilities_held() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("CapEff:"))
    return int(line.split()[1], 16)
