"""The forced command of a login: what a person typed is understood as words or refused, and nothing else is run.

1. What was typed is `SSH_ORIGINAL_COMMAND`. It is split as a shell would split it; no shell, pattern, variable or
   redirection ever sees it. Our own words come from the server's settings and stand apart.
2. Nothing is printed but our own sentences. A bug is said in one, without what it was about.
3. The keeper is told of every command line, also of one that never came to it: the verb, or "?", never the text.
4. What tells the keeper where to listen is the box's, not the person's: `--socket` and `--config` are refused.
5. A fault ends with a line `code: CODE` for programs.
"""

import os
import re
import sys
from collections.abc import Sequence
from typing import Final

from firmware.ending import BROKEN_PIPE, INTERRUPTED
from firmware.faults import Fault
from firmware.shell import transfers
from firmware.shell.calling import as_called
from firmware.shell.client import connected, socket_path
from firmware.shell.plain import plainly
from firmware.shell.serving import monitored, serve, unknown
from firmware.shell.words import Words, refused, understand
from firmware.showing import escaped

LONGEST: Final = 64 * 1024
"""Bytes of a command line; our choice. Linux itself starts nothing with a variable of 128 KiB (execve(2))."""

BUG: Final = 70
"""EX_SOFTWARE of sysexits.h."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def login(own: Sequence[str], typed: bytes) -> int:
    """Answer one command line; `own` are the words of the server's settings. Gives the exit status."""
    try:
        with plainly():
            return _answer(socket_path(understand(own).options), typed)
    except Fault as fault:
        if _monitored(typed):
            return unknown(fault)
        print(said(fault), file=sys.stderr)
        return fault.exit_status
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return BROKEN_PIPE
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as bug:  # noqa: BLE001  rule 2; the root of this process
        print(_told(bug), file=sys.stderr)
        return BUG


def said(fault: Fault) -> str:
    """A fault as a person reads it, and its code on a line of its own for programs."""
    return escaped(as_called(f"callbox: {fault}\ncode: {fault.code}"))


def _answer(door: str, typed: bytes) -> int:
    with connected(door) as client:
        verb = "?"
        try:
            words = split(typed)
            if other := transfers.kind(words):
                verb = other
                transfers.serve(client, other)
                return 0
            asked = understood(words)
            verb = asked.verb
            return serve(client, asked)
        except Fault as fault:
            if fault is not client.fault:
                client.ask("looked", of=verb, code=fault.code)  # who may not ask at all is told that instead
            raise
        except (BrokenPipeError, KeyboardInterrupt):
            raise
        except Exception:
            client.ask("looked", of=verb, code="?")
            raise


def understood(words: Sequence[str]) -> Words:
    """Verb, names and options; refuses what is none, and what is the box's to say (rule 4)."""
    found = understand(words)
    if ours := {"socket", "config"} & found.options.keys():
        raise refused(f"--{min(ours)} is the box's to say, not yours")
    return found


def _monitored(typed: bytes) -> bool:
    try:
        return monitored(understood(split(typed)))
    except Fault:
        return False


def split(typed: bytes) -> list[str]:
    """As a shell splits a line into words: quotes and backslashes count, nothing else does."""
    import shlex  # noqa: PLC0415  not where nothing was typed

    if len(typed) > LONGEST:
        raise refused(f"a command line of {len(typed)} bytes is not read; {LONGEST} are the most")
    try:
        text = typed.decode()
    except UnicodeDecodeError as error:
        raise refused("the command line is not UTF-8 text") from error
    if _CONTROL.search(text):
        raise refused("the command line holds a control character, a line break say")
    try:
        return shlex.split(text)
    except ValueError as error:
        raise refused("a quotation mark or a backslash in the command line is left open") from error


def _told(bug: Exception) -> str:
    """Kind and place, never the text, which may hold anything."""
    trace = bug.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else "nowhere"  # noqa: PTH119  no pathlib at a login
    return f"callbox: this is a bug of the box ({type(bug).__name__} at {where}), not yours\nhint: tell whoever runs the box"
