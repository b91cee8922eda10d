"""The recordings of one line that are not finished yet, and what orders do to them.

A recording is *open* while samples come, *closed* until no late cut can reach it,
*settled* until its last part is durable, and then the finisher's. A discarded
one leaves a finished record, so that no restart brings it back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from firmware.call.orders import Cut, Part
from firmware.sealing.facts import LATE_CUT, Gap
from firmware.sealing.flac import Samples
from firmware.sealing.making import Making
from firmware.sealing.records import Record, finished

ALL: Final = Gap(0, 1 << 62, LATE_CUT)
"""All of a recording, however long."""


@dataclass(slots=True)
class Entry:
    """One recording in the making, from which position on, and how far it has come."""

    making: Making
    begins: int
    settled: bool = False
    flushed: bool = False
    handed_over: bool = False


class Makings:
    """All recordings in the making of one line, by part."""

    def __init__(self) -> None:
        self._entries: dict[Part, Entry] = {}
        self._current: Entry | None = None
        self._last: Part | None = None
        self._leftover: list[Record] = []
        self._discarded: set[str] = set()
        self.tainted: int | None = None

    def open(self, at: int, part: Part, making: Making) -> None:
        """A recording begins at a position."""
        self._current = self._entries[part] = Entry(making, at)
        self._last = part

    def predecessor(self, *, continues: bool) -> str | None:
        """The id of the recording that the next one continues."""
        entry = self._entries.get(self._last) if continues and self._last else None
        return entry.making.id if entry else None

    def keep(self, samples: Samples) -> None:
        """Samples of shape (frames, sides) go into the open recording."""
        if self._current is not None:
            self._current.making.keep(samples)

    def gap(self, frames: int, reason: str, keys: int = 0) -> None:
        """So many frames of silence go into the open recording, in place of so many keys."""
        if self._current is not None:
            self._current.making.gap(frames, reason, keys)

    def close(self, part: Part, why: str) -> None:
        """The recording of a part has come to its end."""
        self._entries[part].making.close(why)
        self._current = None

    def cut(self, cut: Cut) -> None:
        """Every recording not yet handed over loses what lies behind the cut's start."""
        for entry in self._entries.values():
            start = max(0, cut.at - entry.begins)
            if not entry.handed_over and start < entry.making.samples:
                entry.making.late_cut(start)
                self._taint(entry.making)

    def discard(self, part: Part) -> None:
        """Nothing of a part may remain."""
        entry = self._entries.pop(part, None)
        if entry is None:
            return
        if self._current is entry:
            self._current = None
        self._taint(entry.making)
        self._leftover.append(finished(entry.making.id))
        self._discarded.add(entry.making.id)

    def settle(self, part: Part, details: Mapping[str, object] | None) -> None:
        """No press can reach a part any more; `details` are the numbers as known by now."""
        if part in self._entries:
            self._entries[part].making.tell(details)
            self._entries[part].settled = True

    def records(self) -> list[Record]:
        """What the next commit must hold."""
        made: list[Record] = []
        for entry in self._entries.values():
            if not entry.handed_over:
                made += entry.making.records()
                entry.flushed = entry.settled
        made += self._leftover
        self._leftover = []
        return made

    def ready(self) -> list[Making]:
        """After a commit became durable: the settled recordings of which nothing is left to commit."""
        ready = [each for each in self._entries.values() if each.flushed and not each.handed_over]
        for entry in ready:
            entry.handed_over = True
        return [entry.making for entry in ready]

    def forget(self, name: str) -> None:
        """A recording is decided: its key is let go."""
        self._entries = {part: each for part, each in self._entries.items() if each.making.id != name}

    def decided(self, name: str) -> None:
        """The finished record of a recording is durable: a discarded one cannot come back any more."""
        self._discarded.discard(name)

    @property
    def left_out(self) -> dict[str, list[Gap]]:
        """What no restart may salvage: of each recording the late cuts, or all of a discarded one."""
        if self.tainted is None:  # nothing was ever cut or discarded
            return {}
        cuts = {each.making.id: list(each.making.cuts) for each in self._entries.values() if each.making.cuts}
        return cuts | {name: [ALL] for name in self._discarded}

    def _taint(self, making: Making) -> None:
        self.tainted = max(self.tainted or 0, making.live.generation)

    @property
    def oldest_generation(self) -> int | None:
        """The oldest live key under which anything here is still open."""
        return min((each.making.live.generation for each in self._entries.values()), default=None)

    @property
    def settled(self) -> bool:
        """Whether a recording is about to go to the finisher."""
        return any(entry.settled and not entry.handed_over for entry in self._entries.values())

    @property
    def leaving(self) -> bool:
        """Whether a closed recording is on its way out, so that room will come of it."""
        return any(entry is not self._current for entry in self._entries.values())

    @property
    def open_since(self) -> int | None:
        """When the open recording began, on the boot clock, in nanoseconds."""
        return self._current.making.facts.began.boottime_ns if self._current else None

    @property
    def ids(self) -> frozenset[str]:
        """The recordings that are not decided yet."""
        return frozenset(each.making.id for each in self._entries.values())
