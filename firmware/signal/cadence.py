"""Which call progress tone is on, by pitch and cadence: the small machine of one row.

Rules of this module:

1. Time is counted in blocks of 5 ms of the row's grid, as in firmware/signal/bursts.py.
2. A cadence is a row of lengths, burst and pause in turn. All but the last are over; the
   last goes on. A tone is decided with the first window at which one of its cadences fits.
3. A tone lasts while bursts of its pitch follow each other within its longest pause.
   Another one ends it where its last burst before the other was over.
4. 425 Hz for about a second is a ring if quiet follows, and dial tone if a key follows.
   What is longer than a ring is dial tone at once.
5. What is kept of a row is one burst, six that are over, one tone and eight keys.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import NamedTuple

from firmware.signal.bursts import EDGE, FEWEST, Burst, Window
from firmware.signal.cadences import CADENCES, LONGEST_PAUSE, Cadence, Pitch
from firmware.signal.events import ToneBegan, ToneEnded, ToneName
from firmware.signal.windows import BLOCKS_A_SECOND, LONG, STEP, power_of

DISTURBED = power_of(-10.0)
"""Louder than this, against the burst, is no pause after a ring, but keys or speech."""

KEY_AFTER = round(0.35 * BLOCKS_A_SECOND)
"""A key pressed so soon after a burst ended it."""

REMEMBERED = 2 * BLOCKS_A_SECOND
"""How long bursts and keys are kept while no tone is on: longer than any pause in which a tone is decided."""

SHARP = 3 * STEP - LONG
"""A burst that is switched off fills the third window after its last to less than a quarter."""

MOST_OVER, MOST_KEYS = 6, 8
MOST_AGO = 2
"""Bursts back to the one before a pause in which another note sounded."""

Told = tuple[ToneBegan | ToneEnded, ...]
"""Positions are blocks."""


@dataclass(frozen=True, slots=True)
class _Tone:
    """A tone that is on."""

    name: ToneName
    pitch: Pitch
    at: int


class _Choice(NamedTuple):
    """A cadence, and what rules it out soonest."""

    cadence: Cadence
    bursts: int
    least: float
    most: float
    kept: frozenset[ToneName]
    """Tones that it does not end: itself, and those it is a piece of."""


def _choices(pitch: Pitch, *, sounds: bool) -> tuple[_Choice, ...]:
    return tuple(
        _Choice(
            each,
            (len(each.lengths) + 1) // 2,
            *each.lengths[-1],
            frozenset({each.name, *each.within}),
        )
        for each in CADENCES
        if each.pitch is pitch and each.sounds is sounds
    )


_SOUNDING = MappingProxyType({pitch: _choices(pitch, sounds=True) for pitch in Pitch})
_IN_A_PAUSE = MappingProxyType({pitch: _choices(pitch, sounds=False) for pitch in Pitch})


class Row:
    """One row, window by window."""

    __slots__ = ("_blunt", "_burst", "_disturbed", "_keys", "_known", "_over", "_tone", "_until")

    def __init__(self) -> None:
        self._burst: Burst | None = None
        self._over: tuple[Burst, ...] = ()
        self._disturbed = self._blunt = False
        """Whether something loud followed the last burst that is over, and whether at once."""

        self._tone: _Tone | None = None
        self._until = 0
        """Where the last burst of the tone ended so far."""

        self._known: Burst | None = None
        """The burst that a tone was decided by: the pause after it decides nothing else."""

        self._keys: tuple[tuple[int, int], ...] = ()
        """Where keys were pressed, and from when on that is known."""

    @property
    def idle(self) -> bool:
        """Whether nothing is on and nothing is kept."""
        return self._burst is None and self._tone is None and not self._over and not self._keys

    def press(self, at: int, known: int) -> None:
        """A key was pressed at block `at`; it counts from block `known` on, so that ticks of any length give the same."""
        self._keys = (*self._keys, (at, known))[-MOST_KEYS:]

    def hear(self, window: Window) -> Told:
        """One window later, this is decided."""
        now = window.at + LONG
        self._take(window)
        for each in self._over[-MOST_AGO:]:
            each.follow(window)
        told = self._end(now) if self._tone else ()
        if self._burst is not None:
            if window.pitch is self._burst.pitch:
                told += self._decide(_SOUNDING[window.pitch], self._burst.until - self._burst.at, now)
        elif self._over and self._over[-1] is not self._known:
            last = self._over[-1]
            told += self._decide(_IN_A_PAUSE[last.pitch], now - last.until, now)
        if self._tone is None and now % BLOCKS_A_SECOND < STEP:
            self._forget_the_old(now)
        return told

    def _take(self, window: Window) -> None:
        burst = self._burst
        if burst is not None:
            if window.pitch is burst.pitch:
                burst.add(window)
                return
            if burst.bridges(window):
                return
            self._close(burst, window)
        if window.pitch is not None:
            self._burst = Burst(window, window.pitch)
        elif self._over and not self._disturbed:
            self._follow(window, self._over[-1])

    def _close(self, burst: Burst, window: Window) -> None:
        self._burst = None
        if burst.counts():
            self._over = (*self._over, burst)[-MOST_OVER:]
            self._disturbed, self._blunt = False, window.at > burst.until + SHARP

    def _follow(self, window: Window, burst: Burst) -> None:
        if window.at < burst.until:
            return
        self._disturbed = window.power > DISTURBED * burst.power
        self._blunt |= window.at < burst.until + STEP and window.power > EDGE * burst.power

    def _end(self, now: int) -> Told:
        """The tone goes on, or is over."""
        tone, burst = self._tone, self._burst
        if tone is None:
            return ()
        if burst is not None and burst.pitch is tone.pitch and burst.windows >= FEWEST:
            self._until = burst.until
            return ()
        if now - self._until <= LONGEST_PAUSE[tone.name] * BLOCKS_A_SECOND:
            return ()
        self._tone, self._over = None, ()
        return (ToneEnded(tone.at, self._until, tone.name),)

    def _decide(self, choices: tuple[_Choice, ...], length: int, now: int) -> Told:
        on = None if self._tone is None else self._tone.name
        there = len(self._over) + (self._burst is not None)
        for choice in choices:
            if choice.least <= length <= choice.most and choice.bursts <= there and on not in choice.kept:
                bursts = self._bursts(choice)
                if _lengths_fit(choice.cadence, bursts, now) and self._manner_fits(
                    choice.cadence, bursts[-1], now
                ):
                    return self._begin(choice.cadence, bursts, now)
        return ()

    def _bursts(self, choice: _Choice) -> Sequence[Burst]:
        """The last of the cadence's pitch, as many as it has."""
        pitch, burst = choice.cadence.pitch, self._burst
        over = [each for each in self._over if each.pitch is pitch]
        if burst is None:
            return over[-choice.bursts :]
        return [*over, burst][-choice.bursts :] if burst.counts() else []

    def _manner_fits(self, cadence: Cadence, last: Burst, now: int) -> bool:
        return (
            (not cadence.steady or last.steady())
            and (not cadence.quiet or not self._disturbed)
            and (not cadence.pure or (last.pure() and not self._blunt))
            and (not cadence.keyed or self._keyed(last, now))
        )

    def _keyed(self, burst: Burst, now: int) -> bool:
        return any(burst.at < at <= burst.until + KEY_AFTER and known <= now for at, known in self._keys)

    def _begin(self, cadence: Cadence, bursts: Sequence[Burst], now: int) -> Told:
        ended, at = self._end_by(bursts[0])
        self._tone = _Tone(cadence.name, cadence.pitch, at)
        self._known, self._until = bursts[-1], bursts[-1].until
        return (*ended, ToneBegan(at, now, cadence.name))

    def _end_by(self, first: Burst) -> tuple[Told, int]:
        """The end of a tone that is on, by another that begins with this burst, and where that begins."""
        tone = self._tone
        if tone is None:
            return (), max(first.at, self._until)
        before = [each.until for each in self._over if each.until <= first.at and each.pitch is tone.pitch]
        until = max(tone.at, before[-1] if before else min(self._until, first.at))
        return (ToneEnded(tone.at, until, tone.name),), max(until, first.at)

    def _forget_the_old(self, now: int) -> None:
        self._over = tuple(each for each in self._over if now - each.until <= REMEMBERED)
        self._keys = tuple(each for each in self._keys if now - each[0] <= REMEMBERED)


def _lengths_fit(cadence: Cadence, bursts: Sequence[Burst], now: int) -> bool:
    heard = list(_lengths(bursts))
    if not cadence.sounds:
        heard.append(now - bursts[-1].until)
    if len(heard) != len(cadence.lengths) or not all(each.paused() for each in bursts[:-1]):
        return False
    return all(least <= length <= most for length, (least, most) in zip(heard, cadence.lengths, strict=True))


def _lengths(bursts: Sequence[Burst]) -> Iterator[int]:
    """Burst and pause in turn."""
    yield from (each.until - each.at for each in bursts[:1])
    for before, after in pairwise(bursts):
        yield after.at - before.until
        yield after.until - after.at
