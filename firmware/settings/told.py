"""The text of the settings as it may leave the box: every sentence of it is there, no exempt number is.

1. Each exempt number is replaced by one that nobody has, so that the text is still read as settings and says
   the same sentences. Where it stands in a comment it is replaced as well.
2. A text in which that does not succeed is withheld whole.
3. The digest of this text stands in checkpoints and in the audit log: a witness that is given the text knows
   whether it is the one that was in force, and never sees a number.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator
from typing import Final

from firmware.settings.model import Settings

WITHHELD: Final = "# These settings are not told: an exempt number could not be taken out of their text.\n"

LONG: Final = 6
"""Digits from which on a number is looked for in the whole file and not only in quotes; our choice: shorter ones
stand in periods and keys by chance."""


def told_text(settings: Settings) -> str:
    """The text of a version without its exempt numbers."""
    text = settings.text
    for index, number in enumerate(_written(text), start=1):
        text = _replaced(text, number, f"{index:015}")
    return text if not _left(text, settings) else WITHHELD


def told_digest(text: str) -> str:
    """SHA-256 of such a text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def _written(text: str) -> Iterator[str]:
    """The exempt numbers as the file writes them."""
    return (str(each["number"]) for each in tomllib.loads(text).get("exempt", []))


def _replaced(text: str, number: str, instead: str) -> str:
    text = re.sub(rf"""(["']){re.escape(number)}\1""", rf"\g<1>{instead}\g<1>", text)
    digits = re.sub(r"[^0-9]", "", number)
    if len(digits) < LONG:
        return text
    spaced = r"[ ()./-]*".join(digits)
    return re.sub(rf"(?<![0-9A-Za-z])\+?{spaced}(?![0-9A-Za-z])", instead, text)


def _left(text: str, settings: Settings) -> bool:
    """Whether a number is still there, however it is written, or the text is none any more."""
    numbers = {each.number for each in settings.exempt}
    try:
        return any(number.replace(" ", "") in numbers for number in _written(text))
    except tomllib.TOMLDecodeError:
        return True
