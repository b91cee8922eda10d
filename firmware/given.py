"""What is told by standard input and never by an argument: a telephone number, a name, a note.

1. An argument stands in the list of processes, in the history of a shell and in logs: one that looks like a telephone
   number is refused, and the refusal does not repeat it.
2. No more is read than such a text can have. What does not fit is refused without being shown.
3. At a terminal a number is typed unseen; a note ends with a line that holds nothing but Ctrl-D.
"""

import sys
from collections.abc import Iterable

from firmware.call.typed import look_like_numbers, plain
from firmware.faults import Refused


def refuse_numbers(words: Iterable[str]) -> None:
    """Refuse arguments of which one looks like a telephone number (rule 1)."""
    if look_like_numbers(words):
        seen = "an argument looks like a telephone number, and others can read arguments"
        hint = (
            "give it by standard input, and choose another word here; clear it from the history of your shell"
        )
        raise Refused("refused.arguments", seen, hint)


def number(asked: str, longest: int) -> str:
    """One line from standard input, unseen where it is typed; marks that a copied number brings along are left out."""
    if _at_terminal():
        from getpass import getpass  # noqa: PLC0415  at a terminal only

        typed = getpass(f"{asked} (it is not shown): ")
    else:
        typed = _read(longest)
    return plain(typed)


def text(asked: str, longest: int) -> str:
    """All that comes by standard input."""
    if _at_terminal():
        print(f"{asked}; end with Ctrl-D on a line of its own:", file=sys.stderr)
    return _read(longest).removeprefix("\ufeff").strip()


def _at_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _read(longest: int) -> str:
    if sys.stdin is None:
        raise Refused("refused.arguments", "standard input is closed", "give the text by standard input")
    came = sys.stdin.buffer.read(longest * 4 + 1)
    try:
        read = came.decode()
    except UnicodeDecodeError:
        wrong = "what came by standard input is no text in UTF-8"
        raise Refused("refused.arguments", wrong, "send it as UTF-8, without armour or compression") from None
    if len(read.strip()) > longest or len(came) > longest * 4:
        long = f"more than {longest} characters came by standard input"
        raise Refused("refused.arguments", long, "say it shorter")
    return read
