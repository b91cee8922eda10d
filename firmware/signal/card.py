"""Card mode: so much is keyed that it may be a card, so nothing is kept of it, not speech either.

Rules of this module (DESIGN.md, section 4; measured in research, fast-detection, section 6):

1. Four strong strokes within six seconds begin it. It then reaches a whole look-back behind the fourth:
   speech hides keys, and what hides them is in there too.
2. It lasts until three seconds after the last stroke that is a hit or more, and is told that far ahead.
3. Each stroke in it is one `Blanked` of its own, so that keys are counted; none is ever named.
"""

from firmware.signal.events import Blanked
from firmware.signal.strokes import Grade, Stroke

STROKES = 4
WITHIN_SECONDS = 6.0
TAIL_SECONDS = 3.0
LOOK_BACK_SECONDS = 2.0
"""The least a line that blanks keyed digits has (settings); one second would leave 0.7 % of keys under speech."""


class CardMode:
    """Card mode of one row."""

    def __init__(self, rate: int) -> None:
        self._within = round(WITHIN_SECONDS * rate)
        self._tail = round(TAIL_SECONDS * rate)
        self._look_back = round(LOOK_BACK_SECONDS * rate)
        self._strong: tuple[int, ...] = ()
        self._until = 0

    def take(self, stroke: Stroke) -> Blanked | None:
        """What is blanked because of a stroke, if card mode is on with it; a weak one changes nothing."""
        if stroke.grade >= Grade.STRONG:
            recent = [at for at in self._strong if at >= stroke.at - self._within]
            self._strong = (*recent, stroke.at)[-STROKES:]
        if stroke.grade >= Grade.HIT and stroke.at < self._until:
            return self._on(stroke, stroke.at)
        if stroke.grade >= Grade.STRONG and len(self._strong) == STROKES:
            return self._on(stroke, stroke.closed - self._look_back)
        return None

    def _on(self, stroke: Stroke, at: int) -> Blanked:
        """Blank from there until some time after the stroke."""
        self._until = stroke.until + self._tail
        return Blanked(at, self._until, stroke.keys, card=True)
