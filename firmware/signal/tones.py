"""Call progress tones of all rows: which windows have a pitch, and what that makes in time.

Rules of this module:

1. A long window is fitted where the nearest frequencies hold a third of its power: all that could
   have a pitch, and a twentieth of ordinary speech.
2. What a row's windows make in time is firmware/signal/cadence.py's; a row without a pitch
   and with nothing on costs nothing there.
3. It is the same whichever rows share a batch, and for ticks of any length.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from firmware.signal.bursts import Window
from firmware.signal.cadence import Row
from firmware.signal.dtmf import Keyed
from firmware.signal.events import Digit, SignalEvent, ToneBegan, ToneEnded
from firmware.signal.pitches import LEAST_POWER, PITCHES, Fitter
from firmware.signal.windows import BLOCKS_A_SECOND, CONTEXT, FIRST_LONG, LONG, STEP, Heard

LOOKED_AT = 0.32
"""Least share by the nearest frequencies: what a tone 1.5 % off keeps at 480 + 620 Hz, noise beside it."""

BEFORE = FIRST_LONG
"""Blocks from a window back to one that is still before the tone: the first new window has no more."""

KNOWN_AFTER = round(0.075 * BLOCKS_A_SECOND)
"""From a digit's end until it is reported, at most: a window and the longest pause within a digit."""

_OF_A_WINDOW = np.arange(LONG)


class Tones:
    """Call progress tones of rows of one rate."""

    def __init__(self, rate: int) -> None:
        self._fitter = Fitter(rate)
        self._rows: dict[int, Row] = {}

    def listen(self, heard: Heard, keyed: Keyed) -> Iterator[tuple[int, SignalEvent]]:
        """What began and ended, by row."""
        pitched = self._pitched(heard)
        if not pitched and not self._rows:
            return
        rows: list[int] = heard.rows.tolist()
        concerned = {row: line for line, row in enumerate(rows) if line in pitched or row in self._rows}
        self._press(heard, concerned, keyed.digits)
        for row, line in concerned.items():
            offset = int(heard.at[line]) % heard.block
            for told in self._told(heard, line, row, pitched.get(line, {})):
                yield row, _placed(told, heard.block, offset)

    def forget(self, row: int) -> None:
        """Begin anew with this row."""
        self._rows.pop(row, None)

    def _pitched(self, heard: Heard) -> dict[int, dict[int, Window]]:
        """Windows that have a pitch, by line and step."""
        looked = (heard.long_pitch > LOOKED_AT * heard.long_energy) & (heard.long_energy > LEAST_POWER)
        which, steps = looked.nonzero()
        found: dict[int, dict[int, Window]] = {}
        if not len(which):
            return found
        lines, starts = heard.open[which], FIRST_LONG + STEP * steps
        fits = self._fitter.fit(_windows(heard, lines, starts))
        if not len(fits.window):
            return found
        blocks = heard.at[lines] // heard.block + starts - CONTEXT
        before = heard.level[which, starts - BEFORE]
        for each, window in enumerate(fits.window.tolist()):
            found.setdefault(int(lines[window]), {})[int(steps[window])] = Window(
                int(blocks[window]),
                float(fits.power[each]),
                PITCHES[fits.pitch[each]],
                float(fits.off[each]),
                float(fits.share[each]),
                float(before[window]),
            )
        return found

    def _press(self, heard: Heard, concerned: dict[int, int], digits: tuple[tuple[int, Digit], ...]) -> None:
        """Keys count where a tone may be on."""
        for row, digit in digits:
            if row in concerned:
                offset = int(heard.at[concerned[row]]) % heard.block
                at, until = ((each - offset) // heard.block for each in (digit.at, digit.until))
                self._rows.setdefault(row, Row()).press(at, until + KNOWN_AFTER)

    def _told(
        self, heard: Heard, line: int, row: int, pitched: dict[int, Window]
    ) -> Iterator[ToneBegan | ToneEnded]:
        """What the row's windows of this tick tell, in blocks."""
        state = self._rows.setdefault(row, Row())
        first = int(heard.at[line]) // heard.block - CONTEXT + FIRST_LONG
        for step, power in enumerate(_powers(heard, line)):
            yield from state.hear(pitched.get(step) or Window(first + STEP * step, power))
        if state.idle:
            del self._rows[row]


def _windows(heard: Heard, lines: NDArray[np.intp], starts: NDArray[np.intp]) -> NDArray[np.int16]:
    """The samples of long windows that begin with these blocks, (windows, samples)."""
    blocks = heard.samples.reshape(-1, heard.block)
    return blocks.take((lines * heard.blocks + starts)[:, None] + _OF_A_WINDOW, axis=0).reshape(
        len(lines), -1
    )


def _powers(heard: Heard, line: int) -> list[float]:
    """Of each long window of a line; 0 below the gate."""
    steps = heard.blocks // STEP - CONTEXT // STEP
    at = int(np.searchsorted(heard.open, line))
    if at == len(heard.open) or heard.open[at] != line:
        return [0.0] * steps
    powers: list[float] = heard.long_energy[at].tolist()
    return powers


def _placed(event: ToneBegan | ToneEnded, block: int, offset: int) -> ToneBegan | ToneEnded:
    """The event with positions of the line in place of blocks."""
    match event:
        case ToneBegan():
            return replace(event, at=event.at * block + offset, decided=event.decided * block + offset)
        case ToneEnded():
            return replace(event, at=event.at * block + offset, until=event.until * block + offset)
