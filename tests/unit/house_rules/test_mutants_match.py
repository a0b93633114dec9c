"""Every mutant still fits the source: a fault that cannot be made proves nothing."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml

from mutants import MUTANTS, Edit, Mutant, Stale
from mutants.first import FIRST

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_mutant_changes_a_passage_that_is_there_once_into_another(
    mutant: Mutant,
) -> None:
    changed = mutant.changed_files(ROOT)

    for name, text in changed.items():
        assert text != (ROOT / name).read_text(encoding="utf-8")
        if name.endswith(".py"):
            ast.parse(text)
        else:
            assert name.endswith(".yml")
            assert yaml.safe_load(text.replace("${", "{")) is not None


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_mutant_names_tests_that_exist(mutant: Mutant) -> None:
    assert mutant.tests
    for test in mutant.tests:
        path, _, name = test.partition("::")
        assert (ROOT / path).exists(), test
        if name:
            assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), test


def test_names_of_mutants_are_unique_and_those_that_are_tried_first_exist() -> None:
    names = [mutant.name for mutant in MUTANTS]

    assert len(names) == len(set(names))
    assert set(FIRST) <= set(names)
    for test in FIRST.values():
        path, _, name = test.partition("::")
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), test


@pytest.mark.parametrize("text", ["nothing of the kind", "a passage, a passage"])
def test_mutant_that_no_longer_fits_says_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "file.py").write_text(text)
    edit = Edit("file.py", old="a passage", new="another")

    with pytest.raises(Stale, match=r"file\.py: found [02] times"):
        Mutant("stale", "It cannot be made.", (edit,), ()).changed_files(tmp_path)
