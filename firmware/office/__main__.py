"""`callbox office ...`: what the office's PC does with recordings; a command's module is imported when it is typed."""

import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final, TextIO

from firmware.ending import ended
from firmware.faults import Refused

COMMANDS: Final = {
    "add": ("firmware.office.adding:add", "name one more box"),
    "enrol": ("firmware.office.enrol:enrol", "make the office's key and its paper backup"),
    "recipient": (
        "firmware.office.proving:recipient",
        "who can open recordings; `prove` shows that the keys here do",
    ),
    "list": ("firmware.office.listing:recordings", "the recordings of every box, the newest first"),
    "status": ("firmware.office.listing:status", "how every box stands, and its open faults"),
    "get": ("firmware.office.getting:get", "fetch recordings, sealed, or opened as FLAC"),
    "open": ("firmware.office.opening:open_file", "open a file that was fetched, as FLAC"),
    "join": ("firmware.office.opening:join", "the same, of a cut recording's many small files"),
    "find": (
        "firmware.office.finding:find",
        "the recordings of a telephone number, or noted as about somebody",
    ),
    "note": ("firmware.office.noting:note", "note something about a recording, sealed to the office"),
    "notes": ("firmware.office.noting:notes", "read what was noted about a recording"),
    "play": ("firmware.office.playing:play", "hear a recording; no file is left"),
    "reseal": ("firmware.office.reseal:reseal", "seal what was recorded anew, for the recipients of today"),
    "verify": (
        "firmware.office.verifying:verify",
        "what can be proved of a recording, a file, a certificate",
    ),
    "witness": (
        "firmware.office.witness:main",
        "the daily run: keep, prove and cosign the boxes' audit logs, tell what happened",
    ),
}
"""Each is given the words after it, and gives an exit status or nothing."""


def main(argv: Sequence[str] | None = None) -> int | None:
    """Start the command named first; a fault is raised for the caller to print."""
    _speak_anyway()
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(usage())
        return 0
    found = COMMANDS.get(arguments[0])
    if found is None:
        known = f"the commands are: {', '.join(COMMANDS)}"
        raise Refused("refused.arguments", f"there is no command {arguments[0]!r}", known)
    module, _, name = found[0].partition(":")
    status: int | None = getattr(import_module(module), name)(arguments[1:])
    return status


def usage() -> str:
    """The page that `callbox office` alone prints."""
    listed = "\n".join(f"  callbox office {name:<12} {line}" for name, (_, line) in COMMANDS.items())
    return f"usage: callbox office COMMAND ...\n\n{listed}\n\ncallbox office COMMAND --help says more."


def _speak_anyway() -> None:
    """A name that this PC's code page lacks is spelt out, and ends nothing: Windows writes to files in an old one.

    Where standard output or error are shut (`2>&-`), what is said there goes nowhere.
    """
    sys.stdout, sys.stderr = sys.stdout or _nowhere(), sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123  for as long as this process lasts


if __name__ == "__main__":
    sys.exit(ended(main))
