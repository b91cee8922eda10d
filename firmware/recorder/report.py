"""What a tick says to the outside: faults, lamps, and the notes in the run directory."""

from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware.call.events import Reason
from firmware.call.lamp import Lamp
from firmware.call.rules import Note, Standing
from firmware.clock import Clock, Stamp
from firmware.faults import DeviceFault, Fault, VaultFault
from firmware.recorder import notes
from firmware.recorder.ailments import Ailments
from firmware.recorder.context import Context
from firmware.recorder.desks import DeskWork
from firmware.recorder.line import LineWork
from firmware.recorder.seals import SLOW_NS, Seals
from firmware.recorder.taps import TapWatch
from firmware.sealing.facts import Gap, stamp_json

LOOK_NS = 500_000_000
"""How often it is looked whether time alone has changed what a lamp says."""

AGAIN_NS = 1_000_000_000
"""How often the notes are written where nothing but levels has changed."""

REMIND_NS = 90_000_000_000
"""A pause this old is reminded of (DESIGN section 4)."""

_LAMPS = {
    Reason.RECORDED: Lamp.RECORDING,
    Reason.PAUSED: Lamp.PAUSED,
    Reason.LATE_CUT: Lamp.PAUSED,
    Reason.OPTED_OUT: Lamp.OPTED_OUT,
    Reason.NOT_ANSWERED: Lamp.UNDECIDED,
    Reason.BUTTON_LOST: Lamp.FAULT,
    Reason.LOST_SAMPLES: Lamp.FAULT,
    Reason.LOST_RESTARTED: Lamp.FAULT,
    Reason.LOST_DISK: Lamp.FAULT,
    Reason.LOST_NOT_ARMED: Lamp.FAULT,
}
"""Every other reason is dark: nothing is recorded, and nothing is wrong.

An answer that is heard reaches back over what was not yet answered, so that is never dark.
"""


@dataclass(frozen=True, slots=True)
class _Said:
    """What the notes say of one line; the lamp follows from it."""

    standing: Standing
    note: Note
    call: str | None
    lamp: Lamp


