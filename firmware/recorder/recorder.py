"""One recorder: everything of it that happens in a tick, in its order.

Rules of this module:

1.  A tick: what foreign threads saw, samples, levels, events, orders, commits, notes, lamps.
2.  An edge is acted upon at once, between ticks: note (with what is left out by it), then lamp.
3.  A line whose sensor or panel could not be opened is withheld: a hook that cannot
    be seen is taken as never lifted, a button that cannot be pressed as lost.
4.  Progress is: every line is decided up to now, or declared lost. Only then is the
    watchdog fed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from drivers.facts import Edge, Told
from firmware.call import events as ev
from firmware.clock import Clock
from firmware.faults import Fault, VaultFault
from firmware.recorder import notes, restart
from firmware.recorder.ailments import Ailments
from firmware.recorder.context import Context
from firmware.recorder.coverage import Coverage
from firmware.recorder.desks import DeskWork
from firmware.recorder.devices import Devices
from firmware.recorder.grave import Grave
from firmware.recorder.hearing import hearings
from firmware.recorder.inbox import Inbox, Mail
from firmware.recorder.intake import LineIntake, Wiper, batches
from firmware.recorder.line import LineWork
from firmware.recorder.published import Published
from firmware.recorder.report import Report
from firmware.recorder.seals import BEHIND_NS, Seals
from firmware.recorder.sensors import SensorWork
from firmware.recorder.taps import TapWatch
from firmware.sealing.recipients import parse
from firmware.settings.model import Settings

TICK_NS = 250_000_000
TICKS_A_LOOK = 4
"""Ticks between two looks at what changes slowly: a second."""

BEHIND_SECONDS = 5
"""A line decided no further than this before now makes no progress."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where a recorder writes and reads."""

    data: Path
    run: Path

    @property
    def spool(self) -> Path:
        """What waits for the keeper."""
        return self.data / "spool"

    @property
    def lines(self) -> Path:
        """The notes that a restart reads."""
        return self.run / "lines"


