"""What a box says is shown, never obeyed: no text from afar moves a cursor, names a file or fills a screen."""

import re
from typing import Final

from firmware.showing import escaped

NAME: Final = re.compile(r"[0-9a-z]{1,40}")
"""How a box names a recording, hold, copy or certificate; nothing else ever becomes part of a path."""

SHOWN: Final = 2000
"""Characters of one message from a box that are shown; our choice: more is no message."""


def plain(text: str) -> str:
    """A text without anything that a terminal would act on, or that turns the direction of writing."""
    return escaped(text.replace("\r\n", "\n").expandtabs())


def short(text: str) -> str:
    """A plain text of a length that can be read."""
    shown = plain(text)
    return shown if len(shown) <= SHOWN else f"{shown[:SHOWN]} ..."


def is_name(text: object) -> bool:
    """Whether this is how a box names something of its own."""
    return isinstance(text, str) and NAME.fullmatch(text) is not None
