"""What every audio source promises, kept by each of them; the two bindings on the real audio stack, in the real tap."""

import random
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from drivers.audio import KINDS, open_source
from drivers.audio.contract import Ask
from drivers.audio.tap import FAILED
from drivers.facts import DriverError
from tests.rigs.ear import Ear
from tests.rigs.fifo_lines import FifoLines

MS = 1_000_000


@dataclass(frozen=True)
class Card:
    """A source of one kind whose samples are known."""

    kind: str
    ask: Ask
    folder: Path
    lines: FifoLines | None
    samples: bytes

    def ear(self) -> Ear:
        """A tap on this card."""
        return Ear(self.kind, self.ask, self.folder, self.lines)

    def play(self) -> None:
        """Let the card hear its samples; no faster than four times its own time."""
        if self.lines:
            self.lines.feed("tel0", self.samples, self.ask.frames / self.ask.rate / 4)


def card_of(kind: str, folder: Path, form: tuple[int, int, int]) -> Card:
    """A card of (rate, channels, milliseconds a block) with two seconds of noise; a file, which keeps its own time, half."""
    rate, channels, milliseconds = form
    ask = Ask("pcm:tel0", rate, channels, rate * milliseconds // 1000, 0.2)
    samples = random.Random(f"{kind}{form}").randbytes(
        (500 if kind == "wav" else 2000) // milliseconds * ask.block_bytes
    )
    if kind != "wav":
        return Card(kind, ask, folder, FifoLines(folder, ["tel0"], ask.block_bytes), samples)
    path = folder / "line.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes(samples)
    return Card(kind, Ask(str(path), rate, channels, ask.frames, 0.2), folder, None, samples)


@pytest.fixture(params=KINDS)
def card(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Card]:
    """One card of each kind: 8 kHz, one channel, 50 ms a block."""
    made = card_of(request.param, tmp_path, (8000, 1, 50))
    yield made
    if made.lines:
        made.lines.close()


def test_samples_arrive_to_the_bit_and_in_order(card: Card) -> None:
    """Nothing is lost, added, repeated, scaled or shifted."""
    with card.ear() as ear:
        ear.greeted()
        card.play()
        ear.heard(len(card.samples))
        assert bytes(ear.samples) == card.samples
        assert ear.lost == 0


@pytest.mark.parametrize("form", [(48000, 1, 40), (48000, 2, 20), (16000, 2, 50)])
@pytest.mark.parametrize("kind", KINDS)
def test_other_rates_and_stereo_are_as_exact(kind: str, form: tuple[int, int, int], tmp_path: Path) -> None:
    """A card of 48 kHz, or of two channels, is read to the bit as well."""
    card = card_of(kind, tmp_path, form)
    with card.ear() as ear:
        ear.greeted()
        card.play()
        ear.heard(len(card.samples))
        assert bytes(ear.samples) == card.samples
    if card.lines:
        card.lines.close()


def test_hello_says_what_was_granted(card: Card) -> None:
    """Rate and channels as asked, and the latency read back."""
    with card.ear() as ear:
        hello = ear.greeted().hello
    assert (hello.rate, hello.channels) == (card.ask.rate, card.ask.channels)
    assert hello.latency >= 0


def test_blocks_are_at_most_as_asked_and_their_stamps_never_go_back(card: Card) -> None:
    """Each block has its instant."""
    with card.ear() as ear:
        ear.greeted()
        card.play()
        ear.heard(len(card.samples))
        assert all(0 < each.frames <= card.ask.frames for each in ear.blocks)
        assert all(first.stamp_ns <= then.stamp_ns for first, then in pairwise(ear.blocks))
        assert not any(each.overflowed for each in ear.blocks)


def test_an_absent_card_is_said_with_its_name(card: Card) -> None:
    """No other card stands in for one that is not there; the last words name what was asked."""
    asked = card.ask.card.replace("tel0", "tel9").replace("line.wav", "line9.wav")
    with Ear(card.kind, Ask(asked, 8000, 1, 400, 0.2), card.folder, card.lines) as ear:
        assert ear.ended() == FAILED
        assert asked in ear.words
        assert not ear.samples


def test_part_of_a_name_opens_nothing(card: Card) -> None:
    """A name that matches only in part, or in another case, is refused."""
    for asked in (card.ask.card[:-1], card.ask.card.upper().replace("PCM:", "pcm:")):
        with Ear(card.kind, Ask(asked, 8000, 1, 400, 0.2), card.folder, card.lines) as ear:
            assert ear.ended() == FAILED


def test_an_unknown_kind_opens_nothing() -> None:
    """The list of kinds is fixed and is said."""
    with pytest.raises(DriverError, match="sounddevice, pyaudio, wav"):
        open_source("pulse", Ask("pcm:tel0", 8000, 1, 400, 0.2))