class Recorder:
    """All lines of one box."""

    def __init__(self, settings: Settings, folders: Folders, clock: Clock, devices: Devices) -> None:
        self.inbox = Inbox()
        self._clock = clock
        self._published = Published(folders.data / "published")
        before = notes.read(folders.lines)
        self.seals = Seals(folders.data / "live.log", folders.spool, clock, before.left_out if before else {})
        self._published.at_least = self.seals.using or 0
        self._context = Context(
            settings=settings,
            clock=clock,
            recipients=[parse(each.key) for each in settings.recipients],
            coverage=Coverage(folders.spool, before.handing if before else ()),
            notice=self._published.read(),
        )
        self._taps = {
            tap.name: TapWatch(tap, devices.start_tap, partial(devices.present, tap), clock)
            for tap in settings.taps
            if any(line.tap == tap.name for line in settings.recorded_lines)
        }
        intakes = {line.name: LineIntake(line, self._taps[line.tap].feed) for line in settings.recorded_lines}
        self._batches = batches(list(intakes.values()))
        self._wipers = [Wiper(tap.feed, list(intakes.values())) for tap in self._taps.values()]
        self.lines = {
            line.name: LineWork(line, intakes[line.name], self._context) for line in settings.recorded_lines
        }
        ailments = self._ailments = Ailments(settings, folders.data, clock)
        self._hearings = hearings(list(self.lines.values()), ailments)
        self._sensors = self._open_sensors(devices)
        self._desks = self._open_desks(devices)
        self._report = Report(folders.lines, self._context, self.seals, devices.faults, ailments)
        self._grave = Grave(folders.run, self._desks)
        self._full: VaultFault | None = None
        self._armed = self._spent = False
        self._ticks = 0
        self._blocked: dict[str, bool] = dict.fromkeys(self.lines, False)
        self._recover(before)
        self._listen(devices)

    def _open_sensors(self, devices: Devices) -> dict[str, SensorWork]:
        return {
            name: SensorWork(self.lines[name], sensor, self.lines[name].line.hook, self._clock)
            for name, sensor in devices.sensors.items()
            if self.lines[name].line.hook is not None
        }

    def _open_desks(self, devices: Devices) -> list[DeskWork]:
        return [
            DeskWork(desk, devices.panels.get(desk.name), self.lines, self._clock)
            for desk in self._context.settings.desks
        ]

    def _listen(self, devices: Devices) -> None:
        for name, panel in devices.panels.items():
            panel.start(partial(self._put, "desk", name))
        for name, sensor in devices.sensors.items():
            sensor.start(partial(self._put, "line", name))
        for desk in self._desks:
            desk.begin()

    def _put(self, source: str, name: str, fact: Edge | Told) -> None:
        self.inbox.put(Mail(source, name, fact))

    def _recover(self, before: notes.Before | None) -> None:
        """Take up what the notes promise, and account for the time in between."""
        now = self._clock.stamp()
        self._arm()
        for name, line in self.lines.items():
            note = restart.note_of(before, name, now, exempt=bool(self._context.settings.exempt))
            sensor = self._sensors.get(name)
            line.machine.recover(note, lifted=sensor.lifted if sensor else line.line.hook is None)
            if before and note and note.in_call and line.machine.standing.in_call:
                line.carried = before.lines[name].call
            if before:
                for row in restart.absence(before, name, self.seals.cuts, now):
                    self._context.coverage.add(row, self._clock.monotonic_ns())
        if before:
            restart.rearm(self._desks, before, now, self._clock.monotonic_ns())
            self.seals.tainted = max(before.tainted or 0, self.seals.tainted or 0) or None
        self._context.coverage.flush(self._clock.monotonic_ns(), at_once=True)

    def _look_round(self) -> None:
        """What need not be looked at in every tick: what was published, how full the log is, coverage."""
        self._arm()
        self._ailments.look()
        self._grave.look(self.faults)
        self._full, self._spent = self.seals.full(), self.seals.spent
        if self.seals.filling and not any(line.makings.leaving for line in self.lines.values()):
            self._finish_oldest()
        for line in self.lines.values():
            line.account()
        self._context.coverage.flush(self._clock.monotonic_ns())

    def _arm(self) -> None:
        """Look at what the keeper published: the live key in use, and whether lines are armed."""
        notice = self._context.notice = self._published.read()
        if notice.live is not None:
            self._published.at_least = notice.live.generation
            self.seals.use(notice.live.generation)
        if notice.armed and not self._armed:
            self._armed = True
            for line in self.lines.values():
                line.take(ev.Armed(line.intake.ring.end))

    def tick(self) -> None:
        """One tick."""
        if self._ticks % TICKS_A_LOOK == 0:
            self._look_round()
        self._ticks += 1
        self.react()
        for tap in self._taps.values():
            tap.tick()
        self._move()
        for desk in self._desks:
            desk.tick()
        for sensor in self._sensors.values():
            sensor.tick()
        for line in self.lines.values():
            self._advance(line)
        self._seal()
        self._show()

    def react(self) -> None:
        """Act upon what foreign threads saw, at once: note first, then lamp."""
        mail = self.inbox.take()
        for each in mail:
            at = self._clock.from_raw(each.fact.stamp_ns)
            if each.source == "line":
                self._sensors[each.name].take(each.fact, at)
            else:
                next(desk for desk in self._desks if desk.name == each.name).take(each.fact, at)
        if mail:
            for line in self.lines.values():
                self._advance(line)
            self._show()

    def _move(self) -> None:
        """Bring all lines as far as their cards have come, and let their machines know what they hear."""
        for batch in self._batches:
            batch.move()
        for wiper in self._wipers:
            wiper.wipe()
        for line in self.lines.values():
            line.miss()
        for tap in self._taps.values():
            tap.feed.missing.clear()
        for hearing in self._hearings:
            hearing.listen()

    def _advance(self, line: LineWork) -> None:
        line.advance()
        began, line.began = line.began, []
        for position in began:
            for desk in self._desks:
                desk.call_began(line, position)

    def _seal(self) -> None:
        self._account_for_settled()
        makings = [line.makings for line in self.lines.values()]
        self.seals.tick(makings)
        behind, full = self._spent or self.seals.busy_ns > BEHIND_NS, self._full is not None
        for name, line in self.lines.items():
            self._block(name, line, blocked=behind or (full and line.makings.open_since is None))

    def _account_for_settled(self) -> None:
        """What became of a call is handed on before its recording is decided: no crash comes between."""
        settled = [line for line in self.lines.values() if line.makings.settled]
        for line in settled:
            line.account(whole=True)
        if settled:
            self._context.coverage.flush(self._clock.monotonic_ns(), at_once=True)

    def _block(self, name: str, line: LineWork, *, blocked: bool) -> None:
        if blocked is not self._blocked[name]:
            self._blocked[name] = blocked
            at = line.intake.ring.end
            line.take(ev.DiskBehind(at) if blocked else ev.DiskBack(at))

    def _finish_oldest(self) -> None:
        """The live log fills: the call that has been open longest goes on as another recording."""
        open_lines = [line for line in self.lines.values() if line.makings.open_since is not None]
        if open_lines:
            oldest = min(open_lines, key=lambda line: line.makings.open_since or 0)
            oldest.obey(oldest.machine.roll_over("live log filling"))

    @property
    def progressing(self) -> bool:
        """Whether every line is decided up to now or declared lost."""
        now = self._clock.monotonic_ns()
        behind = BEHIND_SECONDS * 1_000_000_000
        return all(
            self._taps[line.line.tap].lost or line.intake.instant(line.intake.ring.end) > now - behind
            for line in self.lines.values()
        )

    @property
    def faults(self) -> Sequence[Fault]:
        """Everything that is wrong now."""
        blocked = [self.seals.fault, self._full, self._context.coverage.fault]
        return self._report.faults(self._taps.values(), self._desks, blocked, armed=self._armed)

    def _show(self) -> None:
        lost = {name for name, line in self.lines.items() if not self._taps[line.line.tap].hears}
        self._report.write(self.lines, lost, self._desks, lambda: self.faults)
        self._context.coverage.hand_on()
        for desk in self._desks:
            desk.show(self._report.lamps)

    def stop(self) -> None:
        """A clean stop: end the taps and the lamps, finish what is open, leave the notes of the last look."""
        self.tick()
        looked = self._clock.stamp()
        seen: list[TapWatch | DeskWork | SensorWork] = [*self._taps.values(), *self._desks]
        for each in [*seen, *self._sensors.values()]:
            each.close()
        for hearing in self._hearings:
            hearing.end()
        for line in self.lines.values():
            line.finish()
        self._drain()
        self._context.coverage.flush(self._clock.monotonic_ns(), at_once=True)
        self._report.leave(self.lines, looked)
        self._context.coverage.hand_on()
        self.seals.stop()
        self.inbox.close()

    def _drain(self) -> None:
        """Commit, finish and reveal what is left; what a full or failing disk refuses stays open in the live log."""
        makings = [line.makings for line in self.lines.values()]
        while self.seals.left(makings):
            self.seals.tick(makings)
            self.seals.wait(0.05)
