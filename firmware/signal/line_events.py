"""What the exchange does to a row besides speaking: alerts, reversals and breaks.

1. An *alert* is 2130 and 2750 Hz together, at about one level: 88 to 110 ms before the caller
   id on an idle line, 75 to 85 ms in mid-call (BT SIN 227, ETSI ES 200 778).
2. A *click* is 5 ms that stand 12 dB above what was 10 ms before and after. Alone it says
   nothing: hooks, relays, keys and consonants click as well.
3. A *reversal* is the click that a quiet stretch parts from an alert, and is told with it.
   A click without an alert is none, for nobody could tell it from a hook.
4. A *break* is what lies between two clicks, 40 ms to 1 s apart, if it is quieter than
   the row ever was in the six seconds before: an open loop brings not even the line's own
   noise. Where the capture card is louder than the line, a break is not heard.
5. All is decided on blocks of 5 ms by their places, so in ticks of any length alike.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware.signal.events import Alert, Break, Reversal
from firmware.signal.past import GATE, Past
from firmware.signal.runs import Run, Runs
from firmware.signal.tone_power import whole_power
from firmware.signal.windows import ALERT, CONTEXT, FIRST, FREQUENCIES, WINDOW, Heard, median, power_of

FIRST_TONE, SECOND_TONE = (FREQUENCIES.index(each) for each in ALERT)
ALERT_LEAST = power_of(-50.0)
"""SIN 227 sends the alert at -38 dBV or more; below this it would not be read beside a line's noise (our choice)."""
ALERT_SHARE = 0.7
"""Of a window's power, in both tones (our choice)."""
ALERT_TWIST = 0.1
"""The weaker tone's power over the stronger one's: 10 dB, 6 are allowed (SIN 227) and lines slope (our choice)."""
ALERT_LENGTH = (13, 26)
"""Blocks: rule 1, and a margin for how they lie (our choice)."""
ALERT_EDGE = 3
"""Blocks before the first and after the last window that is nothing but alert, in which it may begin and end."""

CLICK_OVER = 16.0
CLICK_LEAST = power_of(-46.0)
"""A relay's crack was 20 to 50 dB above a caller id (research: signalling, section 4); noise is below (our choice)."""
CLICK_ASIDE = 2
"""Blocks to each side from where it has to be quiet again."""
CLICKS_KEPT = 16
REVERSAL_BEFORE = (10, 200)
"""Blocks from a reversal to its alert: at least 100 ms by SIN 227; half of that and a second are taken (our choice)."""
QUIETER_THAN_ALERT = 0.25
"""Of the alert's power, more than which nothing between the two may have (our choice)."""

BREAK_LENGTH = (8, 210)
"""Blocks: recalls break for 50 to 150 ms, clearing for up to a second (research: signalling, section 6), and a margin."""
BREAK_BELOW = 10**-0.2
"""How far below the floor: 2 dB, and the floor is already the least of many steps (our choice)."""
BREAK_MOST = power_of(-50.0)
"""What a line that is open never is, whatever was before (our choice)."""


@dataclass(frozen=True, slots=True)
class _Click:
    """Where it was loudest, and the block of the row's grid that this is in."""

    at: int
    block: int


class Alerts:
    """Dual tone alerts, and the reversals before them."""

    def __init__(self, past: Past, clicks: "Clicks") -> None:
        self._past, self._clicks = past, clicks
        self._runs = Runs(gap=ALERT_EDGE)

    def listen(self, heard: Heard) -> Iterator[tuple[int, Reversal | Alert]]:
        """What ended in this tick."""
        line, window = _alerting(heard)
        for row, run in self._runs.take(heard, line, window):
            yield from ((row, each) for each in self._told(row, run, heard.block))

    def forget(self, row: int) -> None:
        """The row begins anew."""
        self._runs.forget(row)

    def _told(self, row: int, run: Run, block: int) -> Iterator[Reversal | Alert]:
        shortest, longest = ALERT_LENGTH
        whole = self._past.blocks(row, run.first - ALERT_EDGE, run.last + WINDOW + ALERT_EDGE)
        power = median(whole)
        began, ended = _edges(whole > power / 2)
        began, ended = run.first - ALERT_EDGE + began, run.first - ALERT_EDGE + ended
        if shortest <= ended - began <= longest:
            reversal = self._reversal(row, began, power)
            if reversal is not None:
                yield Reversal(reversal.at)
            yield Alert(began * block, ended * block)

    def _reversal(self, row: int, began: int, power: float) -> _Click | None:
        """The last click before the alert, if nothing but quiet lies between."""
        least, most = REVERSAL_BEFORE
        near = [each for each in self._clicks.of(row) if least <= began - each.block <= most]
        if not near:
            return None
        between = self._past.blocks(row, near[-1].block + CLICK_ASIDE, began - 1)
        return near[-1] if between.max() < QUIETER_THAN_ALERT * power else None


