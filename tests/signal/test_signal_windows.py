"""The fast windows are what a slow reference says, free of hum, and leave no sample behind."""

import numpy as np
import pytest
from numpy.typing import NDArray

from firmware.signal.bench import Bench
from firmware.signal.windows import (
    BLOCKS_A_SECOND,
    CONTEXT,
    FIRST,
    FIRST_LONG,
    FREQUENCIES,
    LONG,
    PITCHES,
    STEP,
    WINDOW,
    power_of,
)
from tests.rigs.keying import as_samples, noise, sine
from tests.rigs.telling import heard

MILLIWATT = 32768**2 / 2 / 10**0.314
"""Mean square of 0 dBm0."""


class Reference:
    """One row, slowly: each block freed of its constant, slope and bend by a fit, each window by plain correlation."""

    def __init__(self, samples: NDArray[np.int16], rate: int) -> None:
        self.rate, self.block = rate, rate // BLOCKS_A_SECOND
        blocks = samples.astype(float).reshape(-1, self.block) / np.sqrt(MILLIWATT)
        at = np.arange(self.block)
        bent = np.stack([np.polyval(np.polyfit(at, each, 2), at) for each in blocks])
        self.raw = np.square(blocks).mean(axis=1)
        self.still = blocks - bent

    def window(self, first: int, blocks: int = WINDOW) -> NDArray[np.float64]:
        """Its samples."""
        return self.still[first : first + blocks].reshape(-1)

    def power(self, hertz: float, first: int, blocks: int = WINDOW) -> float:
        """Mean power of a frequency in a window."""
        samples = self.window(first, blocks)
        turns = np.exp(-2j * np.pi * hertz * np.arange(len(samples)) / self.rate)
        return float(2 * abs((samples * turns).mean()) ** 2)


def busy_rows(rate: int, seconds: float, seed: int = 7) -> NDArray[np.int16]:
    """Three rows full of everything: noise, tones, hum, a full-scale step."""
    count = round(rate * seconds)
    dice = np.random.default_rng(seed)
    at = np.arange(count) / rate
    tones = sum(3000 * np.sin(2 * np.pi * hertz * at + hertz) for hertz in (355, 448, 701, 1340, 2100))
    buzz = 9000 * np.sin(2 * np.pi * 50 * at) + dice.normal(0, 100, count)
    step = np.where(at < seconds / 2, -32768, 32767)
    return np.stack([as_samples(each) for each in (tones + dice.normal(0, 2000, count), buzz, step)])


