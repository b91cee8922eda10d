"""One run: ask the keeper what is open, tell whoever is to be told, say in a word what became of it, and end.

A keeper that does not answer in two runs is itself a fault, told with what it last said of the relay.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from firmware.alarms import Owner
from firmware.faults import Fault, VaultFault
from firmware.mail import kept as keeping
from firmware.mail.asking import ask
from firmware.mail.kept import Kept
from firmware.mail.news import Open
from firmware.mail.relay import NotSentError, Relay
from firmware.mail.telling import Place, Seen, tell

SOCKET: Final = "/run/callbox/keeper.sock"


def main(argv: Sequence[str]) -> int:
    """One run; 0 where everything that was to be sent was taken."""
    arguments = _arguments(argv)
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    place = Place(arguments.state, Path(credentials) if credentials else None)
    try:
        return _run(arguments.socket, place, keeping.read(place.state))
    except Fault as fault:
        return _say(fault)
    except OSError as error:
        unkept = f"what was told cannot be kept in {place.state} ({error.strerror}), so nothing is sent"
        return _say(VaultFault("vault.disk", unkept, "look at room and health of the disk: df -h, dmesg"))


def _say(fault: Fault) -> int:
    print(f"callbox-mail: {fault}", file=sys.stderr)
    return fault.exit_status


def _run(socket: str, place: Place, before: Kept) -> int:
    try:
        answer = ask(socket, "mail")
    except VaultFault as fault:
        _tell_absence(place, before, fault)
        raise
    known = replace(before, answer={name: answer[name] for name in ("office", "relay", "to")}, absent_ns=None)
    if answer["relay"] is None:
        keeping.write(place.state, Kept())
        return 0
    found = [Open.of(each) for each in answer["alarms"]]
    failure = tell(place, known, Seen(found, answer["now_ns"], whole=True))
    ask(socket, "mailed", outcome=failure.outcome if failure else "sent")
    return _ended(failure, known)


def _ended(failure: NotSentError | None, known: Kept) -> int:
    if failure is not None:
        raise failure.fault(Relay.of((known.answer or {})["relay"]))
    return 0


def _tell_absence(place: Place, before: Kept, fault: VaultFault) -> None:
    """Nothing the first time: a keeper that begins anew is back within a minute."""
    if before.answer is None:
        return
    if before.absent_ns is None:
        keeping.write(place.state, replace(before, absent_ns=time.time_ns()))
        return
    message = "the keeper does not answer: nothing is taken in, handed out or destroyed"
    absence = Open(
        fault.code,
        "keeper",
        message,
        fault.hint,
        before.absent_ns,
        str(Owner.DISK),
        silenced=False,
        controller=True,
    )
    failure = tell(place, before, Seen([absence], time.time_ns(), whole=False))
    _ended(failure, before)


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="firmware.mail", description="mail open faults, once")
    parser.add_argument("--socket", default=SOCKET, help="where the keeper listens")
    state = os.environ.get("STATE_DIRECTORY", "")
    parser.add_argument(
        "--state", type=Path, default=Path(state), required=not state, help="where it keeps what was told"
    )
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
