"""Each sample at its true place in time: losses, stalls, bursts, drift, and a card at another rate."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.audio.records import Hello
from drivers.facts import Block, Overrun
from firmware.recorder.feed import LATE_SECONDS, OFF_RATE, RING_SECONDS, Feed

RATE = 8000
SECOND = 1_000_000_000
BLOCK = 400
ORIGIN = 5 * SECOND


@dataclass
class Card:
    """A card that runs at a rate of its own; sample n has the value n mod 20,011 + 1."""

    feed: Feed
    rate: float = RATE
    at: int = 0
    late: list[tuple[int, bool]] = field(default_factory=list)

    def hello(self) -> None:
        self.feed.take(Hello(RATE, 1, 0.1), memoryview(b""), 0)

    def bring(self, frames: int = BLOCK, late_ns: int = 0, *, overflowed: bool = False) -> None:
        """The next block, `late_ns` after its last frame was in."""
        samples = (np.arange(self.at, self.at + frames) % 20011 + 1).astype(np.int16)
        self.at += frames
        stamp = ORIGIN + round(self.at * SECOND / self.rate) + late_ns
        self.feed.take(Block(frames, stamp, overflowed), memoryview(samples.tobytes()), stamp)

    def bring_for(self, seconds: float) -> None:
        for _ in range(round(seconds * RATE / BLOCK)):
            self.bring()

    def stall(self, blocks: int) -> None:
        """So many blocks come at once, when the last of them is due."""
        due = self.at + blocks * BLOCK
        for _ in range(blocks):
            self.bring(late_ns=round((due - self.at - BLOCK) * SECOND / self.rate))

    def lose(self, frames: int) -> None:
        """Frames that the card swallows without a word."""
        self.at += frames


def fresh() -> tuple[Feed, Card]:
    feed = Feed(RATE, 1, ORIGIN)
    card = Card(feed)
    card.hello()
    return feed, card


def shifts(feed: Feed) -> set[int]:
    """By how many frames the samples in the ring stand away from where they belong."""
    held = np.zeros((1, feed.ring.end - feed.ring.oldest), np.int16)
    feed.ring.copy(feed.ring.oldest, feed.ring.end, held)
    places = np.flatnonzero(held[0])
    belongs = held[0][places].astype(np.int64) - 1
    off = (places + feed.ring.oldest - belongs) % 20011
    return {int(each) if each < 10_000 else int(each) - 20011 for each in np.unique(off)}


def test_a_card_on_time_is_copied_where_it_belongs() -> None:
    """Nothing is missing, nothing is shifted, and a position is an instant."""
    feed, card = fresh()
    card.bring_for(7)
    assert (feed.missing, shifts(feed), feed.ring.end) == ([], {0}, 7 * RATE)
    assert feed.instant(feed.position(ORIGIN + 3 * SECOND)) == ORIGIN + 3 * SECOND


@pytest.mark.parametrize("frames", [300, 800, 4000, 16_000])
def test_a_silent_loss_becomes_a_gap_exactly_there(frames: int) -> None:
    """What a card swallows is missing where it was swallowed, by its true length."""
    feed, card = fresh()
    card.bring_for(3)
    card.lose(frames)
    card.bring_for(2)
    assert feed.missing == [(3 * RATE, 3 * RATE + frames)]
    assert shifts(feed) == {0}
    assert not feed.off_rate


def test_a_stall_that_loses_nothing_is_no_gap() -> None:
    """Blocks that come late and then in a burst are all kept where they belong."""
    feed, card = fresh()
    card.bring_for(3)
    card.stall(24)
    card.bring_for(2)
    assert (feed.missing, shifts(feed)) == ([], {0})


@pytest.mark.parametrize("times", [5, 9])
def test_a_burst_of_blocks_of_many_sizes_overfills_nothing(times: int) -> None:
    """A burst is held and kept where it belongs; one that no card can hold ends in no bug of ours."""
    feed, card = fresh()
    card.bring_for(1)
    sizes = [2039, 2039, 722] * times
    due = card.at + sum(sizes)
    for size in sizes:
        card.bring(size, late_ns=(due - card.at - size) * SECOND // RATE)
    card.bring_for(1)
    assert times == 9 or shifts(feed) == {0}
    assert not feed._held.any()


def test_what_a_tap_counted_as_lost_is_skipped_at_once() -> None:
    """An overrun is a gap of exactly the counted frames."""
    feed, card = fresh()
    card.bring_for(2)
    card.lose(1200)
    feed.take(Overrun(1200, 0), memoryview(b""), 0)
    card.bring_for(2)
    assert (feed.missing, shifts(feed)) == ([(2 * RATE, 2 * RATE + 1200)], {0})


def test_a_loss_while_blocks_are_held_is_settled_before_an_overrun() -> None:
    """A silent loss and a counted one, one after the other, are two gaps at their places."""
    feed, card = fresh()
    card.bring_for(2)
    card.lose(800)
    card.bring_for(0.1)
    card.lose(500)
    feed.take(Overrun(500, 0), memoryview(b""), 0)
    card.bring_for(2)
    assert shifts(feed) == {0}
    assert feed.missing == [(16_000, 16_800), (17_600, 18_100)]


def test_an_overflow_flag_without_a_loss_is_no_gap() -> None:
    """The flag only makes suspicious: it never says how much."""
    feed, card = fresh()
    card.bring_for(1)
    card.bring(overflowed=True)
    card.bring_for(1)
    assert (feed.missing, shifts(feed)) == ([], {0})


@pytest.mark.parametrize("parts_per_million", [-300, 300])
def test_a_cards_own_clock_moves_no_sample(parts_per_million: int) -> None:
    """A card that drifts loses nothing, and a position stays its instant within the lateness allowed."""
    feed = Feed(RATE, 1, ORIGIN)
    card = Card(feed, rate=RATE * (1 + parts_per_million / 1e6))
    card.hello()
    card.bring_for(120)
    assert feed.missing == []
    true = ORIGIN + round(card.at * SECOND / card.rate)
    assert abs(feed.instant(feed.ring.end) - true) <= LATE_SECONDS * SECOND / 10


@pytest.mark.parametrize("factor", [1 - OFF_RATE - 0.01, 1 + OFF_RATE + 0.01])
def test_a_card_at_another_rate_is_found_out(factor: float) -> None:
    """Samples against the clock off by more than 2 % over 5 s."""
    feed = Feed(RATE, 1, ORIGIN)
    card = Card(feed, rate=RATE * factor)
    card.hello()
    card.bring_for(13)
    assert feed.off_rate


def test_while_no_tap_delivers_time_goes_on() -> None:
    """A dead tap is a gap; one that comes back starts at its first block's instant."""
    feed, card = fresh()
    card.bring_for(1)
    feed.lose_until(ORIGIN + 2 * SECOND)
    feed.lose_until(ORIGIN + 3 * SECOND)
    card.lose(2 * RATE + 1000)
    card.hello()
    card.bring_for(1)
    whole = sum(stop - start for start, stop in feed.missing)
    assert (whole, shifts(feed)) == (2 * RATE + 1000, {0})


