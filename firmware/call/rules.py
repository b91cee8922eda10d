"""What is promised on one line, in positions; and what must survive a restart.

Every figure stands in DESIGN section 4.
"""

from dataclasses import dataclass

from firmware.call.events import CallClass, Reason
from firmware.settings.model import KeyedDigits, Line, OptOut, Position, Unclassified

UNDECIDED_SECONDS = 60
"""The longest time that a call waits in memory to be classed."""

SETTLE_SECONDS = 0.5
"""The shortest lag: a hook is only believed replaced 0.4 s after it was."""

SILENCE_SECONDS = 30
"""Silence that ends a call on a line without a hook sensor."""

TAIL_SECONDS = 2
"""What is kept after the last voice of a call without a hook sensor (research: signalling, section 1)."""

CONVERSATION_SECONDS = 2
"""Less voice than this is no conversation, where no hook tells of a call (research: signalling, section 6)."""

MAKING_OUT_SECONDS = 1.75
"""How long after it a sound may still turn out to be a tone or a ring and not a voice (signalling, section 6: 1.5 s)."""

WAITS_SECONDS = 10
"""A dial tone in mid-call is waited on so long for digits; then the call is over (signalling, section 6)."""

RINGS_AGAIN_SECONDS = 6
"""The longest from one ringing tone to the next (North America: 2 s on, 4 s off); what was said between was no answer."""

MOST_RECALLS = 20
"""Our choice: a hook that shows more in one call is not to be believed, and nothing more of it is kept."""

MOST_LIFTS = 12
"""Our choice: a hook that was lifted more often in a minute is not to be believed until it rests."""

RESTS_SECONDS = 10
"""Our choice: so long must such a hook rest lifted to be believed again."""

NO_VOICE_SECONDS = 600
"""Time without voice after which it is not a call any more: a receiver beside the phone."""

REACH_SECONDS = 30
"""How far a late cut reaches back from the press that began the pause."""

HOLD_SECONDS = 3
"""The longest hold of a button that still means something."""

BESIDE_SECONDS = 0.04
"""Of a key that a loss takes a part of, so much may be too short to be known (measured: 30 ms)."""

ROLL_OVER_SECONDS = 7200
"""No recording is longer."""

TOLD_SECONDS = 12
"""How long what was told while ringing stands without another ring (UK cadence: 2 s off)."""


@dataclass(frozen=True, slots=True)
class LineRules:
    """One line's promises; `rate` is positions a second, the rest positions.

    `same_call` is how long the phone may lie on hook and an incoming call still be the same;
    `beside` is how much on either side of a loss goes with it.
    """

    rate: int
    look_back: int
    pre_roll: int
    hooked: bool
    position: Position
    unclassified: Unclassified
    opt_out: OptOut
    same_call: int = 0
    beside: int = 0

    @property
    def lag(self) -> int:
        """How old a sample is before anything is ordered of it."""
        hookless = 0 if self.hooked else self.pre_roll
        return max(self.look_back, round(SETTLE_SECONDS * self.rate) + hookless)

    @property
    def idle_lag(self) -> int:
        """The same between calls: without a hook a call begins a pre-roll before what turned out to be a voice."""
        return self.lag if self.hooked else max(self.lag, self.seconds(MAKING_OUT_SECONDS) + self.pre_roll)

    def seconds(self, count: float) -> int:
        """A time in positions."""
        return round(count * self.rate)


def rules_of(line: Line, opt_out: OptOut) -> LineRules:
    """The rules of a line as its settings have it."""
    return LineRules(
        rate=line.rate,
        look_back=round(line.look_back * line.rate),
        pre_roll=round(line.pre_roll * line.rate),
        hooked=line.hook is not None,
        position=line.position,
        unclassified=line.unclassified,
        opt_out=opt_out,
        same_call=round(line.same_call * line.rate),
        beside=round(BESIDE_SECONDS * line.rate) if line.keyed_digits is KeyedDigits.BLANK else 0,
    )


@dataclass(frozen=True, slots=True)
class Note:
    """What a restart must not forget of a line (DESIGN section 2, rule).

    `unsure` says that nobody had answered for certain, so that a number may still have been dialled;
    `rings_for` is what must never be recorded and was told of the ring that goes on.
    """

    in_call: bool = False
    call_class: CallClass = CallClass.UNDECIDED
    answered: bool = True
    paused: bool = False
    opted_out: bool = False
    transferred: bool = False
    doubt: bool = False
    unsure: bool = False
    rings_for: CallClass | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a line stands now, for its lamp and its desk."""

    off_hook: bool
    in_call: bool
    undecided: bool
    reason: Reason | None
    paused_at: int | None
    opted_out: bool
