"""Whether a window is nothing but a tone, though the tone be a little off its frequency."""

import numpy as np
from numpy.typing import NDArray

from firmware.signal.windows import BLOCKS_A_SECOND, WINDOW, Heard, Powers

MOST_OFF = 35.0
"""Hz that a tone may be off: 1.1 per cent of 2750 Hz (BT SIN 227), 9 Hz from 1200 to 1209 and 1 per cent on top."""


def whole_power(heard: Heard, column: int, line: NDArray[np.intp], window: NDArray[np.intp]) -> Powers:
    """A tone's power in some windows, as it would be were it not off its frequency; nought where it is too far off.

    How far it is off shows in its phase from the window before: `window` is at least one.
    """
    sums = heard.sums[:, :, column]
    turn = np.angle(sums[line, window] * sums[line, window - 1].conj())
    off = turn * (BLOCKS_A_SECOND / (2 * np.pi))
    kept = np.sinc(off * (WINDOW / BLOCKS_A_SECOND)) ** 2
    return np.where(np.abs(off) <= MOST_OFF, heard.power[column, line, window] / np.maximum(kept, 0.1), 0)
