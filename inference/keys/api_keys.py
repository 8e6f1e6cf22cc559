"""The format of API keys, their creation and comparison.

A key is `bnk_` and 8 characters, which identify it and may be shown, then `_` and the secret: 32 random bytes in
URL-safe Base64. Only the SHA-256 of the whole key is stored. Salts and slow hashes are for passwords that people
choose: 256 random bits cannot be guessed, and a slow hash would delay every request.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
from typing import Final

KEY_START: Final = "bnk_"
SECRET_BYTES: Final = 32
PREFIX_LENGTH: Final = 12  # characters that may be shown

_SHAPE: Final = re.compile(rf"({KEY_START}[a-z0-9]{{8}})_[A-Za-z0-9_-]{{43}}")
_ALPHABET: Final = string.ascii_lowercase + string.digits


def new_key() -> str:
    """Return a new random key."""
    name = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"{KEY_START}{name}_{secrets.token_urlsafe(SECRET_BYTES)}"


def prefix_of(key: str) -> str | None:
    """Return the part that identifies a key; None if the text is not a key."""
    shape = _SHAPE.fullmatch(key)
    return shape[1] if shape else None


def digest_of(key: str) -> str:
    """Return the digest to store: 64 hexadecimal digits."""
    return hashlib.sha256(key.encode()).hexdigest()


def matches(key: str, digest: str) -> bool:
    """Return whether `digest` is that of this key, in constant time."""
    return hmac.compare_digest(digest_of(key), digest)
