"""What may hold a keyed digit is found and blanked, before anybody could read it: two milliseconds name a digit.

Rules of this module (DESIGN.md, section 4; measured in research, signalling, section 5, and fast-detection, sections 5 and 6):

1. Nothing blanked here means anything: what is meant is the strict digits' business. So it takes far more for
   a key than they do, and it takes it back where nothing else speaks for it.
2. A hit counts where another lies within two seconds of it, before or behind, or a sure stroke within six.
3. For six seconds after a strong stroke that counts, and a look-back before it, a weak one counts too.
4. What counts is blanked from 25 ms before its first window to 25 ms after its last.
5. Nothing is decided later than a look-back after the sound it is about: nothing younger was let go.
6. All is decided by strokes in their order and by positions, so that ticks and batches change nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from firmware.signal.card import LOOK_BACK_SECONDS, CardMode
from firmware.signal.dtmf import Keyed
from firmware.signal.events import Blanked
from firmware.signal.strokes import Grade, Stroke, Strokes
from firmware.signal.windows import BLOCKS_A_SECOND, Heard

NEAR_SECONDS = 2.0
SURE_SECONDS = 6.0
ARMED_SECONDS = 6.0
BEFORE_SECONDS = 0.025
AFTER_SECONDS = 0.025
"""Our choice, measured: what they cost in speech and let through in keys stands in docs/keyed.md."""


class Suppressor:
    """Blanks what may be keyed on rows of one rate."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._strokes = Strokes(rate // BLOCKS_A_SECOND)
        self._rows: dict[int, _Row] = {}

    def listen(self, heard: Heard, keyed: Keyed) -> Iterator[tuple[int, Blanked]]:
        """What must be blanked, as far as it is known now, each with its row."""
        for row, stroke in self._strokes.listen(heard, keyed.candidates):
            for each in self.take(row, stroke):
                yield row, each

    def take(self, row: int, stroke: Stroke) -> Iterator[Blanked]:
        """What must be blanked because of one stroke of a row; its strokes come in order."""
        if row not in self._rows or stroke.closed < self._rows[row].now:
            self._rows[row] = _Row(self._rate)
        return self._rows[row].take(stroke)

    def forget(self, row: int) -> None:
        """What was keyed on the row before is still told, and card mode stands: what is in doubt is withheld."""


class _Row:
    """What a row's strokes so far mean for the next."""

    def __init__(self, rate: int) -> None:
        self._reach = _Reach.at(rate)
        self._card = CardMode(rate)
        self._doubted: list[Stroke] = []
        self._near_until = self._sure_until = self._armed_until = 0
        self.now = 0

    def take(self, stroke: Stroke) -> Iterator[Blanked]:
        """What is blanked because of a stroke."""
        self.now = stroke.closed
        oldest = self.now - self._reach.back + self._reach.before
        self._doubted = [each for each in self._doubted if each.at >= oldest]
        counted = self._counted(stroke)
        blanked = self._card.take(stroke)
        yield from (self._alone(each) for each in counted if each is not stroke or not blanked)
        if blanked:
            yield blanked

    def _alone(self, stroke: Stroke) -> Blanked:
        reach = self._reach
        return Blanked(stroke.at - reach.before, stroke.until + reach.after, stroke.keys, card=False)

    def _counted(self, stroke: Stroke) -> list[Stroke]:
        """What counts because of a stroke, itself included; nothing where nothing speaks for it yet."""
        counts = self._counts(stroke)
        near = stroke.at - self._reach.near
        if stroke.grade >= Grade.HIT:
            self._near_until = stroke.until + self._reach.near
        if not counts:
            self._doubted.append(stroke)
            return []
        freed = [
            each for each in self._doubted if min(each.grade, stroke.grade) >= Grade.HIT and each.until > near
        ]
        if any(each.grade >= Grade.STRONG for each in (*freed, stroke)):
            freed = self._doubted
            self._armed_until = stroke.until + self._reach.armed
        if stroke.grade is Grade.SURE:
            self._sure_until = stroke.until + self._reach.sure
        self._doubted = [each for each in self._doubted if each not in freed]
        return [*freed, stroke]

    def _counts(self, stroke: Stroke) -> bool:
        """Whether something speaks for a stroke."""
        if stroke.grade is Grade.WEAK:
            return stroke.at < self._armed_until
        near = max(self._near_until, self._sure_until, self._armed_until)
        return stroke.grade is Grade.SURE or stroke.at < near


@dataclass(frozen=True, slots=True)
class _Reach:
    """How far what counts reaches, in samples."""

    near: int
    sure: int
    armed: int
    before: int
    after: int
    back: int

    @classmethod
    def at(cls, rate: int) -> Self:
        """At a rate."""
        seconds = (
            NEAR_SECONDS,
            SURE_SECONDS,
            ARMED_SECONDS,
            BEFORE_SECONDS,
            AFTER_SECONDS,
            LOOK_BACK_SECONDS,
        )
        return cls(*(round(each * rate) for each in seconds))
