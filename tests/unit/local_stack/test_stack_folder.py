from __future__ import annotations

import base64
from pathlib import Path

import pytest

from local_stack import credentials
from local_stack.choices import Choices
from local_stack.errors import StackError
from local_stack.folder import StackFolder, last_lines, read_json, write_private


@pytest.fixture
def folder(tmp_path: Path) -> StackFolder:
    made = StackFolder.of("some-stack", tmp_path)
    made.create()
    return made


@pytest.mark.parametrize("name", ["", "..", "a/b", "A", "-a", "a b", "x" * 41])
def test_odd_name_is_refused(name: str) -> None:
    with pytest.raises(StackError, match="a stack's name is"):
        StackFolder.of(name)


def test_folder_is_for_its_owner_only(folder: StackFolder) -> None:
    assert folder.path.stat().st_mode & 0o777 == 0o700


def test_secrets_are_made_once_and_kept(folder: StackFolder) -> None:
    first = credentials.load_or_create(folder)

    assert credentials.load_or_create(folder) == first
    assert len(set(first.values())) == len(first)


def test_secrets_are_readable_by_their_owner_only(folder: StackFolder) -> None:
    credentials.load_or_create(folder)

    assert folder.secrets_file.stat().st_mode & 0o777 == 0o600


def test_secret_that_came_later_is_added_to_the_others(folder: StackFolder) -> None:
    write_private(folder.secrets_file, "JWT_SECRET=kept\n")

    secrets = credentials.load_or_create(folder)

    assert secrets["JWT_SECRET"] == "kept"
    assert "RABBITMQ_PASS" in secrets


def test_encryption_key_is_32_bytes(folder: StackFolder) -> None:
    key = credentials.load_or_create(folder)["QR_ENCRYPTION_KEY"]

    assert len(base64.b64decode(key, validate=True)) == 32


def test_choices_are_read_back_as_written(folder: StackFolder) -> None:
    choices = Choices(("a", "b"), {"a": 1}, {"a": {"LOG_LEVEL": "DEBUG"}})
    choices.save(folder)

    assert Choices.load(folder) == choices


def test_stack_that_never_ran_has_no_choices(folder: StackFolder) -> None:
    assert Choices.load(folder) == Choices()


def test_missing_file_reads_as_nothing(folder: StackFolder) -> None:
    assert read_json(folder.record("nobody")) is None
    assert last_lines(folder.log("nobody"), 10) == ""


def test_last_lines_begin_where_the_last_start_did(folder: StackFolder) -> None:
    log = folder.log("app")
    log.write_text("old\n")
    since = log.stat().st_size
    log.write_text("old\nnew 1\nnew 2\n")

    assert last_lines(log, 10, since=since) == "new 1\nnew 2"
    assert last_lines(log, 1) == "new 2"


def test_last_lines_of_a_long_log_are_its_end(folder: StackFolder) -> None:
    log = folder.log("app")
    log.write_text("".join(f"line {n}\n" for n in range(50_000)))

    assert last_lines(log, 2) == "line 49998\nline 49999"
