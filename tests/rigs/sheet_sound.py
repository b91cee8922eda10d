"""What a sheet says is heard on the line, as sound: rings, caller ids, tones, talk, keys, a broken line.

1. Sound is laid on a hush of 1 to 8 steps of 16 bits, never zero, so that what was kept is found again bit for bit.
2. Somebody who talks is noise in bursts: nobody's words, and nothing in it that could be a key.
3. Frequencies and cadences are British (BT SIN 350, SIN 227); a key is pressed for 80 ms, and 80 ms until the next.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tests.rigs import spandsp
from tests.rigs.keying import Manner, Sound, as_samples, keyed, sine
from tests.scenarios.sheet import HEARD, Sentence, seconds

RATE: Final = 8000
TALK: Final = 4000.0
TONES: Final[dict[str, tuple[tuple[int, ...], tuple[float, ...]]]] = {
    "dial": ((350, 440), ()),
    "ringing": ((400, 450), (0.4, 0.2, 0.4, 2.0)),
    "busy": ((400,), (0.375, 0.375)),
    "congestion": ((400,), (0.4, 0.35, 0.225, 0.525)),
    "unobtainable": ((400,), ()),
    "call waiting": ((400,), (0.1, 60.0)),
}
RINGS: Final = {"once": (1.0, 4.0), "twice": (0.4, 0.2, 0.4, 2.0)}


def sound_of(steps: Sequence[Sentence], total: float, began: float) -> NDArray[np.int16]:
    """So many seconds of a line on which the steps are heard, their times counted from `began`."""
    made = np.random.default_rng(4).integers(1, 9, round(total * RATE)).astype(np.float64)
    for step in steps:
        if step.means in HEARD:
            piece, at = _piece(step), round((began + step.at) * RATE)
            if step.means == "breaks":
                made[at : at + len(piece)] = 1
            made[at : at + len(piece)] += piece
    return as_samples(made)


def _piece(step: Sentence) -> Sound:
    last = step.words[-1] if step.words else ""
    makers: dict[str, Callable[[], Sound]] = {
        "rings": lambda: _paused(RINGS[step.words[0]], seconds(last) - step.at, (25,), 2.0),
        "caller": lambda: _burst((0x02, last.replace(" ", "").encode())),
        "absent": lambda: _burst((0x04, {"withheld": b"P", "unavailable": b"O"}.get(last, b""))),
        "sounds": lambda: _paused(TONES[step.words[0]][1], seconds(last) - step.at, TONES[step.words[0]][0]),
        "talks": lambda: _talk(seconds(last) - step.at, round(step.at * 10)),
        "keyed": lambda: _keys(last.replace(" ", "")),
        "breaks": _break,
    }
    return makers[step.means]()


def _burst(*fields: tuple[int, bytes]) -> Sound:
    return np.asarray(spandsp.send_caller_id(spandsp.V23, [(0x01, b"03031200"), *fields]), np.float64)


def _keys(digits: str) -> Sound:
    manner = Manner(level=-10, on=(80, 80), off=(80, 80))
    return keyed(digits, manner, lead=0, tail=0).sound


def _paused(cadence: Sequence[float], length: float, hertz: Sequence[int], level: float = -16.0) -> Sound:
    """Tones that pause so, for so long."""
    count = round(length * RATE)
    made = np.asarray(sum(sine(each, level, count) for each in hertz), np.float64)
    for start, stop in _pauses(cadence, length):
        made[round(start * RATE) : round(stop * RATE)] = 0
    return made


def _pauses(cadence: Sequence[float], length: float) -> Iterator[tuple[float, float]]:
    at = 0.0
    while cadence and at < length:
        for place, each in enumerate(cadence):
            if place % 2:
                yield at, at + each
            at += each


def _talk(length: float, seed: int) -> Sound:
    """Bursts of 350 ms with pauses of 150 ms, a signal in which no eight samples occur twice."""
    noise = np.random.default_rng(seed).normal(0, TALK, round(length * RATE))
    noise[np.arange(len(noise)) % 4000 >= 2800] = 0
    return noise


def _break() -> Sound:
    """A tenth of a second without a line, between two clicks."""
    made = np.zeros(RATE // 10)
    made[:8], made[-8:] = 9000, -9000
    return made
