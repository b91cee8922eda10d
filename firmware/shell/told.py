"""The keeper is told how much of a copy really went: whatever ended the sending, and whichever keeper is there by then.

1. Bytes that went are bytes that the reader's pipe took; what ssh did with them on the way, nobody here knows.
2. A hang-up, a termination or Ctrl-C takes the reader away, and what went is told as where he went himself: nothing is
   interrupted between a byte's going and its being counted. A kill cannot be told: then the keeper enters what was read of
   the body, as it does beside what is told.
3. Where the keeper has ended meanwhile, its next one is told. Where none comes, that is said: the copy is in the log, how
   much of it went is not.
"""

import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from typing import Final

from firmware.faults import VaultFault
from firmware.shell.client import Client, connected
from firmware.shell.sending import Out

TRIES: Final = 40
PAUSE_S: Final = 0.25
"""Ten seconds in all, our choice: systemd starts a keeper again within a second or two."""

SIGNALLED: Final = 128
"""What a shell adds to the number of the signal that ended a command."""


@dataclass(slots=True)
class _Leaving:
    """What a signal does here, and which one came."""

    out: Out
    number: int = 0

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        """From now on nobody reads: a write that waits, and the next one, find a broken pipe (rule 2)."""
        self.number = number
        reader, writer = os.pipe()
        os.close(reader)
        os.dup2(writer, self.out.descriptor)
        os.close(writer)


@contextmanager
def telling(client: Client, copy: str, out: Out) -> Iterator[None]:
    """While this lasts a copy is sent; at its end the keeper is told how much went."""
    leaving = _Leaving(out)
    for each in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
        signal.signal(each, leaving)
    try:
        yield
    finally:
        tell(client, copy, out.count)
        if leaving.number:
            raise SystemExit(SIGNALLED + leaving.number)


def tell(client: Client, copy: str, count: int) -> None:
    """Tell the keeper how many bytes of a copy went, or the one that comes after it (rule 3)."""
    if not asked(client, "sent", copy=copy, bytes=count):
        raise VaultFault(
            "vault.keeper-absent",
            f"{count} bytes went out as copy {copy}, but the keeper ended meanwhile and could not be told so",
            "what arrived can be used; the log has the copy, and not how much of it went. systemctl start callbox-keeper",
        )


def asked(client: Client, verb: str, **fields: object) -> bool:
    """Ask the keeper, or the one that comes after it; whether one answered. What it refuses is raised."""
    try:
        client.ask(verb, **fields)
    except VaultFault:
        return _next_asked(client.door, verb, fields)
    return True


def _next_asked(door: str, verb: str, fields: Mapping[str, object]) -> bool:
    for _ in range(TRIES):
        time.sleep(PAUSE_S)
        with suppress(VaultFault), connected(door) as client:
            client.ask(verb, **fields)
            return True
    return False