def test_a_tap_that_begins_before_the_present_is_cut_to_it() -> None:
    """What time has already gone past is dropped, not shifted."""
    feed, card = fresh()
    card.bring_for(1)
    feed.lose_until(ORIGIN + 2 * SECOND)
    card.lose(RATE - 100)
    card.hello()
    card.bring_for(0.5)
    assert shifts(feed) == {0}
    assert feed.ring.end == card.at


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("late"), st.integers(0, 14)),
            st.tuples(st.just("stall"), st.integers(2, 20)),
            st.tuples(st.just("lose"), st.integers(600, 12_000)),
            st.tuples(st.just("overrun"), st.integers(1, 20_000)),
            st.tuples(st.just("again"), st.integers(1, 12_000)),
        ),
        max_size=12,
    )
)
def test_no_sequence_of_troubles_shifts_a_sample(troubles: list[tuple[str, int]]) -> None:
    """Whatever happens to a card, every sample held stands where it belongs, within the allowed lateness."""
    feed, card = fresh()
    card.bring_for(1)
    for trouble, size in troubles:
        match trouble:
            case "late":
                card.bring(late_ns=size * 1_000_000)
            case "stall":
                card.stall(size)
            case "lose":
                card.lose(size)
            case "overrun":
                card.lose(size)
                feed.take(Overrun(size, 0), memoryview(b""), 0)
            case "again":
                card.lose(size)
                card.hello()
        card.bring_for(0.6)
        assert all(abs(each) <= LATE_SECONDS * RATE for each in shifts(feed))
    assert feed.ring.end == card.at
    assert len(feed.ring._store[0]) == RATE * RING_SECONDS
    assert not feed._held.any()