@pytest.mark.parametrize("rate", [8000, 16000])
def test_is_what_a_slow_reference_says(rate: int) -> None:
    """Blocks, windows, long windows and their powers agree with plain correlation to a few parts in 10,000."""
    rows = busy_rows(rate, 0.30)
    tick = heard(rows, rate)
    assert tick.open.tolist() == [0, 1, 2]
    for line, samples in enumerate(rows):
        slow = Reference(samples, rate)
        loud = slow.raw.max() * 4e-6
        assert np.allclose(tick.raw[line], slow.raw, rtol=1e-4)
        assert np.allclose(tick.level[line], np.square(slow.still).mean(axis=1), rtol=1e-3, atol=loud)
        for window in range(FIRST - 1, tick.blocks - WINDOW + 1):
            power = [slow.power(hertz, window) for hertz in FREQUENCIES]
            assert np.allclose(tick.power[:, line, window], power, rtol=1e-3, atol=loud)
            energy = np.square(slow.window(window)).mean()
            assert np.isclose(tick.energy[line, window], energy, rtol=1e-3, atol=loud)
        for step in range(tick.blocks // STEP - CONTEXT // STEP):
            first = FIRST_LONG + STEP * step
            pitch = max(sum(slow.power(hertz, first, LONG) for hertz in each) for each in PITCHES)
            assert np.isclose(tick.long_pitch[line, step], pitch, rtol=1e-3, atol=loud)
            energy = np.square(slow.window(first, LONG)).mean()
            assert np.isclose(tick.long_energy[line, step], energy, rtol=1e-3, atol=loud)


@pytest.mark.parametrize("hertz", FREQUENCIES)
def test_a_tone_shows_its_level(hertz: int) -> None:
    """Within 1.5 dB whatever the hum's shapes take of it, and nearly all of the energy that is left is in it."""
    tick = heard(as_samples(sine(hertz, -20, 2400))[None, :])
    power, energy = tick.power[FREQUENCIES.index(hertz), 0, FIRST:-WINDOW], tick.energy[0, FIRST:-WINDOW]
    assert np.abs(10 * np.log10(power) + 20).max() < 1.5
    assert (power / energy).min() > 0.8


@pytest.mark.parametrize(("hertz", "off"), [(0, 60), (50, 37), (100, 20), (150, 11.5)])
def test_hum_is_taken_off(hertz: int, off: float) -> None:
    """So many dB, in energy: direct current whole, mains with their harmonics where they are strongest."""
    sound = sine(hertz, -10, 2400) if hertz else np.full(2400, 3000.0)
    tick = heard(as_samples(sound)[None, :])
    taken = 10 * np.log10(tick.raw[0, 4:].mean() / tick.level[0, 4:].mean())
    assert taken > off


def test_only_what_passes_the_gate_is_looked_at() -> None:
    """A quiet line's noise stays below it, a key of -58 dBm0 a tone does not, and rows keep their places."""
    quiet, key = noise(1, 2400, -63), sine(770, -58, 2400) + sine(1336, -58, 2400)
    tick = heard(np.stack([as_samples(each) for each in (quiet, key, 0 * quiet, key)]))
    assert tick.open.tolist() == [1, 3]
    assert tick.level.shape == (2, 60)
    assert np.allclose(tick.power[:, 0, :-WINDOW], tick.power[:, 1, :-WINDOW])
    assert tick.raw.shape == (4, 60)


def test_a_row_is_the_same_in_any_company() -> None:
    """What is worked out of a row does not depend on its mates, open or not."""
    rows = busy_rows(8000, 0.30)
    alone = heard(rows[:1])
    mixed = heard(np.stack([0 * rows[0], rows[1], rows[0], 0 * rows[0]]))
    assert mixed.open.tolist() == [1, 2]
    windows = slice(None, -WINDOW)
    assert np.allclose(alone.level[0], mixed.level[1])
    assert np.allclose(alone.power[:, 0, windows], mixed.power[:, 1, windows], atol=1e-9)
    assert np.allclose(alone.long_pitch[0], mixed.long_pitch[1])


def test_positions_are_the_line_s() -> None:
    """The first new block begins at `at`."""
    tick = heard(np.zeros((1, 2400), np.int16), at=16000)
    assert [tick.position(0, block) for block in (0, CONTEXT, tick.blocks)] == [15600, 16000, 18000]


@pytest.mark.parametrize("width", [0, 400, 2399, 2440, 10000])
def test_what_is_no_tick_is_refused(width: int) -> None:
    """Whole steps, new ones among them, and no more than the bench has room for."""
    bench = Bench(8000, 1, 100)
    with pytest.raises(ValueError, match="no tick"):
        bench.hear(np.arange(1), np.zeros(1, np.int64), np.zeros((1, width), np.int16))


def test_no_sample_stays() -> None:
    """After a tick the scratch arrays for samples are empty; after a silent one nothing of what was heard is left."""
    bench = Bench(8000, 3, 60)
    rows = busy_rows(8000, 0.30)
    for samples in (rows, np.stack([0 * rows[0], rows[1], rows[2]])):
        bench.hear(np.arange(3), np.zeros(3, np.int64), samples)
        assert not bench._slab.copied.any()
        assert not bench._slab.samples.any()
    bench.hear(np.arange(3), np.zeros(3, np.int64), 0 * rows)
    slab = bench._slab
    assert not any(
        each.any() for each in (slab.parts, slab.pairs, slab.sums, slab.squares, slab.power, slab.long)
    )


def test_levels_are_dbm0() -> None:
    """A full-scale sine is +3.14 dBm0."""
    tick = heard(as_samples(sine(1000, 3.14, 2400))[None, :])
    assert np.allclose(tick.raw, power_of(3.14), rtol=2e-3)
