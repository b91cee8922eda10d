"""The keeper's loop: one thread, one turn after another, each of which may be the last.

1. A turn takes in what lies in the spool, replaces and destroys live keys, destroys what is due, issues
   certificates, sees who may ask, shrinks the ledger, signs checkpoints, and tells the faults. Between turns the door is served.
2. A disk or a damaged file that refuses stops taking in for half a minute and is a fault;
   it ends nothing and stands in the way of no other file.
3. Anything unexpected ends the process. The next start finishes what was begun.
4. A keeper that destroyed keys begins anew (`firmware.keeper.renewal`).
5. So does one whose settings are replaced by others that it accepted.
"""

import selectors
import socket
from datetime import date
from pathlib import Path
from typing import Final

from firmware.clock import ClockState, london_date
from firmware.faults import VaultFault
from firmware.keeper import applying, aside, dating, drafts, intake, live, runs
from firmware.keeper.alarm_watch import AlarmWatch
from firmware.keeper.box import Box
from firmware.keeper.cells import CellWatch
from firmware.keeper.copies import AskedBack, enter_sent
from firmware.keeper.disposal import Disposal
from firmware.keeper.door import NAME, Copy, Door
from firmware.keeper.handed import Went
from firmware.keeper.history import History
from firmware.keeper.looks import Looks
from firmware.keeper.owed import owed_fault
from firmware.keeper.persons_watch import KeyFiles
from firmware.keeper.proof import Proofs, clock_was_trusted
from firmware.keeper.renewal import Renewal
from firmware.keeper.resealing import Resealing
from firmware.keeper.room import room_fault
from firmware.keeper.shrinking import Shrinking
from firmware.keeper.spooled import COVERAGE
from firmware.keeper.stopping import signalled
from firmware.keeper.verbs import Verbs, disk_fault
from firmware.keeper.watch import Silence, clock_fault, undated_fault
from firmware.keeper.witnessing import Witnessing
from firmware.notify import Notifier

TURN_S: Final = 0.25
"""How long a finished recording waits at most before it is taken in; our choice."""

A_TURN: Final = 16
"""Spool files taken in before the door is served again; our choice."""

REST_NS: Final = 30_000_000_000
"""How long the spool is left alone after the disk refused; our choice."""

LOOK_NS: Final = 600_000_000_000
"""Ten minutes between two looks at what is due; our choice: a day's work is done within the day."""


