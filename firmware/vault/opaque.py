"""Opaque names: 13 characters of Crockford base32, lower case, 65 random bits; they say nothing."""

import re
import secrets
from typing import Final

ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH: Final = 13
PATTERN: Final = re.compile(f"[{ALPHABET}]{{{LENGTH}}}", re.ASCII)


def fresh() -> str:
    """A name that was never used: two in a million million collide with p below 1e-7 for a million names."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def is_opaque(text: str) -> bool:
    """Whether a text is such a name, and therefore also safe as the name of a file."""
    return PATTERN.fullmatch(text) is not None
