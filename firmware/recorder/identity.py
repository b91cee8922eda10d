"""Which telephone is at which card: confirmed by a person who lifted each, until a card is plugged in anew.

Rules of this module:

1. A card is known by the socket it is plugged into; two of one make cannot be told apart otherwise.
2. A line is confirmed as long as its card is in the socket it was confirmed at, and was not
   unplugged since. A start of the machine counts all cards anew: after it the socket alone counts.
3. What has no socket (a file, a PCM of a trial) has no identity to confirm.
4. The file is written by `callbox lines --walk` alone; what cannot be read confirms nothing.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from drivers.audio import alsa
from firmware.faults import DeviceFault
from firmware.settings.model import Line, Tap

FORMAT = 1
NAME = "sockets.json"


@dataclass(frozen=True, slots=True)
class Plug:
    """Where a card is plugged in, the address that its plugging got, and in which boot."""

    socket: str
    plugging: str | None
    boot: str

    def still(self, confirmed: "Plug") -> bool:
        """Whether this is the plug that was confirmed, not pulled since."""
        same = self.boot != confirmed.boot or self.plugging == confirmed.plugging
        return self.socket == confirmed.socket and same


def plug_of(tap: Tap, boot: str) -> Plug | None:
    """How a tap's card is plugged in now; None where it is not there or has no socket."""
    socket = None if tap.kind == "wav" else alsa.socket(tap.card)
    return None if socket is None else Plug(socket, alsa.plugging(tap.card), boot)


def read(path: Path) -> dict[str, Plug]:
    """The confirmed plug of each line."""
    try:
        told = json.loads(path.read_text())
        if told["format"] != FORMAT:
            return {}
        return {str(name): Plug(**each) for name, each in told["lines"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def write(path: Path, plugs: Mapping[str, Plug]) -> None:
    """Replace the file whole; whoever records may read it."""
    fresh = path.with_suffix(".new")
    told = {"format": FORMAT, "lines": {name: asdict(plug) for name, plug in plugs.items()}}
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    with os.fdopen(fd, "w") as file:
        os.fchmod(fd, 0o644)
        json.dump(told, file)
        file.flush()
        os.fsync(fd)
    fresh.rename(path)


class Identity:
    """Looks once in a while whether every line's card is still where it was confirmed."""

    def __init__(self, path: Path, lines: Iterable[Line], taps: Iterable[Tap]) -> None:
        self._path = path
        self._taps = {tap.name: tap for tap in taps}
        self._lines = [line for line in lines if self._taps[line.tap].kind != "wav"]
        self.faults: tuple[DeviceFault, ...] = ()

    def look(self, boot: str) -> None:
        """Look at the cards and at the file."""
        plugs = {name: plug_of(tap, boot) for name, tap in self._taps.items()}
        confirmed = read(self._path) if any(plugs.values()) else {}
        self.faults = tuple(self._unconfirmed(plugs, confirmed))

    def _unconfirmed(
        self, plugs: Mapping[str, Plug | None], confirmed: Mapping[str, Plug]
    ) -> Iterator[DeviceFault]:
        for line in self._lines:
            plug, before = plugs[line.tap], confirmed.get(line.name)
            if plug is not None and (before is None or not plug.still(before)):
                card = self._taps[line.tap].card
                what = (
                    "was never confirmed" if before is None else "was plugged in anew and not confirmed since"
                )
                yield DeviceFault(
                    "device.line-unconfirmed",
                    f"line {line.name}: which telephone is at its card {card} {what}",
                    "sudo callbox lines --walk: lift each phone once",
                    about=f"line {line.name}",
                )
