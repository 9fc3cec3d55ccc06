"""The letters of a class: a code that is read off a wall and typed, and secrets that nobody types but one."""

from __future__ import annotations

import hashlib
import secrets

LETTERS = "ABCDEFGHJKLMNPRSTVWXYZ"  # without I, O, Q and U, which are taken for others
CODE = 8
RECOVERY = 16


def new_code() -> str:
    """Return a join code: 22^8, so that five guesses a second for three hours meet one of twenty classes in 50,000."""
    return "".join(secrets.choice(LETTERS) for _ in range(CODE))


def new_secret() -> str:
    """Return 128 random bits for an address or a cookie."""
    return secrets.token_urlsafe(16)


def recovery_of(secret: str) -> str:
    """Return the recovery code that belongs to a teacher's secret: it follows from it, and not the other way round."""
    number = int.from_bytes(hashlib.sha256(b"recovery of " + secret.encode()).digest(), "big")
    letters = []
    for _ in range(RECOVERY):
        number, letter = divmod(number, len(LETTERS))
        letters.append(LETTERS[letter])
    return "".join(letters)


def typed(text: str) -> str:
    """Return a code as it is kept from how somebody typed it: any case, any spaces and dashes."""
    return "".join(letter for letter in text.upper() if letter.isalnum())


def spoken(code: str) -> str:
    """Return a code as it is shown: in groups of four."""
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))
