"""The screen's conversation with the keeper: taken up again whenever it ended, until the screen ends.

1. One thing is asked at a time, by a thread that nobody waits for: a keeper that is busy, stopped or gone freezes no
   screen and holds up no end.
2. Nothing is asked before the last answer is drawn: a terminal that stands still for a day gathers nothing.
3. A keeper that does not answer is asked again; one that refuses is not: the screen ends with what it said. A socket
   that lets nobody in is tried for a while: a keeper that begins opens it to persons a moment after it is there.
"""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Final

from firmware.faults import Fault, VaultFault
from firmware.shell.client import Client, connected

BEAT_S: Final = 0.5
"""Between two looks at what changes by itself; the recorder writes its levels once a second. Our choice."""

LEAST_S: Final = 0.2
"""Between two looks at least, also where a key that is held down asks for day after day; our choice."""

SOON_BEATS, LATE_BEATS = 4, 20
"""All is asked for again so many looks after it was last: where something was entered meanwhile, two seconds; else ten. Our choice."""

SHUT_BEATS: Final = 20
"""For so many looks a socket that lets nobody in is one that a keeper is just making; our choice."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the keeper answered, or why it did not; `whole` says that all of it was asked for, `bug` what nobody expected."""

    told: dict[str, Any] = field(default_factory=dict)
    trouble: str = ""
    refused: Fault | None = None
    bug: Exception | None = None
    whole: bool = False


class Link:
    """Asks again and again, and tells each answer to who started it."""

    def __init__(self, client: Client, path: str) -> None:
        """`client` is the conversation that is open; later ones are opened at the socket `path`."""
        self._client: Client | None = client
        self._path = path
        self._open = ExitStack()
        self._wake = threading.Event()
        self._taken = threading.Event()
        self._day: str | None = None
        self._entries: object = None
        self._due = True
        self._since = 0
        self._shut = 0

    def start(self, tell: Callable[[Heard], object], day: str | None) -> None:
        """Begin to ask; `tell` is called by another thread."""
        self._day = day
        threading.Thread(target=self._run, args=(tell,), daemon=True, name="callbox-link").start()

    def show(self, day: str | None) -> None:
        """Another day is wanted, `None` for whichever is today."""
        self._day = day
        self._due = True
        self._wake.set()

    def taken(self) -> None:
        """What was told last is drawn."""
        self._taken.set()

    def _run(self, tell: Callable[[Heard], object]) -> None:
        while True:
            heard = self._asked()
            self._taken.clear()
            tell(heard)
            self._taken.wait()
            if heard.refused is not None or heard.bug is not None:
                return
            time.sleep(LEAST_S)
            self._wake.wait(BEAT_S - LEAST_S)
            self._wake.clear()

    def _asked(self) -> Heard:
        """A look; a bug is handed to the screen, which ends with it: printed by this thread it would lie over the tables."""
        try:
            return self.ask()
        except Exception as bug:  # noqa: BLE001  the root of this thread
            return Heard(bug=bug)

    def ask(self) -> Heard:
        """Look once: at all of it where that is due, else at what changes by itself."""
        whole, self._due = self._due, False
        try:
            told = self._ask("all" if whole else "now")
        except VaultFault as fault:
            return self._let_go(fault)
        except Fault as fault:
            self._shut += 1
            if self._client is None and self._shut < SHUT_BEATS:
                return self._let_go(fault)
            return Heard(refused=fault)
        self._shut = 0
        self._since = 0 if whole else self._since + 1
        if whole:
            self._entries = told["entries"]
        soon = SOON_BEATS if told["entries"] != self._entries else LATE_BEATS
        self._due = self._due or self._since >= soon
        return Heard(told, whole=whole)

    def _ask(self, part: str) -> dict[str, Any]:
        if self._client is None:
            self._client = self._open.enter_context(connected(self._path))
        return dict(self._client.ask("watch", part=part, on=self._day).content)

    def _let_go(self, fault: Fault) -> Heard:
        """The next look opens another conversation, and asks for all."""
        self._client = None
        self._open.close()
        self._due = True
        return Heard(trouble=fault.message)
