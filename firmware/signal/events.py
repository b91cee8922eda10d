"""What is heard on one row of sound: facts of telephony, without any meaning for a call.

A *row* is one side of a line. Every instant is a position of its line (a count of
samples, lost ones included). `at` is the first sample of what was heard, `until`
the sample after its last; what a digit or a number is never shows in a `repr`.
Levels are dBm0: a sine at full scale is +3.14 dBm0 (ITU-T G.711, table 1 note).
"""

from dataclasses import dataclass, field
from enum import StrEnum


class ToneName(StrEnum):
    """Call progress tones, told apart by frequency and cadence."""

    DIAL = "dial"
    DIAL_STUTTER = "dial_stutter"
    DIAL_PBX = "dial_pbx425"
    RINGBACK_UK = "ringback_uk"
    RINGBACK_EU = "ringback_eu"
    RINGBACK_US = "ringback_us"
    BUSY_UK = "busy_uk"
    BUSY_EU = "busy_eu"
    BUSY_US = "busy_us"
    CONGESTION_UK = "congestion_uk"
    UNOBTAINABLE_UK = "nu_uk"
    CALL_WAITING_UK = "call_waiting_uk"


class Standard(StrEnum):
    """How a caller id was sent."""

    V23 = "v23"
    BELL202 = "bell202"
    DTMF = "dtmf"


class Absent(StrEnum):
    """Why a caller id brings no number (SIN 227, parameter 0x04: P and O)."""

    WITHHELD = "withheld"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Digit:
    """A DTMF digit by the strict rules: someone meant it."""

    at: int
    until: int
    digit: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Blanked:
    """What may hold a keyed digit and must not be sealed; margins are included.

    `card` where card mode blanks everything, speech too; `keys` counts what was keyed in
    it, as far as was heard. Stretches of one row come in the order in which they were
    decided; a later one may lie before an earlier one or overlap it, but never reaches
    further back than the look-back.
    """

    at: int
    until: int
    keys: int
    card: bool


@dataclass(frozen=True, slots=True)
class ToneBegan:
    """A call progress tone was decided at `decided`; it had begun at `at`."""

    at: int
    decided: int
    name: ToneName


@dataclass(frozen=True, slots=True)
class ToneEnded:
    """The tone that began at `at` ended at `until`."""

    at: int
    until: int
    name: ToneName


@dataclass(frozen=True, slots=True)
class CallerId:
    """A caller id with a right checksum and plausible fields: a number, or why there is none.

    `datetime` is MMDDhhmm as sent.
    """

    at: int
    until: int
    standard: Standard
    number: str | None = field(default=None, repr=False)
    absent: Absent | None = None
    name: str | None = field(default=None, repr=False)
    datetime: str | None = None


@dataclass(frozen=True, slots=True)
class Reversal:
    """The polarity of the line was reversed: the exchange announces something."""

    at: int


@dataclass(frozen=True, slots=True)
class Alert:
    """The dual tone alert of a caller id that comes (2130 + 2750 Hz, ETSI ES 200 778-1)."""

    at: int
    until: int


@dataclass(frozen=True, slots=True)
class RingBurst:
    """One burst of ringing on the line itself (not the ringing tone that a caller hears)."""

    at: int
    until: int


@dataclass(frozen=True, slots=True)
class Break:
    """The line went dead between two clicks for about as long as a recall or a clearing breaks the loop."""

    at: int
    until: int


@dataclass(frozen=True, slots=True)
class Voice:
    """Voice from the first to the last of it within what was just listened to; no tone, ring or digit counts."""

    at: int
    until: int


SignalEvent = (
    Digit | Blanked | ToneBegan | ToneEnded | CallerId | Reversal | Alert | RingBurst | Break | Voice
)
