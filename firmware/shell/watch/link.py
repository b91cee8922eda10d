"""The screen's conversation with the keeper: taken up again whenever it ended, until the screen ends.

1. One thing is asked at a time, by a thread that nobody waits for: a keeper that is busy, stopped or gone freezes no
   screen and holds up no end.
2. A keeper that does not answer is asked again; one that refuses is not: the screen ends with what it said.
"""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Final

from firmware.faults import Fault, VaultFault
from firmware.shell.client import Client, connected

BEAT_S: Final = 0.5
"""Between two looks at what changes by itself; the recorder writes its levels once a second. Our choice."""

WHOLE_BEATS: Final = 20
"""After so many looks all is asked for again, though nothing was entered: ten seconds. Our choice."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the keeper answered, or why it did not; `whole` says that all of it was asked for."""

    told: dict[str, Any] = field(default_factory=dict)
    trouble: str = ""
    refused: Fault | None = None
    whole: bool = False


class Link:
    """Asks again and again, and tells each answer to who started it."""

    def __init__(self, client: Client, path: str) -> None:
        """`client` is the conversation that is open; later ones are opened at the socket `path`."""
        self._client: Client | None = client
        self._path = path
        self._open = ExitStack()
        self._wake = threading.Event()
        self._day: str | None = None
        self._entries: object = None
        self._beats = 0

    def start(self, tell: Callable[[Heard], object], day: str | None) -> None:
        """Begin to ask; `tell` is called by another thread."""
        self._day = day
        threading.Thread(target=self._run, args=(tell,), daemon=True, name="callbox-link").start()

    def show(self, day: str | None) -> None:
        """Another day is wanted, `None` for whichever is today."""
        self._day = day
        self._beats = 0
        self._wake.set()

    def _run(self, tell: Callable[[Heard], object]) -> None:
        while True:
            heard = self.ask()
            tell(heard)
            if heard.refused is not None:
                return
            self._wake.wait(BEAT_S)
            self._wake.clear()

    def ask(self) -> Heard:
        """Look once: at all of it where something was entered meanwhile, else at what changes by itself."""
        whole, day = self._beats <= 0, self._day
        try:
            told = self._ask("all" if whole else "now", day)
        except VaultFault as fault:
            self._let_go()
            return Heard(trouble=fault.message)
        except Fault as fault:
            return Heard(refused=fault)
        self._beats = WHOLE_BEATS if whole else self._beats - 1
        if told["entries"] != self._entries:
            self._entries = told["entries"]
            self._beats = self._beats if whole else 0
        return Heard(told, whole=whole)

    def _ask(self, part: str, day: str | None) -> dict[str, Any]:
        if self._client is None:
            self._client = self._open.enter_context(connected(self._path))
        return dict(self._client.ask("watch", part=part, on=day).content)

    def _let_go(self) -> None:
        """The next look opens another conversation, and asks for all."""
        self._client = None
        self._open.close()
        self._beats = 0
