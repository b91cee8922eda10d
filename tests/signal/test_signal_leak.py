"""What others still read after what may be keyed was blanked: spandsp, multimon-ng and a least squares fit."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from firmware.signal.events import Blanked
from tests.rigs import corpus, figures, keying
from tests.rigs.decoders import KEYS, keys_given_away, multimon_digits, needs
from tests.rigs.keying import Keying, Manner, keyed
from tests.rigs.listening import RATE, Samples, as_kept, heard_together, mask, of
from tests.rigs.spandsp import needs_spandsp, read_digits, read_greedily
from tests.rigs.speech import needs_speech, speech

NUMBERS = int(os.environ.get("CALLBOX_NUMBERS", "4"))
"""Card numbers keyed in each way; `make soak` has more."""

SOAK = "CALLBOX_NUMBERS" in os.environ

CARD = 16
AT_ONCE = 24
NAMES_A_KEY = 16
"""Samples: two milliseconds of a key are enough to name it (research, signalling, section 5)."""

pytestmark = [needs_spandsp, needs("multimon-ng", "sox")]


@dataclass(frozen=True)
class Way:
    """A way of keying a card number: the manner, and what is heard beside it."""

    manner: Manner
    beside: Callable[[int, int], keying.Sound | Samples]
    alphabet: str = keying.DIGITS
    coded: bool = False
    count: int = CARD

    def story(self, seed: int) -> Keying:
        """One number, keyed in the middle of it all."""
        keys = keyed(
            keying.random_keys(seed, self.count, self.alphabet), self.manner, seed, lead=7.0, tail=3.0
        )
        return keys.over(self.beside(seed, len(keys.sound)))

    def samples(self, seed: int) -> Samples:
        """As the line brings it."""
        samples = self.story(seed).samples
        return keying.through_a_law(samples) if self.coded else samples


def talking(level: float) -> Callable[[int, int], Samples]:
    """Somebody talks on, at this active level."""
    return lambda seed, count: speech(seed + 1000, count / RATE + 1, level)[:count]


def quiet(seed: int, count: int) -> keying.Sound:
    """The noise of a good line."""
    return keying.noise(seed, count, -72)


def humming(seed: int, count: int) -> keying.Sound:
    """Mains hum, and noise."""
    return keying.hum(count, -24) + keying.noise(seed, count, -60)


def dialling(seed: int, count: int) -> keying.Sound:
    """A dial tone (350 + 440 Hz, BT SIN 350) that does not stop."""
    both = keying.sine(350, -19, count) + keying.sine(440, -19, count)
    return both + keying.noise(seed, count, -60)


FAST, USUAL, SLOW = (60.0, 200.0), (100.0, 500.0), (500.0, 1500.0)

ALONE = {
    "loud": Way(Manner(-4, 2, (50, 120), FAST), quiet, KEYS),
    "faint": Way(Manner(-40, -4, (50, 120), FAST), quiet),
    "hardly there": Way(Manner(-58, 0, (70, 100), FAST), quiet),
    "coded": Way(Manner(-15, 3, (50, 120), FAST), quiet, coded=True),
    "beside hum": Way(Manner(-22, 0, (50, 120), FAST), humming),
    "on a dial tone": Way(Manner(-14, 0, (60, 120), FAST), dialling),
    "off tune": Way(Manner(-20, -6, (45, 90), FAST, 0.018), quiet),
    "slowly": Way(Manner(-18, 0, (60, 200), SLOW), quiet),
}
"""Nobody talks: nothing may be left at all."""

UNDER_SPEECH = {
    "as loud": Way(Manner(-20, 0, (60, 140), USUAL), talking(-20)),
    "4 dB softer": Way(Manner(-24, 0, (60, 140), USUAL), talking(-20)),
    "4 dB softer than loud speech": Way(Manner(-16, 0, (60, 140), USUAL), talking(-12)),
    "4 dB softer, coded": Way(Manner(-24, 2, (60, 140), USUAL), talking(-20), coded=True),
}
"""Somebody talks all the time."""

SLOWLY = {
    "as loud": Way(Manner(-20, 0, (60, 200), SLOW), talking(-20)),
    "4 dB softer": Way(Manner(-24, 0, (60, 200), SLOW), talking(-20)),
}
"""Pauses from half a second to one and a half, so that no four keys come within a look-back."""


HARD = {
    "8 dB softer": Way(Manner(-28, 0, (60, 140), (60, 140)), talking(-20)),
    "very slow, 4 dB softer": Way(Manner(-24, 0, (60, 200), (1000, 3000)), talking(-20)),
    "three alone, 4 dB louder": Way(Manner(-16, 0, (60, 140), (80, 500)), talking(-20), count=3),
    "three alone, as loud": Way(Manner(-20, 0, (60, 140), (80, 500)), talking(-20), count=3),
    "three alone, 4 dB softer": Way(Manner(-24, 0, (60, 140), (80, 500)), talking(-20), count=3),
}
"""What may be left is measured, and stands in docs/keyed.md."""


@dataclass(frozen=True)
class Left:
    """What is left of one number: the sound as it is kept, what was blanked, and the truth."""

    keys: Sequence[keying.Keyed]
    told: list[Blanked]
    kept: Samples

    @property
    def uncovered(self) -> list[keying.Keyed]:
        """The keys of which enough is left to name them."""
        blanked = mask(self.told, len(self.kept))
        return [each for each in self.keys if (~blanked[each.at : each.until]).sum() >= NAMES_A_KEY]

    @property
    def named(self) -> int:
        """The keys that a fit at their places names right."""
        return keys_given_away(self.kept, [(each.at, each.until, each.key) for each in self.keys])


def left_of(way: Way, numbers: int = NUMBERS) -> Iterator[Left]:
    """What is left of so many numbers keyed in a way."""
    for first in range(0, numbers, AT_ONCE):
        seeds = range(first, min(numbers, first + AT_ONCE))
        sounds = [way.samples(seed) for seed in seeds]
        for seed, sound, events in zip(seeds, sounds, heard_together(sounds), strict=True):
            told = of(Blanked, events)
            yield Left(way.story(seed).keys, told, as_kept(sound, told))


def nobody_reads(kept: Samples) -> None:
    """Neither of the other decoders reads a digit in it."""
    assert read_greedily(kept) == ""
    assert multimon_digits(kept) == ""


@needs_speech
def test_the_judges_can_read() -> None:
    """Before anything is blanked, all three judges read the keys, alone, coded and under speech."""
    for way, least in ((ALONE["loud"], 16), (ALONE["coded"], 16), (UNDER_SPEECH["as loud"], 8)):
        story, samples = way.story(1), way.samples(1)
        assert len(read_digits(samples, twist=12)) >= least
        assert len(multimon_digits(samples)) >= least // 2
        assert keys_given_away(samples, story.places) == CARD
    kept = samples.copy()
    for key in story.keys:
        kept[key.at + 2 * NAMES_A_KEY : key.until] = 0
    assert keys_given_away(kept, story.places) > CARD / 2, (
        "four milliseconds name most keys, under speech too"
    )


@pytest.mark.parametrize("name", ALONE)
def test_nothing_is_left_of_keys_that_nobody_talks_over(name: str) -> None:
    """However loud, faint, coded, off tune or slow: every key is blanked whole, counted, and read by nobody."""
    for left in left_of(ALONE[name], max(2, NUMBERS // 3)):
        assert left.uncovered == []
        assert left.named == 0
        assert sum(each.keys for each in left.told) == CARD
        nobody_reads(left.kept)


@needs_speech
@pytest.mark.parametrize("name", UNDER_SPEECH)
def test_nothing_is_left_under_speech_once_card_mode_began(name: str) -> None:
    """Keys as loud as speech or 4 dB softer: none is left from where card mode reaches back to; nobody reads any."""
    uncovered = 0
    for left in left_of(UNDER_SPEECH[name]):
        begins = min(each.at for each in left.told if each.card)
        assert [each for each in left.uncovered if each.until > begins] == []
        assert left.named <= len(left.uncovered)
        uncovered += len(left.uncovered)
        nobody_reads(left.kept)
    assert uncovered <= max(1, NUMBERS * CARD // 100), "of those before it, hardly one is"
    figures.keep(f"keys under speech, {name}", keyed=NUMBERS * CARD, left=uncovered)


@needs_speech
@pytest.mark.parametrize("name", SLOWLY)
def test_little_is_left_of_slow_keys_under_speech(name: str) -> None:
    """Of keys with pauses up to 1.5 s under speech no more than 3 % are left, and never four of one number."""
    uncovered = [len(left.uncovered) for left in left_of(SLOWLY[name])]
    figures.keep(
        f"slow keys under speech, {name}", keyed=NUMBERS * CARD, left=sum(uncovered), most=max(uncovered)
    )
    assert sum(uncovered) <= max(2, 0.03 * NUMBERS * CARD)
    assert max(uncovered) < 4


@needs_speech
@pytest.mark.skipif(not SOAK, reason="measured by make soak only")
@pytest.mark.parametrize("name", HARD)
def test_what_is_left_where_it_is_hard(name: str) -> None:
    """Keys much softer than speech, very slow, or too few for card mode: what is left of them is no more than 6 %."""
    uncovered = sum(len(left.uncovered) for left in left_of(HARD[name]))
    figures.keep(f"hard keys under speech, {name}", keyed=NUMBERS * HARD[name].count, left=uncovered)
    assert uncovered <= 0.06 * NUMBERS * HARD[name].count


@pytest.mark.parametrize("group", ["dtmf", "calls"])
def test_nothing_is_left_of_what_is_keyed_in_the_corpora(shared_dir: Path, group: str) -> None:
    """Nobody reads a digit in what is kept of a corpus' strings of keys, nor of its calls with card digits."""
    for folder in corpus.folders(shared_dir):
        pieces = [each for each in corpus.pieces(folder, group) if group == "dtmf" or each.secret or SOAK]
        for piece, events in zip(pieces, heard_together([each.samples for each in pieces]), strict=True):
            kept = as_kept(piece.samples, of(Blanked, events))
            assert keys_given_away(kept, [(each.at, each.until, each.digit) for each in piece.digits]) == 0
            nobody_reads(kept)


def test_card_digits_of_the_corpora_begin_card_mode(shared_dir: Path) -> None:
    """Every card number in a corpus' calls is inside card mode for the most part; no call without one begins it in talk."""
    for folder in corpus.folders(shared_dir):
        pieces = [each for each in corpus.pieces(folder, "calls") if each.secret]
        assert pieces
        for piece, events in zip(pieces, heard_together([each.samples for each in pieces]), strict=True):
            carded = mask((each for each in of(Blanked, events) if each.card), len(piece.samples))
            keys = [each for each in piece.digits if str(each.rest["purpose"]).startswith("card")]
            assert np.mean([carded[each.at : each.until].all() for each in keys]) > 0.8, piece.name
