"""What an API key looks like, how one is made, and how one is compared.

`bnk_` and 8 characters that name it and may be shown, `_`, then the secret: 32 random bytes in URL-safe Base64. Kept is
only the SHA-256 of the whole. No salt and no slow hash, which are for what people choose: 256 random bits cannot be
guessed, and every request would have to wait for it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
from typing import Final

SECRET_BYTES: Final = 32
PREFIX_LENGTH: Final = 12  # characters that may be shown

_SHAPE: Final = re.compile(r"(bnk_[a-z0-9]{8})_[A-Za-z0-9_-]{43}")
_ALPHABET: Final = string.ascii_lowercase + string.digits


def new_key() -> str:
    """A key that nobody has had before."""
    name = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"bnk_{name}_{secrets.token_urlsafe(SECRET_BYTES)}"


def prefix_of(key: str) -> str | None:
    """The part of a key that names it; None for what is no key at all."""
    shape = _SHAPE.fullmatch(key)
    return shape[1] if shape else None


def digest_of(key: str) -> str:
    """What is kept of a key: 64 hexadecimal digits."""
    return hashlib.sha256(key.encode()).hexdigest()


def matches(key: str, digest: str) -> bool:
    """Whether this is the key that `digest` was kept of; takes as long for one that is nearly right."""
    return hmac.compare_digest(digest_of(key), digest)
