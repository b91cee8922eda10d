"""What an SSH login may ask for, and what `callbox shell` runs: one verb, one answer.

It speaks to the keeper's socket and to its own terminal or pipe, and to nothing else.
"""

import os
import sys
from collections.abc import Sequence

from firmware.ending import BROKEN_PIPE
from firmware.faults import Fault
from firmware.shell import helping
from firmware.shell.calling import over_ssh
from firmware.shell.client import connected, socket_path
from firmware.shell.no_core import forbid_core
from firmware.shell.plain import plainly
from firmware.shell.serving import monitored, start, unknown
from firmware.shell.ssh import login, said
from firmware.shell.words import understand


def main(argv: Sequence[str] | None = None) -> int:
    """Ask the keeper; a fault is raised for the caller to print."""
    words = understand(sys.argv[1:] if argv is None else argv)
    try:
        with plainly():
            if words.verb == "help":
                page = helping.of_verb(words.names[1]) if len(words.names) > 1 else helping.general()
                print(page, end="")
                return 0
            with connected(socket_path(words.options)) as client:
                return start(client, words)
    except BrokenPipeError:
        return BROKEN_PIPE
    except Fault as fault:
        if not monitored(words):
            raise
        return unknown(fault)


def console(argv: Sequence[str]) -> int:
    """`callbox shell`: as `main`, in a process that is the shell's own."""
    forbid_core()
    return main(argv)


def _run() -> int:
    forbid_core()
    if over_ssh():
        return login(sys.argv[2:], os.environb.get(b"SSH_ORIGINAL_COMMAND", b""))
    try:
        return main()
    except Fault as fault:
        print(said(fault), file=sys.stderr)
        return fault.exit_status


if __name__ == "__main__":
    sys.exit(_run())
