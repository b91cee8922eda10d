"""What sentences of a sheet sound like to the ear: signal events, each known some time after it was."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from firmware.signal import events as se
from firmware.signal.events import Absent, SignalEvent, Standard, ToneName
from tests.scenarios.sheet import Sentence, seconds

TONES = {
    "dial": ToneName.DIAL,
    "ringing": ToneName.RINGBACK_UK,
    "busy": ToneName.BUSY_UK,
    "congestion": ToneName.CONGESTION_UK,
    "unobtainable": ToneName.UNOBTAINABLE_UK,
    "call waiting": ToneName.CALL_WAITING_UK,
}
DECIDED, OVER = 1.0, 2.3
"""Seconds from a tone's beginning and from its end until they are known."""

VOTES, HANGS = 0.3, 0.2
"""A voice is told so far into it, and so long after it (firmware/signal/voice)."""

KEY, PAUSE, MARGIN = 0.08, 0.1, 0.025
CARD_KEYS, LOOK_BACK, TAIL = 4, 2.0, 3.0
"""From the fourth key on it may be a card: then the look-back and three seconds more are blanked."""


@dataclass(frozen=True, slots=True)
class Known:
    """An event, and the position at which it is known."""

    known: int
    event: SignalEvent


def heard(steps: Sequence[Sentence], rate: int) -> list[Known]:
    """All that the steps sound like, in the order in which it is known."""
    return sorted(
        (each for step in steps for each in _sounds(step, _Scale(rate))), key=lambda each: each.known
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    """Seconds to positions."""

    rate: int

    def __call__(self, second: float) -> int:
        return round(second * self.rate)


def _sounds(step: Sentence, at: _Scale) -> Iterator[Known]:
    now = step.at
    match step.means, step.words:
        case "sounds", (name, until):
            yield Known(at(now + DECIDED), se.ToneBegan(at(now), at(now + DECIDED), TONES[name]))
            yield Known(at(seconds(until) + OVER), se.ToneEnded(at(now), at(seconds(until)), TONES[name]))
        case "talks", (until,):
            yield from _talk(now + VOTES, seconds(until) + HANGS, at)
        case "rings", (how, until):
            yield from _ring(now, seconds(until), how, at)
        case "caller", (number,):
            told = se.CallerId(at(now), at(now + 0.5), Standard.V23, number.replace(" ", ""))
            yield Known(at(now + 0.6), told)
        case "absent", (why,):
            yield Known(at(now + 0.6), se.CallerId(at(now), at(now + 0.5), Standard.V23, absent=Absent(why)))
        case "keyed", (digits,):
            yield from _key(now, digits.replace(" ", ""), at)
        case _:
            yield Known(at(now + 0.2), se.Break(at(now), at(now + 0.1)))


def _talk(start: float, stop: float, at: _Scale) -> Iterator[Known]:
    for step in count():
        begin = start + step / 4
        if begin >= stop:
            return
        until = min(begin + 0.25, stop)
        yield Known(at(until), se.Voice(at(begin), at(until)))


def _ring(start: float, stop: float, how: str, at: _Scale) -> Iterator[Known]:
    """The United Kingdom's double ring, or one of a second every five."""
    bursts, again = ([(0.0, 0.4), (0.6, 1.0)], 3.0) if how == "twice" else ([(0.0, 1.0)], 5.0)
    while start < stop:
        for on, off in bursts:
            yield Known(at(start + off + 0.1), se.RingBurst(at(start + on), at(start + off)))
        start += again


def _key(start: float, digits: str, at: _Scale) -> Iterator[Known]:
    for place, digit in enumerate(digits):
        on = start + place * (KEY + PAUSE)
        known = at(on + KEY + 0.15)
        yield Known(known, se.Digit(at(on), at(on + KEY), digit))
        if place + 1 < CARD_KEYS:
            yield Known(known, se.Blanked(at(on - MARGIN), at(on + KEY + MARGIN), 1, card=False))
        else:
            begin = on if place + 1 > CARD_KEYS else on + KEY + 0.1 - LOOK_BACK
            yield Known(known, se.Blanked(at(begin), at(on + KEY + TAIL), 1, card=True))
