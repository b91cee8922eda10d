r"""What the shell prints moves no cursor and hides no text: characters that print nothing are written as `\u001b`.

1. Everything that is printed goes through here, whoever wrote it: a person's reason, a name, a typed word.
2. The form is JSON's own, so that JSON stays what it was.
3. A sealed recording is no text, and goes to the descriptor itself.
"""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress


class Plain(io.TextIOWrapper):
    """Standard output as text that is only text, in UTF-8 wherever the login came from."""

    def write(self, text: str, /) -> int:
        """The text with its line breaks, and everything else that prints nothing escaped."""
        return super().write(escaped(text))


@contextmanager
def plainly() -> Iterator[None]:
    """Standard output is plain within."""
    sys.stdout.flush()
    out = Plain(sys.stdout.buffer, encoding="utf-8", errors="backslashreplace")
    try:
        with redirect_stdout(out):
            yield
        out.flush()
    finally:
        with suppress(OSError):  # nobody reads any more
            out.detach()


def escaped(text: str) -> str:
    r"""The text; what prints nothing, line breaks aside, as `\uXXXX`."""
    if text.replace("\n", "").isprintable():
        return text
    return "".join(each if each == "\n" or each.isprintable() else _code(each) for each in text)


def one_line(text: str) -> str:
    """The text without line breaks of its own."""
    return escaped(text).replace("\n", "\\n")


def _code(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