class Report:
    """Says how things stand, and only what is true: recording is what is being committed."""

    def __init__(
        self,
        path: Path,
        context: Context,
        seals: Seals,
        device_faults: Sequence[DeviceFault],
        ailments: Ailments,
    ) -> None:
        self.lamps: dict[str, Lamp] = {}
        self._path = path
        self._context = context
        self._seals = seals
        self._device_faults = device_faults
        self._ailments = ailments
        self._since: dict[str, int] = {}
        self._until: dict[str, int] = {}
        self._earlier: dict[str, list[tuple[int, int]]] = {}
        self._said: dict[str, _Said] = {}
        self._promised: tuple[object, ...] = ()
        self._told: dict[str, Any] = {}
        self._looked = 0
        self._written = 0

    @property
    def _clock(self) -> Clock:
        return self._context.clock

    def faults(
        self,
        taps: Collection[TapWatch],
        desks: Iterable[DeskWork],
        blocked: Iterable[Fault | None],
        *,
        armed: bool,
    ) -> list[Fault]:
        """Everything that is wrong now."""
        found: list[Fault | None] = [*self._device_faults, *(tap.fault for tap in taps)]
        found += [fault for desk in desks for fault in desk.faults.values()]
        found += self._ailments.faults({tap.tap.name for tap in taps if not tap.hears})
        found += [*blocked, self._slow(), None if armed else _not_armed()]
        return [fault for fault in found if fault is not None]

    def _slow(self) -> VaultFault | None:
        if self._seals.busy_ns < SLOW_NS:
            return None
        seconds = self._seals.busy_ns / 1e9
        hint = "the disk is slow or failing: dmesg, smartctl -a"
        return VaultFault("vault.commit-slow", f"a commit has taken {seconds:.0f} s so far", hint)

    def write(
        self,
        lines: Mapping[str, LineWork],
        lost: Container[str],
        desks: Sequence[DeskWork],
        faults: Callable[[], Sequence[Fault]],
    ) -> None:
        """Replace the notes where they changed, and every second; only then do the lamps follow."""
        now = self._clock.monotonic_ns()
        stirred = [line.machine.stirred() for line in lines.values()]
        promised = self._promises(lines, desks)
        if not any(stirred) and promised == self._promised and now - self._looked < LOOK_NS:
            return
        self._looked = now
        said = {name: self._say(line, now, lost=name in lost) for name, line in lines.items()}
        if (said, promised) == (self._said, self._promised) and now - self._written < AGAIN_NS:
            return
        stamp = self._clock.stamp()
        lamps = {name: each.lamp for name, each in said.items()}
        told = {
            "at": stamp_json(stamp),
            "lines": {name: self._line(name, line, said[name], stamp) for name, line in lines.items()},
            "desks": {desk.name: [lamp.name for lamp in desk.lamps(lamps)] for desk in desks},
            "armed": _armed(desks, stamp.boottime_ns - now),
            "live": self._live(lines),
            "left_out": notes.left_out_json(self._left_out(lines)),
            "handing": self._context.coverage.handing,
            "faults": [_told(each) for each in faults()],
        }
        notes.write(self._path, told)
        self._said, self._promised, self._told = said, promised, told
        self._written, self.lamps = now, lamps

    def leave(self, lines: Mapping[str, LineWork], looked: Stamp) -> None:
        """The last notes of a clean stop: how everything stood when it was looked at last, what was accounted
        for and finished since. Finishing takes a while, in which nobody sees a phone hung up and lifted again.
        """
        self._told["at"] = stamp_json(looked)
        self._told["live"] = self._live(lines)
        self._told["handing"] = self._context.coverage.handing
        for name, line in self._told["lines"].items():
            line["accounted_ns"] = self._context.coverage.accounted.get(name, 0)
        notes.write(self._path, self._told)

    def _promises(self, lines: Mapping[str, LineWork], desks: Sequence[DeskWork]) -> tuple[object, ...]:
        """What no restart may forget, besides how the lines stand."""
        arming = tuple(desk.arming for desk in desks)
        return arming, self._tainted(lines), self._left_out(lines), self._context.coverage.handing

    def _left_out(self, lines: Mapping[str, LineWork]) -> dict[str, list[Gap]]:
        found = dict(self._seals.left_out)
        for line in lines.values():
            found.update(line.makings.left_out)
        return found

    def _tainted(self, lines: Mapping[str, LineWork]) -> int | None:
        tainted = [self._seals.tainted, *(line.makings.tainted for line in lines.values())]
        return max((each for each in tainted if each is not None), default=None)

    def _live(self, lines: Mapping[str, LineWork]) -> dict[str, int | None]:
        oldest = [self._seals.oldest, *(line.makings.oldest_generation for line in lines.values())]
        return {
            "using": self._seals.using,
            "oldest": min((each for each in oldest if each is not None), default=None),
            "tainted": self._tainted(lines),
        }

    def _say(self, line: LineWork, now: int, *, lost: bool) -> _Said:
        standing = line.machine.standing
        return _Said(standing, line.machine.note(), line.call_id, self._lamp(line, standing, now, lost=lost))

    def _line(self, name: str, line: LineWork, said: _Said, stamp: Stamp) -> dict[str, Any]:
        standing = said.standing
        self._note_hook(name, stamp.boottime_ns, off_hook=standing.off_hook)
        paused = _paused_for(line, standing, self._clock.monotonic_ns())
        return {
            "lamp": said.lamp.name,
            "level_db": round(line.meter(), 1),
            **self._ailments.figures(name),
            "off_hook": standing.off_hook,
            "in_call": standing.in_call,
            "undecided": standing.undecided,
            "reason": standing.reason,
            "withheld": standing.reason not in {None, Reason.RECORDED},
            "why": standing.reason,
            "class": said.note.call_class,
            "call": said.call,
            "paused_ns": paused,
            "since_ns": self._since.get(name, 0),
            "until_ns": self._until[name],
            "earlier": self._earlier.get(name, []),
            "accounted_ns": self._context.coverage.accounted.get(name, 0),
            "note": notes.note_json(said.note),
        }

    def _note_hook(self, name: str, now: int, *, off_hook: bool) -> None:
        """When the line last came off the hook, and when it was back: 0 while it is off; stretches before it stay
        until they are accounted for.
        """
        accounted = self._context.coverage.accounted.get(name, 0)
        if off_hook and self._until.get(name, 1):
            self._earlier.setdefault(name, []).extend(
                [(self._since[name], self._until[name])] if name in self._since else []
            )
            self._since[name], self._until[name] = now, 0
        elif not off_hook and not self._until.get(name):
            self._until[name] = now
            self._since.setdefault(name, now)
        if self._earlier.get(name):
            self._earlier[name] = [each for each in self._earlier[name] if each[1] > accounted]

    def _lamp(self, line: LineWork, standing: Standing, now: int, *, lost: bool) -> Lamp:
        if now < line.refused_until:
            return Lamp.REFUSED
        if standing.undecided and standing.reason is Reason.RECORDED:
            return Lamp.UNDECIDED
        lamp = _LAMPS.get(standing.reason, Lamp.DARK) if standing.reason else Lamp.DARK
        if lamp is Lamp.RECORDING and (lost or self._seals.busy_ns > SLOW_NS):
            return Lamp.FAULT
        if lamp is Lamp.PAUSED and (_paused_for(line, standing, now) or 0) >= REMIND_NS:
            return Lamp.REMIND
        return Lamp.FAULT if lamp is Lamp.DARK and lost else lamp


def _told(fault: Fault) -> dict[str, object]:
    return {
        "code": fault.code,
        "about": fault.about,
        "message": fault.message,
        "hint": fault.hint,
        "extent": fault.extent,
    }


def _paused_for(line: LineWork, standing: Standing, now: int) -> int | None:
    if standing.paused_at is None:
        return None
    return max(0, now - line.intake.instant(standing.paused_at))


def _armed(desks: Sequence[DeskWork], to_boottime: int) -> dict[str, dict[str, int | bool]]:
    armed = {desk.name: desk.arming for desk in desks}
    return {
        name: {"at_ns": each.at + to_boottime, "opt_out": each.opt_out}
        for name, each in armed.items()
        if each is not None
    }


def _not_armed() -> VaultFault:
    hint = "it takes one proved recipient (callbox shell recipient) and a clock that was trusted once (timedatectl)"
    return VaultFault("vault.not-armed", "no line is recorded: the box is not armed", hint)
