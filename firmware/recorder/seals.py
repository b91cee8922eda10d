"""What was encoded becomes durable, and what has ended becomes a finished file: scribe, finisher, live log.

Rules of this module:

1. One batch in flight. While the scribe is busy nothing is packed.
2. A recording goes to the finisher when it is settled and its last record is durable;
   its finished record goes into the next commit; it is revealed when that is durable.
3. A live key's generation is held open until everything under it is revealed.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from firmware.clock import Clock
from firmware.faults import VaultFault
from firmware.recorder.finisher import Finisher, Job
from firmware.recorder.makings import Makings
from firmware.recorder.scribe import Scribe
from firmware.sealing import finish
from firmware.sealing.facts import LATE_CUT, Gap
from firmware.sealing.live import Batch, LiveLog
from firmware.sealing.records import Kind, Record, finished, using
from firmware.sealing.recovery import Cut

BEHIND_NS = 60_000_000_000
"""A scribe that has been busy for this long cannot keep up: lines are withheld (DESIGN section 2)."""

SLOW_NS = 3_000_000_000
"""A commit that takes longer than this is not committing: the lamp says so."""

FULL = 0.8
"""From here on the oldest call is finished and goes on as another recording (DESIGN section 5)."""


class Seals:
    """The live log and its two threads."""

    def __init__(self, log_path: Path, spool: Path, clock: Clock, left_out: Mapping[str, list[Gap]]) -> None:
        """`left_out` is what the last recorder had left out, and perhaps not committed as such."""
        self.log, recovered = LiveLog.open(log_path, left_out)
        self.left_out = {name: gaps for name, gaps in left_out.items() if name in recovered.open_ids}
        """What a restart must still leave out, of recordings that an earlier one salvages."""
        finish.roll_forward(recovered, spool)
        self.cuts: Sequence[Cut] = recovered.cut
        self.using = recovered.using
        self.tainted = max((cut.opening.live for cut in recovered.cut if _cut_late(cut)), default=None)
        """The newest live key under which the log held what was left out later, as far as is known."""
        self._clock = clock
        self._scribe = Scribe(self.log)
        self._finisher = Finisher(self.log, spool)
        self._records: list[Record] = []
        self._pending: dict[str, int] = {}
        self._using_wanted: int | None = None
        self._busy_since: int | None = None
        for cut in recovered.cut:
            self._salvage(cut)

    def _salvage(self, cut: Cut) -> None:
        if cut.empty:
            self._records.append(finished(cut.id))
            return
        self._pending[cut.id] = cut.opening.live
        self._finisher.put(Job(cut.id, cut=cut))

    def use(self, generation: int) -> None:
        """No recording is opened under an older live key any more: note it in the log."""
        if generation not in (self.using, self._using_wanted):
            self._using_wanted = generation
            self._records.append(using(generation))

    def tick(self, lines: Sequence[Makings]) -> None:
        """Take in what became durable, hand over what is ready, commit what there is."""
        self._acknowledge(lines)
        now = self._clock.monotonic_ns()
        if self._scribe.busy:
            return
        self._busy_since = None
        for makings in lines:
            for making in makings.ready():
                self._pending[making.id] = making.live.generation
                self._finisher.put(Job(making.id, making=making))
        records = [*self._records, *(each for makings in lines for each in makings.records())]
        records += self._finisher.records()
        self._records = []
        if records:
            self._busy_since = now
            self._scribe.offer(self.log.pack(records))

    def _acknowledge(self, lines: Sequence[Makings]) -> None:
        for batch in self._scribe.acknowledged():
            for name in batch.decided:
                self.left_out.pop(name, None)
                for makings in lines:
                    makings.decided(name)
                if name in self._pending:
                    self._finisher.put(Job(name))
            if self._using_wanted is not None and self._using_wanted in _noted(batch):
                self.using, self._using_wanted = self._using_wanted, None
        for name in self._finisher.revealed():
            self._pending.pop(name, None)
            for makings in lines:
                makings.forget(name)

    @property
    def oldest(self) -> int | None:
        """The oldest live key under which anything is not yet revealed."""
        known = [self.log.oldest, *self._pending.values()]
        return min((each for each in known if each is not None), default=None)

    @property
    def fault(self) -> VaultFault | None:
        """What keeps recordings from being finished."""
        return next(iter(self._finisher.faults.values()), None)

    @property
    def spent(self) -> bool:
        """Whether even calls in progress must be withheld, so that the log can be emptied."""
        return self.log.spent

    @property
    def filling(self) -> bool:
        """Whether a call should be finished early, so that the live log has room."""
        return self.log.fill >= FULL

    def full(self) -> VaultFault | None:
        """Why no other recording may be begun, if so."""
        try:
            self.log.admit()
        except VaultFault as fault:
            return fault
        return None

    @property
    def busy_ns(self) -> int:
        """For how long the scribe has been at its commit."""
        return self._clock.monotonic_ns() - self._busy_since if self._busy_since is not None else 0

    @property
    def done(self) -> bool:
        """Whether nothing is left to commit, finish or reveal."""
        return not (self._records or self._pending or self._scribe.busy) and self._finisher.idle

    def left(self, lines: Sequence[Makings]) -> bool:
        """Whether anything is left to commit, finish or reveal that was not tried in vain."""
        unfinished = {name for makings in lines for name in makings.ids} | self._pending.keys()
        return bool(unfinished - self._finisher.faults.keys() or self._records or self._scribe.busy)

    def wait(self, seconds: float) -> None:
        """Wait for the batch in flight and the finisher's job in hand, each no longer than this."""
        self._scribe.wait_idle(seconds)
        self._finisher.wait(seconds)

    def stop(self) -> None:
        """End both threads and close the log."""
        self._finisher.stop()
        self._scribe.stop()
        self.log.close()


def _cut_late(cut: Cut) -> bool:
    return any(gap.reason == LATE_CUT for gap in cut.gaps)


def _noted(batch: Batch) -> list[int]:
    """The generations that a batch notes as being in use."""
    return [record.first for run in batch.runs for record in run if record.kind is Kind.USING]
