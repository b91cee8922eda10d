"""A shell that breaks, or is told to quit, leaves nothing of its memory behind: there is no core of it.

1. The limit keeps the kernel from writing a file, whatever limit the login or the terminal gave; nobody can raise it again.
2. A program that is given cores through a pipe is given them at any limit (core(5)): so the process is not to be dumped at all.
"""

import ctypes
import resource
from typing import Final

SET_DUMPABLE: Final = 4
"""`PR_SET_DUMPABLE` of linux/prctl.h."""


def forbid_core() -> None:
    """From now on this process leaves no core, neither as a file nor to a program."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(SET_DUMPABLE, ctypes.c_ulong(0))
