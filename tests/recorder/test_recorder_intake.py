"""Lines of two rates go through one filter, whatever their cards do: each as if it were alone."""

import numpy as np
import pytest
from numpy.typing import NDArray

from firmware.recorder.feed import RING_SECONDS, Feed
from firmware.recorder.intake import Batch, LineIntake, Wiper
from firmware.settings.model import KeyedDigits, Line, Position, Unclassified

RATE = 8000


def line(name: str, channels: tuple[int, ...] = (0,)) -> Line:
    return Line(
        name=name,
        department="d",
        never_record=False,
        tap="tap",
        channels=channels,
        rate=RATE,
        position=Position.PORT,
        unclassified=Unclassified.WITHHOLD,
        look_back=2,
        pre_roll=0,
        keyed_digits=KeyedDigits.KEEP,
        hook=None,
        same_call=2,
    )


def intake(name: str, card_rate: int, channels: int = 1) -> LineIntake:
    return LineIntake(line(name, tuple(range(channels))), Feed(card_rate, channels, 0))


def sound(frames: int, channels: int = 1, seed: int = 1) -> NDArray[np.int16]:
    made = np.random.default_rng(seed).integers(-8000, 8000, (channels, frames))
    return made.astype(np.int16)


def held(each: LineIntake) -> NDArray[np.int16]:
    out = np.zeros((len(each.channels), each.ring.end), np.int16)
    each.ring.copy(0, each.ring.end, out)
    return out


@pytest.mark.parametrize("card_rate", [8000, 44_100, 48_000])
def test_a_line_that_falls_behind_catches_up_and_joins_again(card_rate: int) -> None:
    """One card stalls for a second: every line ends as it would have alone, and all stand together again."""
    lines = [intake(f"line{number}", card_rate, 1 + number % 2) for number in range(4)]
    batch = Batch(lines)
    fed = [sound(card_rate * 4, 1 + number % 2, number) for number in range(4)]
    for tick in range(16):
        for number, each in enumerate(lines):
            stalled = number == 2 and 4 <= tick < 8
            stop = (tick + 1) * card_rate // 4
            if not stalled:
                each.feed.ring.write(fed[number][:, each.feed.ring.end : stop])
        batch.move()
    assert len({each.ring.end for each in lines}) == 1
    for number, each in enumerate(lines):
        alone = intake("alone", card_rate, 1 + number % 2)
        alone.feed.ring.write(fed[number])
        for _ in range(4):
            Batch([alone]).move()
        assert np.array_equal(held(each), held(alone)[:, : each.ring.end])


@pytest.mark.parametrize("card_rate", [8000, 44_100, 48_000])
def test_a_jump_that_no_ring_holds_is_missing(card_rate: int) -> None:
    """Time goes on, the line says what is gone, and what comes after stands at its place."""
    each = intake("line", card_rate)
    batch = Batch([each])
    wiper = Wiper(each.feed, [each])
    each.feed.ring.write(sound(card_rate))
    batch.move()
    wiper.wipe()
    each.feed.ring.skip(card_rate * 40)
    each.feed.ring.write(np.full((1, card_rate), 1000, np.int16))
    for _ in range(8):
        batch.move()
        wiper.wipe()
    assert abs(each.ring.end - 42 * RATE) <= 20
    ((start, stop),) = each.feed.missing
    assert abs(start - card_rate) <= card_rate // 100
    assert stop >= (42 - RING_SECONDS) * card_rate
    out = np.zeros((1, RATE // 2), np.int16)
    each.ring.copy(41 * RATE + RATE // 4, 41 * RATE + 3 * RATE // 4, out)
    assert (np.abs(out - 1000) <= 2).all()


def test_nothing_stays_in_scratch() -> None:
    """Raw samples and filter rows are zero between ticks."""
    each = intake("line", 48_000)
    batch = Batch([each])
    each.feed.ring.write(sound(48_000))
    batch.move()
    assert not batch._raw.any()
    assert not batch._rows.any()
