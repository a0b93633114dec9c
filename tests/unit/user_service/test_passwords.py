from __future__ import annotations

import bcrypt
import pytest

from user_service.services.passwords import PASSWORD_BYTES_MAX, Passwords

ROUNDS = 4


@pytest.fixture(scope="module")
def passwords() -> Passwords:
    return Passwords(ROUNDS)


def test_hash_matches_its_password_only(passwords: Passwords) -> None:
    kept = passwords.hash("correct-horse-1")

    assert passwords.matches("correct-horse-1", kept)
    assert not passwords.matches("correct-horse-2", kept)


def test_same_password_has_another_hash_each_time(passwords: Passwords) -> None:
    assert passwords.hash("correct-horse-1") != passwords.hash("correct-horse-1")


def test_longer_password_is_wrong_even_when_its_beginning_is_right(
    passwords: Passwords,
) -> None:
    longest = "p" * PASSWORD_BYTES_MAX
    kept = passwords.hash(longest)

    assert passwords.matches(longest, kept)
    assert not passwords.matches(longest + "p", kept)


@pytest.mark.parametrize("password", ["", "x", "correct-horse-1", "é" * 500])
@pytest.mark.parametrize("known", [True, False])
def test_every_check_is_one_bcrypt_check_of_the_same_cost(
    passwords: Passwords,
    monkeypatch: pytest.MonkeyPatch,
    password: str,
    known: bool,  # noqa: FBT001 - both ways of one parameter
) -> None:
    kept = passwords.hash("correct-horse-2") if known else None
    compared: list[bytes] = []
    check = bcrypt.checkpw

    def counted(offered: bytes, hashed: bytes) -> bool:
        compared.append(hashed)
        return check(offered, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", counted)

    assert not passwords.matches(password, kept)
    assert [hashed[:7] for hashed in compared] == [b"$2b$04$"]
