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

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType

from firmware.signal.bursts import EDGE, FEWEST, Burst, Window
from firmware.signal.cadences import CADENCES, KEPT_ON, LONGEST_PAUSE, Cadence, Pitch
from firmware.signal.events import ToneBegan, ToneEnded, ToneName
from firmware.signal.windows import BLOCKS_A_SECOND, STEP, power_of

DISTURBED = power_of(-10.0)
"""Louder than this, against the burst, is no pause after a ring, but keys or speech."""

KEY_AFTER = round(0.35 * BLOCKS_A_SECOND)
"""A key pressed so soon after a burst ended it."""

REMEMBERED = 2 * BLOCKS_A_SECOND
"""How long bursts and keys are kept while no tone is on: longer than any pause in which a tone is decided."""

MOST_OVER, MOST_KEYS = 6, 8


@dataclass(frozen=True, slots=True)
class Tone:
    """A tone that is on, and where its last burst so far ended."""

    name: ToneName
    pitch: Pitch
    at: int
    until: int


@dataclass(frozen=True, slots=True)
class State:
    """What is kept of a row from window to window."""

    burst: Burst | None = None
    over: tuple[Burst, ...] = ()
    disturbed: bool = False
    """Whether something loud followed the last burst that is over."""

    blunt: bool = False
    """Whether it came without a pause."""

    tone: Tone | None = None
    keys: tuple[tuple[int, int], ...] = ()
    """Where keys were pressed, and from when on that is known."""


IDLE = State()

Told = tuple[ToneBegan | ToneEnded, ...]
"""Positions are blocks."""


def key(state: State, at: int, known: int) -> State:
    """A key was pressed at block `at`; it counts from block `known` on, so that ticks of any length give the same."""
    return replace(state, keys=(*state.keys, (at, known))[-MOST_KEYS:])


def step(state: State, window: Window) -> tuple[State, Told]:
    """The row one window later, and what is decided by it."""
    state = _with_burst(state, window)
    state, ended = _with_tone(state, window.until)
    state, began = _decided(state, window)
    return _without_the_old(state, window.until), ended + began


def _with_burst(state: State, window: Window) -> State:
    burst = state.burst
    if burst is None:
        return _begun(state, window)
    if window.pitch is burst.pitch:
        return replace(state, burst=burst.on(window))
    if burst.bridges(window):
        return state
    return _begun(_closed(state, burst), window)


def _begun(state: State, window: Window) -> State:
    if window.pitch is not None:
        return replace(state, burst=Burst.begun(window, window.pitch))
    if state.over and not state.disturbed and window.at >= state.over[-1].until:
        return _followed(state, window, state.over[-1])
    return state


def _followed(state: State, window: Window, burst: Burst) -> State:
    near = window.at < burst.until + STEP
    return replace(
        state,
        disturbed=window.power > DISTURBED * burst.power,
        blunt=state.blunt or (near and window.power > EDGE * burst.power),
    )


def _closed(state: State, burst: Burst) -> State:
    if not burst.counts():
        return replace(state, burst=None)
    return replace(state, burst=None, disturbed=False, blunt=False, over=(*state.over, burst)[-MOST_OVER:])


def _with_tone(state: State, now: int) -> tuple[State, Told]:
    """The tone goes on, or is over."""
    tone, burst = state.tone, state.burst
    if tone is None:
        return state, ()
    if burst is not None and burst.pitch is tone.pitch and burst.windows >= FEWEST:
        return replace(state, tone=replace(tone, until=burst.until)), ()
    if now - tone.until <= LONGEST_PAUSE[tone.name] * BLOCKS_A_SECOND:
        return state, ()
    return replace(state, tone=None, over=()), (ToneEnded(tone.at, tone.until, tone.name),)


def _decided(state: State, window: Window) -> tuple[State, Told]:
    found = _found(state, window)
    if found is None:
        return state, ()
    cadence, bursts = found
    tone = state.tone
    if tone is None:
        return _with(state, cadence, bursts, bursts[0].at, window.until)
    if tone.name in {cadence.name, *KEPT_ON.get(cadence.name, ())}:
        return state, ()
    ended = _ended_by(tone, bursts[0], state.over)
    state, began = _with(state, cadence, bursts, max(ended.until, bursts[0].at), window.until)
    return state, (ended, *began)


def _with(state: State, cadence: Cadence, bursts: tuple[Burst, ...], at: int, now: int) -> tuple[State, Told]:
    tone = Tone(cadence.name, cadence.pitch, at, bursts[-1].until)
    return replace(state, tone=tone), (ToneBegan(at, now, cadence.name),)


def _ended_by(tone: Tone, first: Burst, over: tuple[Burst, ...]) -> ToneEnded:
    """The tone's end, where another begins with that burst."""
    before = [each.until for each in over if each.until <= first.at and each.pitch is tone.pitch]
    until = before[-1] if before else min(tone.until, first.at)
    return ToneEnded(tone.at, max(tone.at, until), tone.name)


def _found(state: State, window: Window) -> tuple[Cadence, tuple[Burst, ...]] | None:
    """The first cadence that fits, and its bursts."""
    burst = state.burst
    if burst is None and not state.over:
        return None
    if burst is not None and (window.pitch is not burst.pitch or not burst.counts()):
        return None
    pitch = state.over[-1].pitch if burst is None else burst.pitch
    bursts = tuple(each for each in state.over if each.pitch is pitch) + (() if burst is None else (burst,))
    for cadence in _CHOICES[pitch, burst is not None]:
        mine = bursts[-((len(cadence.lengths) + 1) // 2) :]
        if _lengths_fit(cadence, mine, window.until) and _manner_fits(cadence, mine[-1], state, window.until):
            return cadence, mine
    return None


_CHOICES = MappingProxyType(
    {
        (pitch, sounds): tuple(each for each in CADENCES if (each.pitch, each.sounds) == (pitch, sounds))
        for pitch in Pitch
        for sounds in (True, False)
    }
)


def _lengths_fit(cadence: Cadence, bursts: tuple[Burst, ...], now: int) -> bool:
    heard = list(_lengths(bursts))
    if not cadence.sounds:
        heard.append(now - bursts[-1].until)
    return len(heard) == len(cadence.lengths) and all(
        least <= length <= most for length, (least, most) in zip(heard, cadence.lengths, strict=True)
    )


def _lengths(bursts: tuple[Burst, ...]) -> Iterator[int]:
    """Burst and pause in turn."""
    yield bursts[0].until - bursts[0].at
    for before, after in pairwise(bursts):
        yield after.at - before.until
        yield after.until - after.at


def _manner_fits(cadence: Cadence, last: Burst, state: State, now: int) -> bool:
    return (
        (not cadence.steady or last.steady())
        and (not cadence.quiet or not state.disturbed)
        and (not cadence.pure or (last.pure() and not state.blunt))
        and (not cadence.keyed or _keyed(last, state.keys, now))
    )


def _keyed(burst: Burst, keys: tuple[tuple[int, int], ...], now: int) -> bool:
    return any(burst.at < at <= burst.until + KEY_AFTER and known <= now for at, known in keys)


def _without_the_old(state: State, now: int) -> State:
    if state.tone is not None or now % BLOCKS_A_SECOND >= STEP:
        return state
    return replace(
        state,
        over=tuple(each for each in state.over if now - each.until <= REMEMBERED),
        keys=tuple(each for each in state.keys if now - each[0] <= REMEMBERED),
    )
