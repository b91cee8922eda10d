"""A line that is spoken to: what a hook sensor would see, and what detectors will hear, in words.

    lift | replace                      the hook
    ring | ring-end | answered | recall
    caller-id NUMBER|withheld|unavailable
    dialled DIGITS
    class external|internal|exempt
    tone busy|dial|unobtainable|ringing

In process by `say`; from another process by lines at the ask's `source` (see `drivers.listener`).
A refusal never repeats what was said: it may be a telephone number.
"""

import re
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from drivers.facts import DriverError, Edge, Told
from drivers.line.contract import SensorAsk
from drivers.listener import Script

HOOK = {"lift": True, "replace": False}

VALUES = {
    "ring": "",
    "ring-end": "",
    "answered": "",
    "recall": "",
    "caller-id": r"\+?[0-9]{1,20}|withheld|unavailable",
    "dialled": r"[0-9*#]{1,32}",
    "class": "external|internal|exempt",
    "tone": "busy|dial|unobtainable|ringing",
}
"""Every word that is told on, with the form of its value."""


class ScriptLine:
    """The line of the demo and the tests; its hook is replaced at the start."""

    def __init__(self, ask: SensorAsk) -> None:
        self._ask = ask
        self._lifted = False
        self._take: Callable[[Edge | Told], None] | None = None
        self._lock = Lock()
        self._script = Script(Path(ask.source), self.say) if ask.source else None

    def say(self, text: str, stamp_ns: int | None = None) -> None:
        """One line of words, now or at an instant; an empty line says nothing. `DriverError` for other words."""
        word, _, value = text.strip().partition(" ")
        stamp_ns = time.monotonic_ns() if stamp_ns is None else stamp_ns
        if not word:
            return
        if word in HOOK and not value:
            self._move(stamp_ns, lifted=HOOK[word])
        elif word in VALUES and re.fullmatch(VALUES[word], value):
            self._tell(Told(word, value, stamp_ns))
        else:
            raise DriverError(
                f"a line is told one of {', '.join([*HOOK, *VALUES])}, with its value if it has one"
            )

    def start(self, take: Callable[[Edge | Told], None]) -> None:
        """From now on tell every edge and every word."""
        with self._lock:
            self._take = take

    def lifted(self) -> bool | None:
        """What the last word about the hook was."""
        return self._lifted

    def close(self) -> None:
        """Hear nothing more."""
        if self._script:
            self._script.close()
            self._script = None
        with self._lock:
            self._take = None

    def _move(self, stamp_ns: int, *, lifted: bool) -> None:
        """An edge, where the hook was not there already."""
        moved = self._lifted is not lifted
        self._lifted = lifted
        if moved:
            self._tell(Edge(self._ask.name, lifted is self._ask.lifted_high, stamp_ns))

    def _tell(self, fact: Edge | Told) -> None:
        with self._lock:
            if self._take:
                self._take(fact)
