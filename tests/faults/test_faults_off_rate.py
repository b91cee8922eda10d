"""A card that ran at another rate once is given its next chance."""

import numpy as np

from drivers.audio.records import Hello
from drivers.facts import Block
from firmware.recorder.feed import Feed

RATE, FRAMES = 8000, 400
STEP_NS = FRAMES * 1_000_000_000 // RATE


def deliver(feed: Feed, blocks: int, begin_ns: int, step_ns: int) -> int:
    """So many blocks at a pace; when the last one came."""
    samples = memoryview(np.ones(FRAMES, np.int16).tobytes())
    for number in range(1, blocks + 1):
        feed.take(Block(FRAMES, begin_ns + number * step_ns), samples, begin_ns + number * step_ns)
    return begin_ns + blocks * step_ns


def test_a_new_tap_is_not_judged_by_the_old_ones_rate() -> None:
    """10 % too fast for 6 s is off rate; the tap started after it is judged by what it brings itself."""
    feed = Feed(RATE, 1, 0)
    feed.take(Hello(RATE, 1, 0.1), memoryview(b""), 0)
    now = deliver(feed, 130, 0, round(STEP_NS / 1.1))
    assert feed.off_rate
    feed.lose_until(now + STEP_NS)
    assert not feed.off_rate, "before its first block a tap has no rate"
    feed.take(Hello(RATE, 1, 0.1), memoryview(b""), now + STEP_NS)
    deliver(feed, 130, now + STEP_NS, STEP_NS)
    assert not feed.off_rate
