"""What the sense of a line knows of the call that goes on: its phase, and what was heard of it so far."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

from firmware.call import events as ev
from firmware.call.events import CallClass, Tone
from firmware.hearing.dialled import MOST_DIGITS, Dialled
from firmware.hearing.told import Told, TransferTold
from firmware.hearing.ways import STILL_RINGS_SECONDS, WAITING_SECONDS, Ways
from firmware.signal.events import Digit, ToneName

TONES = {
    ToneName.DIAL: Tone.DIAL,
    ToneName.DIAL_STUTTER: Tone.DIAL,
    ToneName.DIAL_PBX: Tone.DIAL,
    ToneName.RINGBACK_UK: Tone.RINGING,
    ToneName.RINGBACK_EU: Tone.RINGING,
    ToneName.RINGBACK_US: Tone.RINGING,
    ToneName.BUSY_UK: Tone.BUSY,
    ToneName.BUSY_EU: Tone.BUSY,
    ToneName.BUSY_US: Tone.BUSY,
    ToneName.CONGESTION_UK: Tone.BUSY,
    ToneName.UNOBTAINABLE_UK: Tone.UNOBTAINABLE,
}
"""What a tone means; one that announces a call waiting means nothing."""


class Phase(Enum):
    """Where a line stands in the life of a call."""

    IDLE = auto()
    OVER = auto()
    """Off the hook, and no call."""
    BEFORE = auto()
    """Not answered yet."""
    TALK = auto()
    RECALLED = auto()
    """A recall, or a dial tone in mid-call: digits make a transfer."""
    TRANSFER = auto()


@dataclass(slots=True)
class HeardCall:
    """One call: since when, whether a ring went before it, whether tones told that it is dialled, and that it rang.

    `answered_at` is 0 until this leg of it was answered; `recalled_at` is where the leg began, `by_hook` if
    the hook told; `exempt_at` where an exempt number was announced to wait. `whole` says that it rang where
    this leg leads: what is keyed now is no number; `onward` is what was dialled in it.
    """

    at: int
    dialled: Dialled
    rung_for: bool = False
    tones: bool = False
    rang: bool = False
    by_hook: bool = True
    answered_at: int = 0
    recalled_at: int = 0
    exempt_at: int | None = None
    whole: bool = False
    onward: str = field(default="", repr=False)

    @property
    def outgoing(self) -> bool:
        """Whether somebody dials, as far as was heard."""
        return self.tones or self.dialled.begun

    def led_on(self, digit: Digit, ways: Ways) -> Iterator[Told]:
        """One digit more of where the call is transferred to; once an exempt number was dialled the call is exempt."""
        self.onward = (self.onward + digit.digit)[-MOST_DIGITS:]
        yield TransferTold(digit.at, digit.digit)
        if ways.numbering.of_dialling(self.onward) is CallClass.EXEMPT:
            yield ev.Classed(digit.at, CallClass.EXEMPT)

    def exempt_waits(self, at: int, ways: Ways) -> bool:
        """Whether a recall may lead to an exempt number."""
        return self.exempt_at is not None and at - self.exempt_at <= ways.seconds(WAITING_SECONDS)


@dataclass(slots=True)
class HeardTone:
    """The tone that is on, or was last, and when that was told."""

    name: Tone
    at: int
    told_at: int
    on: bool = True

    def still_rings(self, heard: int, ways: Ways) -> bool:
        """Whether it is time to tell again that it rings: however long it does, nobody has answered."""
        ringing = self.on and self.name is Tone.RINGING
        if not ringing or heard - self.told_at < ways.seconds(STILL_RINGS_SECONDS):
            return False
        self.told_at = heard
        return True
