"""The decimator keeps what it promises of its response, and never shifts time."""

from itertools import pairwise

import numpy as np
import pytest

from firmware.signal.decimate import Decimator, ratio


def _through(card: int, line: int, samples: np.ndarray, pieces: int = 1) -> np.ndarray:
    """Run a whole signal, in one or several calls; the first outputs see zeros before the start."""
    decimator = Decimator(card, line)
    total = decimator.outputs(samples.shape[1])
    bounds = np.linspace(0, total, pieces + 1).astype(int)
    padded = np.pad(samples.astype(np.float32), ((0, 0), (-decimator.first_input(0), 0)))
    out = []
    for first, stop in pairwise(bounds):
        begin = decimator.first_input(int(first)) - decimator.first_input(0)
        out.append(decimator.run(padded[:, begin:], int(first), int(stop - first)))
    return np.concatenate(out, axis=1)


def _gain(card: int, line: int, hertz: float) -> float:
    at = np.arange(card) / card
    out = _through(card, line, (10000 * np.sin(2 * np.pi * hertz * at))[None, :])[0, 400:-400]
    return 20 * np.log10(max(out.astype(float).std() * np.sqrt(2) / 10000, 1e-6))


@pytest.mark.parametrize("card", [16000, 32000, 44100, 48000, 96000])
@pytest.mark.parametrize("hertz", [50, 300, 1000, 2100, 3000, 3400])
def test_passes_the_telephone_band(card: int, hertz: int) -> None:
    """Up to 3,400 Hz the level is within 0.2 dB."""
    assert abs(_gain(card, 8000, hertz)) <= 0.2


@pytest.mark.parametrize("card", [16000, 32000, 44100, 48000, 96000])
@pytest.mark.parametrize("hertz", [4600, 5000, 6000, 7900])
def test_stops_what_would_fold(card: int, hertz: int) -> None:
    """From 4,600 Hz on nothing is left above -55 dB."""
    assert _gain(card, 8000, hertz) <= -55


@pytest.mark.parametrize("card", [44100, 48000])
def test_never_shifts_time(card: int) -> None:
    """A click at a given instant comes out at that instant."""
    samples = np.zeros((1, card))
    samples[0, card // 2] = 30000
    assert int(np.argmax(np.abs(_through(card, 8000, samples)[0]))) == 4000


@pytest.mark.parametrize("card", [44100, 48000])
@pytest.mark.parametrize("pieces", [2, 7, 40])
def test_is_the_same_in_pieces(card: int, pieces: int) -> None:
    """Ticks of any length give the same samples."""
    noise = np.random.default_rng(7).integers(-20000, 20000, (2, card))
    assert np.array_equal(_through(card, 8000, noise), _through(card, 8000, noise, pieces))


def test_refuses_a_card_that_is_too_slow() -> None:
    """A line is never made of fewer samples than it has."""
    with pytest.raises(ValueError, match="cannot feed"):
        ratio(8000, 16000)


def test_equal_rates_need_nothing() -> None:
    """At the line's own rate there is no filter, so the samples stay bit for bit."""
    assert Decimator(8000, 8000).identity
    assert not Decimator(48000, 8000).identity