class Keeper:
    """One opened box and its door."""

    def __init__(
        self, box: Box, history: History, notifier: Notifier, listener: socket.socket | None = None
    ) -> None:
        """`listener` is the door's socket where the keeper began anew."""
        self._box = box
        self._renewal = Renewal(box)
        self._history = history
        self._disposal = Disposal(box, history)
        self._resealing = Resealing(box, history)
        self._drafts = drafts.Waiting(box.places.certificates)
        self._looked_ns: int | None = None
        self._night: date | None = history.night
        self._notifier = notifier
        self._resting_until = 0
        self._trusted = clock_was_trusted(box.places.published)
        self._proofs = Proofs(box.places, box.settings)
        self._silence = Silence(box.places.run, box.clock)
        self._watch = AlarmWatch(box)
        self._cells = CellWatch(box.vault.table, box.clock)
        self._shrinking = Shrinking(box)
        self._asked_back = AskedBack(box, history)
        self._selector = selectors.DefaultSelector()
        self._witnessing = Witnessing(box, notifier.alive)
        self._verbs = Verbs(box, self._proofs, history, self._witnessing, self._watch.outbox)
        self._looks = Looks(box, history, self._verbs.names)
        self._key_files = KeyFiles(box, history)
        inside = self._looks.inside(self._verbs.answer, self._sent)
        self._door = Door(box.places.run / NAME, self._selector, inside, listener)
        self._took = False
        self._stopped = False

    def run(self) -> bool:
        """Serve until a signal says stop, or it is time to begin anew: then true (rule 4)."""
        wait = min(TURN_S, self._notifier.watchdog_s or TURN_S)
        with signalled(self._selector, self._stop):
            self.turn()
            self._notifier.ready()
            while not (self._begins_anew() or self._stopped):
                self.serve(wait)
                self.turn()
        self._door.turn_out()
        self._looks.rest()
        self._watch.rest()
        if not self._stopped:
            return True
        self._notifier.stopping()
        return False

    @property
    def spent(self) -> bool:
        """Whether it may hold keys that were destroyed, and can begin anew now (rule 4)."""
        return self._renewal.due(visited=self._door.visited)

    @property
    def outdated(self) -> bool:
        """Whether settings that a person applied lie in the file, and can be taken up now (rule 5)."""
        waits = applying.waits_to_begin(self._box, self._history)
        return waits and self._renewal.may(visited=self._door.visited)

    def _begins_anew(self) -> bool:
        """Whether it is time, also after a last look: a stop asked for meanwhile is not forgotten, nor who came in."""
        if not (self.spent or self.outdated):
            return False
        self.serve(0)
        return not self._stopped and (self.spent or self.outdated)

    def hand_on(self) -> int:
        """The descriptor of the door's socket, for the keeper that begins anew."""
        return self._door.hand_on()

    def serve(self, wait: float) -> None:
        """Serve the door until nothing more is asked, at most one wait (seconds) long."""
        for key, mask in self._selector.select(wait):
            key.data(mask)

    def turn(self) -> None:
        """One turn (rule 1)."""
        self._take_in()
        self._live_keys()
        self._key_files.turn()
        self._looks.turn()
        self._door.turn(self._box.clock.monotonic_ns())
        self._dispose()
        self._resealing.turn(destroys=self._cells.fault() is None)
        self._shrinking.turn()
        self._witness()
        self._tell()
        self._notifier.alive()

    def close(self) -> None:
        """Shut the door."""
        self._door.close()
        self._selector.close()

    def _take_in(self) -> None:
        if self._box.clock.monotonic_ns() < self._resting_until:
            return
        refused = [fault for path in intake.waiting(self._box)[:A_TURN] if (fault := self._take(path))]
        if refused:
            self._resting_until = self._box.clock.monotonic_ns() + REST_NS
        self._box.board.judge("disk", refused[0] if refused else None)

    def _take(self, path: Path) -> VaultFault | None:
        """Take in one file; the fault where disk or vault stand in its way, and it stays where it is."""
        try:
            intake.take(self._box, path)
        except OSError as error:
            return disk_fault(error)
        except VaultFault as fault:
            return fault
        self._took = self._took or not path.name.startswith(COVERAGE)
        self._looked_ns = None if self._took and self._disposal.behind() else self._looked_ns
        self._notifier.alive()
        return None

    def _live_keys(self) -> None:
        box = self._box
        try:
            live.publish_current(box)
            use, pending = live.read_use(box.places.run), self._drafts.now()
            if why := live.reason_to_rotate(box, use, self._night, runs.awaited(pending)):
                live.rotate(box, why)
                self._night = london_date(box.clock.stamp().wall_ns)
            if self._cells.fault() is None:
                live.retire(box)
            runs.certify(box, self._history, pending)
        except OSError as error:
            box.board.tell("live keys", disk_fault(error))
        except VaultFault as fault:
            box.board.tell("live keys", fault)
            self._cells.look_again()
        else:
            box.board.judge("live keys", live.kept(live.generations(box)[:-1]))

    def _dispose(self) -> None:
        """Finish what was begun, then look at what is due, unless a cell may keep what is destroyed.

        A disk that refuses is a fault, and the look is taken again after the rest.
        """
        box, now = self._box, self._box.clock.stamp()
        if self._cells.fault() is not None:
            return
        if self._looked_ns is not None and now.boottime_ns - self._looked_ns < LOOK_NS:
            return
        self._looked_ns = now.boottime_ns - LOOK_NS + REST_NS
        try:
            runs.resume(box, self._history)
            box.board.judge("dating", dating.tried(box))
            if self._disposal.look():
                self._shrinking.again()
            self._looked_ns = now.boottime_ns
            box.board.judge("disposal", self._disposal.fault())
            box.board.judge("drafts", drafts.fault(box.places.certificates))
            box.board.judge("room", room_fault(box))
        except OSError as error:
            box.board.tell("disposal", disk_fault(error))
        except VaultFault as fault:
            box.board.tell("disposal", fault)
            self._cells.look_again()

    def _witness(self) -> None:
        board = self._box.board
        try:
            self._witnessing.turn(len(self._history.runs))
        except OSError as error:
            board.tell("checkpoints", disk_fault(error))
        board.judge("witness", self._witnessing.silence())

    def _tell(self) -> None:
        box = self._box
        how = box.clock.standing()
        self._trusted = self._trusted or how.now.state is not ClockState.UNTRUSTED
        box.board.judge("clock", clock_fault(how, was_trusted=self._trusted))
        box.board.judge("cell", self._cells.fault())
        box.board.judge("recorder", self._silence.fault())
        box.board.judge("aside", aside.fault(box))
        box.board.judge("holds", owed_fault(box))
        box.board.judge("renewal", self._renewal.fault())
        box.board.judge("copies", self._asked_back.fault())
        try:
            box.board.judge("undated", undated_fault(box.catalogue.count_undated()))
            self._keep_time()
            self._proofs.look(how.now, self._history.proved)
            self._proofs.arm(self._trusted)
        except OSError as error:
            box.board.tell("disk", disk_fault(error))
        box.board.judge("recipients", self._proofs.fault(how.now))
        self._publish()

    def _publish(self) -> None:
        """The faults themselves are told whatever the disk of the data says: the run directory is another."""
        box = self._box
        self._watch.turn()
        try:
            box.board.publish(box.alarms.open())
        except OSError as error:
            box.board.tell("disk", disk_fault(error))

    def _keep_time(self) -> None:
        """The high-water mark is durable now and then, and once what was taken in is past."""
        if self._took:
            self._box.clock.write()
        else:
            self._box.clock.keep()
        self._took = False

    def _sent(self, copy: Copy, went: Went) -> None:
        """What was sent is entered; where the disk refuses that is a fault, and no reason to end."""
        try:
            enter_sent(self._box, self._history, copy, went)
            self._box.board.settle("sent")
        except OSError as error:
            self._box.board.tell("sent", disk_fault(error))

    def _stop(self, _: int) -> None:
        self._stopped = True
