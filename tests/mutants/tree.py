"""A copy of the working tree that mutants may have, with a Python of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from mutants.mutant import Mutant

ROOT = Path(__file__).parents[2]


class Tree:
    """The copy; its tests import its own packages and nothing of the original's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def python(self) -> Path:
        """The copy's interpreter; also every process that its tests start has it."""
        return self.folder / ".local" / "venv" / "bin" / "python"

    def make(self, *, committed: bool = False) -> None:
        """Copy what git knows or would take, as it lies there now or as committed."""
        self.remove()
        self.folder.mkdir(parents=True)
        if committed:
            archive = self.folder / "tree.tar"
            _git("archive", "HEAD", f"--output={archive}")
            shutil.unpack_archive(archive, self.folder)
            archive.unlink()
        else:
            self._copy_working_tree()
        self._make_python()

    def _copy_working_tree(self) -> None:
        for name in _files():
            target = self.folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)

    def remove(self) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def mutated(self, mutant: Mutant) -> Iterator[None]:
        """The tree with the fault in it, and afterwards without."""
        changed = mutant.changed_files(self.folder)
        sound = {name: (self.folder / name).read_text("utf-8") for name in changed}
        try:
            self._write(changed)
            yield
        finally:
            self._write(sound)

    def _write(self, texts: Mapping[str, str]) -> None:
        for name, text in texts.items():
            path = self.folder / name
            path.write_text(text, encoding="utf-8")
            # A file that changes twice in a second would pass for its compiled self.
            for compiled in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
                compiled.unlink()

    def _make_python(self) -> None:
        """The original's libraries, but the copy's packages.

        The .pth files of editable installs count only in a site-packages of their own;
        named from here, that folder is a folder like any other.
        """
        home = self.folder / ".local" / "venv"
        venv.create(home, symlinks=True, with_pip=False)
        own = sorted(str(path) for path in self.folder.glob("*/src"))
        libraries = [path for path in sys.path if path.endswith("site-packages")]
        (site,) = home.glob("lib/python*/site-packages")
        (site / "tree.pth").write_text("\n".join([*own, *libraries]) + "\n")


def _files() -> list[str]:
    listed = _git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = listed.decode().split("\0")
    return [name for name in names if name and (ROOT / name).is_file()]


def _git(*arguments: str) -> bytes:
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, check=True, capture_output=True
    ).stdout


def is_apart(tree: Tree) -> bool:
    """Whether the copy's Python imports the copy's packages."""
    found = subprocess.run(
        [tree.python, "-c", "import service_common; print(service_common.__file__)"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return Path(found.strip()).is_relative_to(tree.folder)
