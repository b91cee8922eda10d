"""Keys are kept out of the recording whatever the card: at its own rate, and whichever side they are heard on."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.recorder.test_recorder_keyed import BLANK, CHANCE, paid_by_card
from tests.rigs import spandsp
from tests.rigs.decoders import keys_given_away, needs
from tests.rigs.fresh_calls import Spoken
from tests.rigs.judging import given_away, nothing_is_read, play
from tests.rigs.kept import first
from tests.rigs.office import RATE, LineAsk, Office, Opened
from tests.rigs.speech import needs_speech

pytestmark = [needs_speech, spandsp.needs_spandsp, needs("multimon-ng")]


def at_rate(samples: NDArray[np.int16], rate: int) -> NDArray[np.int16]:
    """The same sound as a card of another rate would bring it: nothing above the telephone band."""
    spectrum = np.fft.rfft(samples.astype(np.float64))
    count = len(samples) * rate // RATE
    wide = np.zeros(count // 2 + 1, complex)
    wide[: len(spectrum) - 1] = spectrum[:-1]
    return np.clip(np.fft.irfft(wide, count) * (rate / RATE), -32768, 32767).astype(np.int16)


def opened(tmp_path: Path, call: Spoken, line: LineAsk) -> tuple[Office, Opened]:
    """The call's one recording, of a line that is asked for so."""
    office = play(Office(tmp_path, [line]), call.hook, len(call.samples) / RATE)
    office.finish()
    assert office.told()["live"]["tainted"] is None, "a key was sealed, and cut afterwards"
    (only,) = office.recordings()
    return office, only


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_keys_of_a_faster_card_are_in_no_recording(tmp_path: Path, rate: int) -> None:
    """What is brought from the card's rate to the line's is judged, and blanked, where it lies."""
    call = paid_by_card(21)
    samples = at_rate(call.samples, rate)
    office, only = opened(tmp_path, call, LineAsk(samples=samples, extra=BLANK, card_rate=rate))
    right, inside = given_away(office, only, call.places)
    assert (inside, right <= CHANCE) == (23, True)
    nothing_is_read([only])


@pytest.mark.parametrize("side", [0, 1])
def test_keys_on_one_side_are_on_neither(tmp_path: Path, side: int) -> None:
    """The other side hears an echo that is far too soft to be judged, and is blanked where the loud one is."""
    call = paid_by_card(22)
    other = (call.samples * 0.002).astype(np.int16)
    both = np.stack([call.samples, other] if side == 0 else [other, call.samples], axis=1)
    office, only = opened(tmp_path, call, LineAsk(samples=both, extra=BLANK))
    begins = first(office, only)
    places = [(at - begins, until - begins, key) for at, until, key in call.places]
    assert only.samples.shape[1] == 2
    for heard in range(2):
        assert keys_given_away(np.ascontiguousarray(only.samples[:, heard]), places) <= CHANCE
    for at, until, _ in places:
        assert not only.samples[at:until].any()
    nothing_is_read([only])
