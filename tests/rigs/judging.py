"""A line's sound is played through the real recorder, and what it stored is given to those who would read digits in it.

The recording is opened as the office opens it (`Office.opened`), every judge is another's work, and
none is asked to be fair: gain, twist and time are all on its side.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from firmware.call.events import Reason
from tests.rigs import spandsp
from tests.rigs.decoders import keys_given_away, multimon_digits
from tests.rigs.kept import first, gaps
from tests.rigs.office import RATE, STEP, Office, Opened

KEYED = (Reason.KEYED, Reason.CARD_ENTRY)


def play(office: Office, hook: Iterable[tuple[float, bool]], seconds: float, line: str = "line1") -> Office:
    """Let the line go on for so long, its phone being lifted and replaced at these seconds of its sound."""
    now = 0.0
    for at, lifted in hook:
        office.run(_steps(at - now))
        now += _steps(at - now)
        stamp = office.started + round(at * 1e9)
        office.hooks[line].say("lift" if lifted else "replace", min(stamp, office.clock.monotonic_ns()))
        office.recorder.react()
    office.run(_steps(seconds - now))
    return office


def _steps(seconds: float) -> float:
    """Whole steps that reach as far."""
    return max(0, -(-round(seconds * 1000) // round(STEP * 1000))) * STEP


def nothing_is_read(recordings: Sequence[Opened]) -> None:
    """Neither spandsp, four times louder and with 12 dB of twist, nor multimon-ng reads a digit in any side."""
    for opened in recordings:
        for side in opened.samples.T:
            assert spandsp.read_greedily(np.ascontiguousarray(side)) == ""
            assert multimon_digits(np.ascontiguousarray(side)) == ""


def given_away(office: Office, opened: Opened, places: Sequence[tuple[int, int, str]]) -> tuple[int, int]:
    """How many of the keys a fit that knows their places names right in the recording; and how many lie in it."""
    begins = first(office, opened)
    inside = [
        (at - begins, until - begins, key)
        for at, until, key in places
        if begins <= at and until <= begins + len(opened.samples)
    ]
    return keys_given_away(opened.samples[:, 0], inside), len(inside)


def blanked(office: Office, opened: Opened, reasons: Sequence[str] = KEYED) -> NDArray[np.bool_]:
    """Of each sample of the line, from the office's start on, whether the recording has a gap there for a key."""
    told = gaps(office, opened)
    mask = np.zeros(max([0, *(stop for _, stop, _ in told)]) + 60 * RATE, np.bool_)
    for start, stop, reason in told:
        if reason in reasons:
            mask[start:stop] = True
    return mask
