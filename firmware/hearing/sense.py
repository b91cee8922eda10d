"""What is heard on a line becomes what its call machine is told, and the numbers of its calls."""

from dataclasses import dataclass

from firmware.call import events as ev
from firmware.call.rules import Standing
from firmware.hearing.told import Told
from firmware.settings.model import Line, Settings
from firmware.signal.events import SignalEvent


@dataclass(frozen=True, slots=True)
class Ways:
    """How one line tells of its calls; `rate` is positions a second."""

    rate: int
    hooked: bool
    blank: bool


class Sense:
    """One line's hearing, both of its sides together.

    A tick is: every event of it is taken, in any order; then `listened` says up to where everything
    was heard and how the machine stands; then `told` gives, in the order in which the machine must take
    them, its events, with the numbers told between them.
    """

    def __init__(self, ways: Ways) -> None:
        self._ways = ways
        self._told: list[Told] = []

    def take(self, side: int, heard: SignalEvent) -> None:
        """One thing heard on a side (0 or 1)."""
        from firmware.signal import events as se
        match heard:
            case se.Voice(at, until):
                self._told.append(ev.VoiceHeard(at, until))
            case se.CallerId(at, until, _, number, absent):
                from firmware.hearing.told import CallerIdTold
                self._told.append(CallerIdTold(at, number, absent))
            case se.Blanked(at, until, keys, card):
                self._told.append(ev.Keyed(at, until, keys, card))

    def hooked(self, event: ev.Lifted | ev.Replaced | ev.Recalled) -> None:
        """What the hook sensor showed, or a script told: the machine was told already."""

    def listened(self, until: int, standing: Standing) -> None:
        """Everything up to `until` was taken; `standing` is the machine's before what is told now."""

    def told(self) -> list[Told]:
        """What is to be told since this was last asked."""
        told, self._told = self._told, []
        return told


def sense_of(settings: Settings, line: Line) -> Sense:
    """The sense of a line as its settings have it."""
    return Sense(Ways(line.rate, line.hook is not None, False))
