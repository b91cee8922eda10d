"""The call progress tones that a British, a 425 Hz and a North American exchange send: pitch and lengths.

Sources: BT SIN 350 (tones of the British network) and ITU-T E.180 with its supplement 2 (tones of
national networks), both from memory of the texts and as public summaries give them; the
North American ones from memory of Telcordia GR-506. Tolerances are our choice.
"""

from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from firmware.signal.events import ToneName
from firmware.signal.windows import BLOCKS_A_SECOND


class Pitch(Enum):
    """What a burst is made of, in Hz."""

    DIAL = (350, 440)
    RING_UK = (400, 450)
    RING_US = (440, 480)
    BUSY_US = (480, 620)
    UK = (400,)
    EU = (425,)


Length = tuple[float, float]
"""Least and most, in blocks."""


@dataclass(frozen=True, slots=True)
class Cadence:
    """Lengths of bursts and pauses in turn; the last one is reached, not over.

    `keyed`: a key was pressed from the burst on until 350 ms after it. `quiet`: nothing loud
    followed it. `steady`: equally loud all the time. `pure`: switched on and off, with nothing beside it.
    `within`: tones that it may be a piece of, so that it does not end them.
    """

    name: ToneName
    pitch: Pitch
    lengths: tuple[Length, ...]
    keyed: bool = False
    quiet: bool = False
    steady: bool = False
    pure: bool = False
    within: tuple[ToneName, ...] = ()

    @property
    def sounds(self) -> bool:
        """Whether it is decided while it sounds, rather than in a pause."""
        return len(self.lengths) % 2 == 1


def _s(least: float, most: float = 3600.0) -> Length:
    """A length in seconds."""
    return least * BLOCKS_A_SECOND, most * BLOCKS_A_SECOND


def _about(seconds: float) -> Length:
    """10 % off, and 30 ms for the grid of the windows."""
    return _s(0.9 * seconds - 0.03, 1.1 * seconds + 0.03)


def _up_to(seconds: float) -> Length:
    """A burst whose beginning may not have been heard."""
    return _s(0.05, 1.1 * seconds + 0.03)


def _from(seconds: float) -> Length:
    """A last length that is reached."""
    return _s(0.9 * seconds - 0.03, 1.1 * seconds + 0.03)


def _beats(name: ToneName, pitch: Pitch, *beats: float) -> tuple[Cadence, ...]:
    """Bursts and pauses of one length; short ones must come twice."""
    return tuple(
        Cadence(name, pitch, (_up_to(beat), *([_about(beat)] * (1 if beat > 0.35 else 3)), _from(beat)))
        for beat in beats
    )


_STUTTER = (_s(0.05, 0.6), _s(0.02, 0.14), _s(0.06, 0.6), _s(0.02, 0.14))
"""Two bursts of a special dial tone and what parts them: 0.4 s and 0.04 s (E.180 supplement 2), other PBXs up to twice that."""

_N = ToneName

CADENCES = (
    Cadence(_N.DIAL, Pitch.DIAL, (_s(0.85),), steady=True, within=(_N.DIAL_STUTTER,)),
    Cadence(_N.DIAL, Pitch.DIAL, (_s(0.3, 0.9), _s(0)), keyed=True, within=(_N.DIAL_STUTTER,)),
    # 0.75 s each; the pause is silent or the 440 Hz alone. North America: three short ones, then steady.
    Cadence(_N.DIAL_STUTTER, Pitch.DIAL, (_up_to(0.75), _about(0.75), _s(0.2, 0.9))),
    Cadence(_N.DIAL_STUTTER, Pitch.DIAL, (_up_to(0.75), _about(0.75), _s(0.05, 0.9), _s(0)), keyed=True),
    Cadence(_N.DIAL_STUTTER, Pitch.DIAL, (_up_to(0.1), *([_about(0.1)] * 3), _s(0.05, 0.15))),
    # any other: bursts with pauses too short to be those of another tone; on 425 Hz that is a PBX's
    Cadence(_N.DIAL_STUTTER, Pitch.DIAL, (*_STUTTER, _s(0.05))),
    Cadence(_N.DIAL_PBX, Pitch.EU, (*_STUTTER, _s(0.05))),
    # 425 Hz: a ring lasts 1 s (E.180 supplement 2, most countries), a dial tone until it is keyed into
    Cadence(_N.DIAL_PBX, Pitch.EU, (_s(1.3),), steady=True),
    Cadence(_N.DIAL_PBX, Pitch.EU, (_s(0.3, 1.3), _s(0)), keyed=True, within=(_N.BUSY_EU,)),
    Cadence(_N.RINGBACK_EU, Pitch.EU, (_s(0.7, 1.25), _s(0.4)), quiet=True, within=(_N.BUSY_EU, _N.DIAL_PBX)),
    Cadence(_N.RINGBACK_EU, Pitch.EU, (_s(0.7, 1.25), _s(1.5)), within=(_N.BUSY_EU, _N.DIAL_PBX)),
    Cadence(_N.RINGBACK_UK, Pitch.RING_UK, (_up_to(0.4), _about(0.2), _from(0.4))),
    Cadence(_N.RINGBACK_US, Pitch.RING_US, (_s(1.0),), steady=True),
    # E.180: busy and congestion are bursts and pauses of about equal length, 0.3 to 1.1 s together
    *_beats(_N.BUSY_EU, Pitch.EU, 0.5, 0.4, 0.3, 0.25, 0.2),
    Cadence(_N.BUSY_UK, Pitch.UK, (_up_to(0.375), _about(0.375), _from(0.375)), within=(_N.CONGESTION_UK,)),
    *_beats(_N.BUSY_US, Pitch.BUSY_US, 0.5, 0.25),
    Cadence(
        _N.CONGESTION_UK, Pitch.UK, (_up_to(0.4), _about(0.35), _about(0.225), _s(0.1)), within=(_N.BUSY_UK,)
    ),
    Cadence(_N.CONGESTION_UK, Pitch.UK, (_about(0.225), _about(0.525), _from(0.4)), within=(_N.BUSY_UK,)),
    Cadence(_N.UNOBTAINABLE_UK, Pitch.UK, (_s(1.15),), steady=True),
    # longer alone than any other pause of 400 Hz
    Cadence(
        _N.CALL_WAITING_UK,
        Pitch.UK,
        (_about(0.1), _s(0.65)),
        pure=True,
        within=(_N.BUSY_UK, _N.CONGESTION_UK, _N.UNOBTAINABLE_UK),
    ),
)

LONGEST_PAUSE = MappingProxyType(
    {
        _N.DIAL: 0.5,
        _N.DIAL_STUTTER: 1.0,
        _N.DIAL_PBX: 0.5,
        _N.RINGBACK_UK: 2.4,
        _N.RINGBACK_EU: 5.6,
        _N.RINGBACK_US: 4.6,
        _N.BUSY_UK: 0.6,
        _N.BUSY_EU: 0.75,
        _N.BUSY_US: 0.75,
        _N.CONGESTION_UK: 0.75,
        _N.UNOBTAINABLE_UK: 0.5,
        _N.CALL_WAITING_UK: 5.6,
    }
)
"""Seconds without a burst after which a tone is over: 10 % more than its longest pause, and a little."""
