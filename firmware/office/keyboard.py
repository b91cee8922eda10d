"""Single keys of the terminal, without waiting for a line; elsewhere no key is ever pressed.

The terminal is as it was before, whatever happens. POSIX and Windows have nothing in common here.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Final

Pressed = Callable[[float], "Order | None"]
"""The order of the next key within so many seconds."""


class Order(Enum):
    """What a key asks for."""

    PAUSE = "space"
    BACK = "left"
    ON = "right"
    END = "q"


POSIX: Final = {
    b" ": Order.PAUSE,
    b"\x1b[D": Order.BACK,
    b"\x1b[C": Order.ON,
    b"\x1bOD": Order.BACK,
    b"\x1bOC": Order.ON,
    b"q": Order.END,
}
WINDOWS: Final = {" ": Order.PAUSE, "\xe0K": Order.BACK, "\xe0M": Order.ON, "q": Order.END}
"""msvcrt.getwch gives arrows as two characters, the first of them U+00E0."""

POLL_S: Final = 0.05


@contextmanager
def keys() -> Iterator[Pressed]:
    """The keys of this terminal while the block lasts."""
    if not sys.stdin.isatty():
        yield _nobody
    elif sys.platform == "win32":
        yield _windows()
    else:
        import termios  # noqa: PLC0415  POSIX alone has it
        import tty  # noqa: PLC0415  as above

        before = termios.tcgetattr(sys.stdin)
        try:
            tty.setcbreak(sys.stdin)
            yield _posix
        finally:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def _nobody(seconds: float) -> Order | None:
    time.sleep(seconds)
    return None


def _posix(seconds: float) -> Order | None:
    import os  # noqa: PLC0415  with select, of this branch alone
    import select  # noqa: PLC0415  on Windows it knows sockets only

    ready, _, _ = select.select([sys.stdin], [], [], seconds)
    return POSIX.get(os.read(sys.stdin.fileno(), 8)) if ready else None


def _windows() -> Pressed:
    import msvcrt  # noqa: PLC0415  Windows alone has it

    def pressed(seconds: float) -> Order | None:
        until = time.monotonic() + seconds
        while not msvcrt.kbhit():  # type: ignore[attr-defined]
            if time.monotonic() >= until:
                return None
            time.sleep(POLL_S)
        key: str = msvcrt.getwch()  # type: ignore[attr-defined]
        return WINDOWS.get(key + msvcrt.getwch() if key == "\xe0" else key)  # type: ignore[attr-defined]

    return pressed
