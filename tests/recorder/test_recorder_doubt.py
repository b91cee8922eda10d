"""Doubt on a line without a hook sensor ends with silence that was heard, never with silence that is missing."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.rigs.kept import first
from tests.rigs.office import DESK, RATE, LineAsk, Office, noise

QUIET = np.zeros(32 * RATE, np.int16)


def bursts(seconds: float) -> NDArray[np.int16]:
    """Noise as speech comes: 350 ms on, 150 ms off."""
    made = noise(seconds)
    return made * (np.arange(len(made)) % 4000 < 2800).astype(np.int16)


def test_missing_samples_are_no_silence(tmp_path: Path) -> None:
    """A pause, a crash without usable notes, and a card that is gone for 40 s: what comes after it is withheld."""
    fed = np.concatenate([QUIET, bursts(90)])
    office = Office(tmp_path, [LineAsk(samples=fed, hooked=False)], desks=DESK)
    office.run(40)
    assert office.notes()["in_call"]
    office.tap_once("front")
    office.run(2)
    office.crash()
    office.present = False
    office.restart(11)
    back = office.position
    office.run(40)
    office.present = True
    office.run(10)
    assert office.notes()["reason"] in {None, "lost: restarted"}
    office.recorder.stop()
    assert all(first(office, each) < back for each in office.recordings())
