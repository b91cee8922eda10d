"""What a person types: a telephone number, what looks like one, what was copied, a name; nothing of it is ever shown."""

import re
from collections.abc import Iterable
from typing import Final
from unicodedata import normalize

TYPED: Final = re.compile(r"\+?[0-9 ()./-]+", re.ASCII)
"""How people write a number."""

LOOKS: Final = re.compile(r"(?:\+|00?|44)(?:[ ()./-]*[0-9]){8,}[ ()./-]*", re.ASCII)
"""How a whole number begins, in the United Kingdom or from abroad."""

SHORTEST, LONGEST = 3, 20
"""Digits: 999, and the 15 of ITU-T E.164 (section 6.2) behind a carrier's or an international prefix."""

SAID: Final = 40
"""Characters of a word that is said again; our choice."""

COPIED: Final = str.maketrans(
    "\u00a0\u2007\u2009\u202f\u2010\u2011\u2012\u2013", "    ----", "\ufeff\u200e\u200f\u202a\u202c"
)
"""What a number that was copied from a page or a letter brings along: blanks and hyphens of other kinds, and marks
that are not seen. A byte order mark comes from PowerShell."""


def folded(text: str) -> str:
    """A reference or a name as it is compared: small and large letters, blanks, and how letters are composed make no difference."""
    while (once := normalize("NFKC", "".join(text.casefold().split()))) != text:
        text = once
    return text


def is_number(typed: str) -> bool:
    """Whether this is a telephone number: digits as people group them, 3 to 20, with + only in front."""
    digits = sum(each.isdigit() for each in typed)
    return TYPED.fullmatch(typed) is not None and SHORTEST <= digits <= LONGEST


def plain(typed: str) -> str:
    """The same without what it brings along from where it was copied."""
    return typed.translate(COPIED).strip()


def said(typed: str, otherwise: str = "that") -> str:
    """A word that was typed, to be said again; what has a digit may be of a number, and is not."""
    return otherwise if any(map(str.isdigit, typed)) or len(typed) > SAID else repr(typed)


def look_like_numbers(words: Iterable[str]) -> bool:
    """Whether one of these looks like a whole telephone number, alone or behind an option's `=`."""
    return any(LOOKS.fullmatch(plain(each.rpartition("=")[2])) for each in words)