class Clicks:
    """Clicks, and the breaks between two of them."""

    def __init__(self, past: Past) -> None:
        self._past = past
        self._kept: dict[int, list[_Click]] = {}

    def of(self, row: int) -> list[_Click]:
        """The last clicks of a row, in order."""
        return self._kept.get(row, [])

    def listen(self, heard: Heard) -> Iterator[tuple[int, Break]]:
        """What ended in this tick."""
        for line, place in zip(*_clicking(heard), strict=True):
            row, click = int(heard.rows[line]), _click(heard, int(line), int(place))
            before = self.of(row)
            if before and click.block - before[-1].block < CLICK_ASIDE:
                continue
            self._kept[row] = [*before, click][-CLICKS_KEPT:]
            opened = self._opened(before, row, click)
            if opened is not None:
                yield row, Break(opened.at, click.at)

    def forget(self, row: int) -> None:
        """The row begins anew."""
        self._kept.pop(row, None)

    def _opened(self, before: Sequence[_Click], row: int, closed: _Click) -> _Click | None:
        """The click that opened the loop which this one closed."""
        least, most = BREAK_LENGTH
        for each in reversed(before):
            if least <= closed.block - each.block <= most:
                between = self._past.blocks(row, each.block + CLICK_ASIDE, closed.block - 1)
                if between.max() >= BREAK_MOST:
                    return None
                floor = self._past.floor(row, each.block - 1)
                if between.max() < floor and between.mean() < floor * BREAK_BELOW:
                    return each
        return None


def _edges(loud: NDArray[np.bool_]) -> tuple[int, int]:
    """Where the stretch in the middle begins and ends."""
    middle = len(loud) // 2
    before, after = (~loud[:middle]).nonzero()[0], (~loud[middle:]).nonzero()[0]
    return (int(before[-1]) + 1 if len(before) else 0), middle + int(after[0]) if len(after) else len(loud)


def _alerting(heard: Heard) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Lines and new windows in which there is nothing but the two tones."""
    new = slice(FIRST, heard.blocks - WINDOW + 1)
    both = heard.power[FIRST_TONE, :, new] + heard.power[SECOND_TONE, :, new]
    # one per cent off its frequency a tone shows less than a third of its power
    line, window = (both > 0.2 * heard.energy[:, new]).nonzero()
    if not len(line):
        return line, window
    window += FIRST
    energy = heard.energy[line, window]
    one, other = (whole_power(heard, each, line, window) for each in (FIRST_TONE, SECOND_TONE))
    fits = (one + other > np.maximum(ALERT_SHARE * energy, ALERT_LEAST)) & (
        np.minimum(one, other) > ALERT_TWIST * np.maximum(one, other)
    )
    return line[fits], window[fits]


def _clicking(heard: Heard) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Lines of the batch and blocks that click, hum left out as in the past, as far as is seen on both sides of them now."""
    raw = heard.raw[heard.open, CONTEXT - 2 * CLICK_ASIDE :]
    still = np.where(raw < GATE, raw, heard.level[:, CONTEXT - 2 * CLICK_ASIDE :])
    around = np.maximum(still[:, : -2 * CLICK_ASIDE], still[:, 2 * CLICK_ASIDE :])
    around *= CLICK_OVER
    line, place = (still[:, CLICK_ASIDE:-CLICK_ASIDE] > np.maximum(around, CLICK_LEAST)).nonzero()
    return heard.open[line], place + CONTEXT - CLICK_ASIDE


def _click(heard: Heard, line: int, place: int) -> _Click:
    samples = heard.samples[line, place * heard.block : (place + 1) * heard.block]
    loudest = int(np.abs(samples.astype(np.int32)).argmax())
    at = heard.position(line, place)
    return _Click(at + loudest, at // heard.block)
