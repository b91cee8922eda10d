"""A panel that is spoken to: `pause down`, `pause up`, `pause unplugged`, `pause short`.

In process by `say`; from another process by lines at the ask's `source` (see `drivers.listener`).
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock

from drivers.facts import DriverError, Edge
from drivers.listener import Script
from drivers.panel.contacts import Contacts
from drivers.panel.contract import PanelAsk


class ScriptPanel:
    """The panel of the demo and the tests; `shown` is what its lamps show."""

    def __init__(self, ask: PanelAsk) -> None:
        self.shown = dict.fromkeys(ask.outputs, False)
        self._contacts = Contacts(ask.inputs)
        self._take: Callable[[Edge], None] | None = None
        self._lock = Lock()
        self._script = Script(Path(ask.source), self.say) if ask.source else None

    def say(self, text: str, stamp_ns: int | None = None) -> None:
        """`BUTTON STATE`, now or at an instant; an empty line says nothing. `DriverError` for other words."""
        words = text.split()
        if not words:
            return
        if len(words) != 2:
            raise DriverError("a panel is told two words, BUTTON STATE")
        stamp_ns = time.monotonic_ns() if stamp_ns is None else stamp_ns
        with self._lock:
            for contact, high in self._contacts.change(words[0], words[1]):
                if self._take:
                    self._take(Edge(contact, high, stamp_ns))

    def start(self, take: Callable[[Edge], None]) -> None:
        """From now on tell every edge."""
        with self._lock:
            self._take = take

    def levels(self) -> dict[str, bool]:
        """Every contact's level."""
        with self._lock:
            return dict(self._contacts.levels)

    def show(self, outputs: Mapping[str, bool]) -> None:
        """Remember what is lit."""
        check_outputs(outputs, self.shown)
        self.shown.update(outputs)

    def close(self) -> None:
        """Darken everything and hear nothing more."""
        self.shown.update(dict.fromkeys(self.shown, False))
        if self._script:
            self._script.close()
            self._script = None
        with self._lock:
            self._take = None


def check_outputs(outputs: Mapping[str, bool], known: Mapping[str, object]) -> None:
    """Refuse an output that the panel was not asked for: a lamp that cannot light must not be believed lit."""
    if unknown := outputs.keys() - known.keys():
        raise DriverError(f"no such output: {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
