"""`callbox certificate FILE --public KEY`: whether a certificate is true, and what it says, in a few lines.

It asks no box and needs no box's data: the certificate and the office's own copy of the box's public
key (`vault/signing.pub`) are enough, on any machine, years later.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from firmware.audit.certificate import content_of, wrong_with
from firmware.audit.told import told
from firmware.faults import LogFault, Refused

MOST_BYTES: Final = 1 << 26
"""What is read of a file at most; our choice: a certificate over a million recordings is smaller."""


def main(arguments: Sequence[str]) -> int:
    """Print what a certificate says; one that is not true is a fault, and nothing of it is printed."""
    parser = argparse.ArgumentParser(
        prog="callbox certificate", description="Whether a certificate is true, and what it says."
    )
    parser.add_argument(
        "file", type=Path, help="as `callbox shell certificate NAME` printed it; - reads it here"
    )
    parser.add_argument(
        "--public", metavar="KEY", type=Path, required=True, help="the office's copy of the box's signing.pub"
    )
    given = parser.parse_args(arguments)
    certificate, public = _read(given.file), _public(given.public)
    wrong = wrong_with(certificate, public)
    if wrong is not None:
        hint = "see that key and certificate are of the same box; if they are, call the controller"
        raise LogFault("log.certificate", f"this certificate is not to be believed: {wrong}", hint)
    for line in told(content_of(certificate)):
        print(line)
    return 0


def _read(path: Path) -> bytes:
    if str(path) == "-":
        return sys.stdin.buffer.read(MOST_BYTES)
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES)
    except OSError as error:
        raise _unreadable(path, error.strerror or "unreadable") from None


def _public(path: Path) -> bytes:
    try:
        return bytes.fromhex(_read(path).decode("ascii").strip())
    except ValueError:
        raise _unreadable(path, "it is no public key: 64 digits of 0-9 and a-f") from None


def _unreadable(path: Path, why: str) -> Refused:
    hint = "callbox shell certificate NAME > FILE makes one; the key is vault/signing.pub of the box"
    return Refused("refused.arguments", f"{path} cannot be read: {why}", hint)
