"""Keys of a terminal stand for a desk's buttons, for trying things out.

    p   pause: pressed and released        o   opt-out: pressed and released
    P   pause: held; again: let go         O   opt-out: held; again: let go

Any other key, and a button that the desk does not have, does nothing. A terminal is put
into cbreak mode (keys at once, no echo, Ctrl-C still works) and given back as it was.
"""

import contextlib
import os
import termios
import tty
from collections.abc import Callable, Mapping

from drivers.facts import Edge
from drivers.listener import Listener
from drivers.panel.contract import PanelAsk
from drivers.panel.script_panel import ScriptPanel

KEYS = {"p": "pause", "o": "opt_out"}
"""The key of each button by its name in the ask; the capital holds it."""


class KeyboardPanel:
    """Keys from a descriptor, which stays the caller's; `shown` is what its lamps show."""

    def __init__(self, ask: PanelAsk) -> None:
        self._fd = int(ask.source or "0")
        self._keys = {key: button for key, button in KEYS.items() if button in ask.inputs}
        self._held: set[str] = set()
        self._panel = ScriptPanel(PanelAsk(ask.inputs, ask.outputs))
        self._before = termios.tcgetattr(self._fd) if os.isatty(self._fd) else None
        if self._before:
            tty.setcbreak(self._fd)
        self._listener: Listener | None = Listener(os.dup(self._fd), self._press)

    @property
    def shown(self) -> Mapping[str, bool]:
        """What the lamps show."""
        return self._panel.shown

    def start(self, take: Callable[[Edge], None]) -> None:
        """From now on tell every edge, on the thread that reads the keys."""
        self._panel.start(take)

    def levels(self) -> dict[str, bool]:
        """Every contact's level."""
        return self._panel.levels()

    def show(self, outputs: Mapping[str, bool]) -> None:
        """Remember what is lit."""
        self._panel.show(outputs)

    def close(self) -> None:
        """Read no more keys and give the terminal back as it was."""
        if self._listener:
            self._listener.close()
            self._listener = None
        if self._before:
            with contextlib.suppress(termios.error):  # the terminal has gone
                termios.tcsetattr(self._fd, termios.TCSADRAIN, self._before)
            self._before = None
        self._panel.close()

    def _press(self, came: bytes, stamp_ns: int) -> None:
        """One key after the other."""
        for key in came.decode("ascii", "replace"):
            if button := self._keys.get(key.lower()):
                for state in self._states(key, button):
                    self._panel.say(f"{button} {state}", stamp_ns)

    def _states(self, key: str, button: str) -> tuple[str, ...]:
        """What a key does to its button."""
        if key.islower():
            self._held.discard(button)
            return ("down", "up")
        self._held ^= {button}
        return ("down",) if button in self._held else ("up",)
