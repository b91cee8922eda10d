"""How a command of ours ends at a terminal or in a pipe: a fault is two lines and its exit status, a bug keeps its traceback.

1. Who reads the output may have had enough (`| head -1`), and a person may press Ctrl-C: neither is an error of ours.
2. Where the output lies on a disk that is full, that is a fault, and not taken for anything else.
"""

import io
import os
import sys
from collections.abc import Callable
from typing import Final

from firmware.faults import Fault, Refused

BROKEN_PIPE: Final = 141
INTERRUPTED: Final = 130
"""128 + SIGPIPE and 128 + SIGINT, as a shell reports them."""


def ended(start: Callable[[], int | None]) -> int:
    """Start a command and give its exit status; what it printed is written on return."""
    try:
        return _started(start)
    except Fault as fault:
        print(f"callbox: {fault}", file=sys.stderr)
        return fault.exit_status
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _nowhere()
        return BROKEN_PIPE


def _started(start: Callable[[], int | None]) -> int:
    try:
        status = start() or 0
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        if not _refused():
            raise
        _nowhere()
        lost = f"what is printed here cannot be written where it should go: {error.strerror}"
        hint = "make room there; what else was asked for may be done: see what is there before asking again"
        raise Refused("refused.file", lost, hint) from error
    return status


def _refused() -> bool:
    """Whether it was the output that failed (rule 2): then it takes no empty line either."""
    try:
        print(flush=True)
    except OSError:
        return True
    return False


def _nowhere() -> None:
    """Let what is still to be written of standard output go nowhere, so that the interpreter's end says nothing of it."""
    try:
        descriptor = sys.stdout.fileno()
    except io.UnsupportedOperation:
        return
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
