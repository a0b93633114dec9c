"""Hashes passwords with bcrypt, and checks them in a time that tells nothing."""

from __future__ import annotations

import secrets

import bcrypt

# bcrypt reads no further than this; a longer one would be cut silently.
PASSWORD_BYTES_MAX = 72


class Passwords:
    """bcrypt at one cost."""

    def __init__(self, rounds: int) -> None:
        self._rounds = rounds
        # What an unknown address is compared with: no password has this hash.
        self._nobodys_hash = self.hash(secrets.token_urlsafe(32))

    def hash(self, password: str) -> str:
        """The hash to keep, with its salt and cost."""
        return bcrypt.hashpw(password.encode(), bcrypt.gensalt(self._rounds)).decode()

    def matches(self, password: str, password_hash: str | None) -> bool:
        """Whether it is the password; always takes one full check.

        Without a hash, and for a password that bcrypt cannot take, the check is done
        against a hash that nothing matches.
        """
        offered = password.encode()
        possible = password_hash is not None and len(offered) <= PASSWORD_BYTES_MAX
        compared = password_hash if possible and password_hash else self._nobodys_hash
        same = bcrypt.checkpw(offered[:PASSWORD_BYTES_MAX], compared.encode())
        return same and possible
