"""What an SSH login may ask for, and what `callbox shell` runs: one verb, one answer.

It speaks to the keeper's socket and to its own terminal or pipe, and to nothing else.
"""

import sys
from collections.abc import Sequence
from importlib import import_module

from firmware.faults import Fault, Refused
from firmware.shell.client import connected, socket_path
from firmware.shell.verbs import HELP, VERBS
from firmware.shell.words import understand

BROKEN_PIPE = 141
"""128 + SIGPIPE, as a shell reports it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Ask the keeper; a fault is raised for the caller to print."""
    words = understand(sys.argv[1:] if argv is None else argv)
    if words.verb == "help":
        print(HELP, end="")
        return 0
    where = VERBS.get(words.verb)
    if where is None:
        known = f"the verbs are: {', '.join(VERBS)}, help"
        raise Refused("refused.verb", f"there is no verb {words.verb!r}", known)
    module, _, name = where.partition(":")
    try:
        with connected(socket_path(words.options)) as client:
            return getattr(import_module(module), name)(client, words) or 0
    except BrokenPipeError:
        return BROKEN_PIPE
    except Fault as fault:
        if words.options.get("format") != "nagios":
            raise
        from firmware.shell.standing import unknown  # noqa: PLC0415  a monitoring system wants its one line

        return unknown(fault)


def _run() -> int:
    try:
        return main()
    except Fault as fault:
        print(f"callbox: {fault}", file=sys.stderr)
        return fault.exit_status


if __name__ == "__main__":
    sys.exit(_run())
