"""What is heard on a line becomes what its call machine is told, and the numbers of its calls.

Rules of this module:

1.  A hook sensor is the truth where there is one. Without one a call begins with a dial tone,
    a ringing tone or a digit, or with voice, which a ring may have gone before.
2.  Digits before the answer are dialled, unless the call was rung for; after a recall, or after a dial
    tone in mid-call, they say where the call is transferred to. All others are keys: their places
    are told, where the line blanks them, and what they are goes nowhere. What is keyed after a ringing
    tone is no number; who hears a dial tone again dials anew.
3.  The answer is the first voice after the ringing tone, or after the number where no ringing tone
    was heard; a call that was rung for is answered where it was lifted.
    If the ringing tone turns out to have gone on, it was no answer.
4.  A dial tone in mid-call is told where the line broke before it, or `MARGIN_SECONDS` before it.
    Voice after it without any digit heard is a transfer all the same: in doubt nothing is kept.
5.  Busy, congestion and unobtainable end a call; nothing that is heard of the party to which a call is
    transferred does, nor a call waiting, music, or silence: silence is the machine's.
6.  What is heard of a caller that waits in mid-call is told of no call. But if it is an exempt number,
    what follows the next recall is exempt; without a hook sensor any break of the line is taken for one.
7.  What is kept is bounded, and no `repr` shows a digit.
"""

from collections.abc import Iterable

from firmware.call import events as ev
from firmware.call.rules import Standing
from firmware.hearing.call import TONES
from firmware.hearing.progress import Progress
from firmware.hearing.told import Told
from firmware.hearing.ways import Ways, ways_of
from firmware.settings.model import Line, Settings
from firmware.signal import events as se
from firmware.signal.events import SignalEvent


class Sense:
    """One line's hearing, both of its sides together.

    A tick is: every event of it is taken, in any order; then `listened` says up to where everything
    was heard and how the machine stands; then `told` gives, in the order in which the machine must take
    them, its events, with the numbers told between them.
    """

    def __init__(self, ways: Ways) -> None:
        self._progress = Progress(ways)
        self._taken: list[SignalEvent] = []
        self._told: list[Told] = []

    def take(self, side: int, heard: SignalEvent) -> None:
        """One thing heard on a side (0 or 1); both sides are one call."""
        del side
        self._taken.append(heard)

    def hooked(self, event: ev.Lifted | ev.Replaced | ev.Recalled) -> None:
        """What the hook sensor showed, or a script told: the machine was told already."""
        match event:
            case ev.Lifted(at):
                self._progress.lift(at)
            case ev.Replaced(at):
                self._progress.hang_up(at)
            case ev.Recalled(at):
                self._told += self._progress.recall(at)

    def listened(self, until: int, standing: Standing) -> None:
        """Everything up to `until` was taken; `standing` is the machine's before what is told now."""
        self._progress.agree(until, standing)
        if self._taken:
            taken, self._taken = self._taken, []
            for heard in sorted(taken, key=lambda each: each.at):
                self._told += self._hear(heard)
        self._told += self._progress.time(until)

    def told(self) -> list[Told]:
        """What is to be told since this was last asked."""
        told, self._told = self._told, []
        return told

    def _hear(self, heard: SignalEvent) -> Iterable[Told]:
        progress = self._progress
        match heard:
            case se.Voice(at, until):
                return progress.voice(at, until)
            case se.Digit():
                return progress.digit(heard)
            case se.Blanked():
                return progress.keyed(heard)
            case se.ToneBegan(at, _, name) if name in TONES:
                return progress.tone(at, TONES[name])
            case se.ToneEnded(_, until, name) if name in TONES:
                return progress.tone_ended(until, TONES[name])
            case _:
                return self._hear_exchange(heard)

    def _hear_exchange(self, heard: SignalEvent) -> Iterable[Told]:
        match heard:
            case se.RingBurst():
                return self._progress.ring(heard)
            case se.CallerId():
                return self._progress.caller(heard)
            case se.Break():
                return self._progress.broken(heard)
        return ()


def sense_of(settings: Settings, line: Line) -> Sense:
    """The sense of a line as its settings have it."""
    return Sense(ways_of(settings, line))
