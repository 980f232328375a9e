"""Public ids and the short codes that people read out."""

import secrets
from uuid import UUID

from uuid_utils.compat import uuid7 as _uuid7

# Crockford's base 32 (https://www.crockford.com/base32.html): no I, L, O or U to misread or misspell.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0", "-": "", " ": ""})


def uuid7() -> UUID:
    """Return a time-ordered UUID (RFC 9562, version 7)."""
    return _uuid7()


def human_code(prefix: str, length: int = 7) -> str:
    """Return a random code such as ``C7K4M9Q2``: the prefix letter and `length` symbols (5 bits each)."""
    return prefix + "".join(secrets.choice(ALPHABET) for _ in range(length))


def read_code(text: str) -> str:
    """Return the code a person meant: upper case, without spaces and hyphens, misread letters mended."""
    return text.strip().upper().translate(_MISREAD)
