"""Strict digits: what telephones key is heard, at its place, and what they do not is not (ITU-T Q.24)."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from firmware.signal.events import Digit
from tests.rigs import spandsp
from tests.rigs.corpus import Piece, folders, pieces
from tests.rigs.keying import (
    Keying,
    Manner,
    as_samples,
    hum,
    keyed,
    level_of,
    noise,
    random_keys,
    sine,
    through_a_law,
    with_echo,
)
from tests.rigs.speech import needs_speech, speech
from tests.rigs.telling import digits, keys, together, told

ALL = "0123456789ABCD*#"
EACH = random_keys(5, 8) + ALL
"""Every key, and some twice."""


def right(keying: Keying) -> float:
    """Which part of the keys is heard, each at its place; one that nobody pressed counts against it."""
    heard = [each.digit for each in digits(keying.samples)]
    meant = [each.key for each in keying.keys]
    return 1.0 if heard == meant else min(0.99, sum(each in heard for each in meant) / len(meant))


def strings(shared: Path, meant: bool) -> list[Piece]:
    """The strings of the corpora beside the project: those that are keys, or those that are none."""
    found = [each for folder in folders(shared) for each in pieces(folder, "dtmf")]
    return [each for each in found if bool(each.about["digits"]) is meant]


def corpus_digits(chosen: list[Piece]) -> list[list[Digit]]:
    """What is heard in each."""
    events = told(together([each.samples for each in chosen]))
    return [[each for each in row if isinstance(each, Digit)] for row in events]


def test_the_corpus_is_heard(shared_dir: Path) -> None:
    """Every string of it to the last digit, each digit within 8 ms of its beginning and of its end."""
    chosen = strings(shared_dir, meant=True)
    for piece, heard in zip(chosen, corpus_digits(chosen), strict=True):
        assert "".join(each.digit for each in heard) == piece.about["digits"], piece.name
        for one, truth in zip(heard, piece.digits, strict=True):
            assert abs(one.at - truth.at) <= 64, piece.name
            assert abs(one.until - truth.until) <= 64, piece.name


def test_what_the_corpus_refuses_is_refused(shared_dir: Path) -> None:
    """18 ms, 4 % off, -58 dBm0, 16 dB of twist: no digit."""
    chosen = strings(shared_dir, meant=False)
    assert corpus_digits(chosen) == [[]] * len(chosen)


def test_digits_in_calls(shared_dir: Path) -> None:
    """Every digit keyed in a call of the corpus, and no other."""
    for folder in folders(shared_dir):
        calls = pieces(folder, "calls")
        for piece, heard in zip(calls, corpus_digits(calls), strict=True):
            keyed_in = "".join(each.digit for each in piece.digits)
            assert "".join(each.digit for each in heard) == keyed_in, piece.name


ACCEPTED = {
    "0 dBm0 a tone": Manner(level=0.0),
    "-26 dBm0 a tone": Manner(level=-26.0, on=(40, 40), off=(40, 40)),
    "-38 dBm0 a tone": Manner(level=-38.0),
    "high 8 dB below low": Manner(twist=-8.0, on=(40, 40), off=(40, 40)),
    "high 6 dB above low": Manner(twist=6.0, on=(40, 40), off=(40, 40)),
    "1.5 % fast": Manner(shift=0.015, on=(45, 45), off=(40, 40)),
    "1.5 % slow": Manner(shift=-0.015, on=(45, 45), off=(40, 40)),
    "1.8 % fast": Manner(shift=0.018),
    "40 ms": Manner(on=(40, 40), off=(40, 40)),
    "a second": Manner(on=(1000, 1000)),
    "pauses of 30 ms": Manner(on=(50, 50), off=(30, 30)),
    "any": Manner(on=(45, 140), off=(35, 400)),
}

REFUSED = {
    "-45 dBm0 a tone": Manner(level=-45.0),
    "-58 dBm0 a tone": Manner(level=-58.0),
    "high 12 dB above low": Manner(level=-14, twist=12.0),
    "high 14 dB below low": Manner(level=-8, twist=-14.0),
    "3.5 % fast": Manner(shift=0.035),
    "3.5 % slow": Manner(shift=-0.035),
    "23 ms": Manner(on=(23, 23), off=(60, 60)),
    "10 ms": Manner(on=(10, 10), off=(60, 60)),
}


@pytest.mark.parametrize("manner", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_accepts_what_it_must(manner: Manner) -> None:
    """Each limit of the table's accepting side, every key."""
    assert right(keyed(EACH, manner, seed=3)) == 1.0


@pytest.mark.parametrize("manner", REFUSED.values(), ids=REFUSED.keys())
def test_refuses_what_it_must(manner: Manner) -> None:
    """Each limit of its refusing side, every key."""
    assert keys(keyed(EACH, manner, seed=3).samples) == ""


def beside(keying: Keying) -> dict[str, Keying]:
    """What else may sound on a line while somebody keys; keys are at -12 dBm0 a tone."""
    count = len(keying.sound)
    return {
        "noise, 15 dB below": keying.over(noise(7, count, -24)),
        "noise, 10 dB below": keying.over(noise(7, count, -19)),
        "dial tone": keying.over(sine(350, -19, count) + sine(440, -19, count)),
        "hum of -20 dBm0": keying.over(hum(count, -20)),
        "hum of -10 dBm0": keying.over(hum(count, -10, harmonics=(0,))),
        "hum at 150 Hz": keying.over(sine(150, -18, count)),
        "an echo": Keying(with_echo(keying.sound, 20, -14), keying.keys),
    }


@pytest.mark.parametrize("what", sorted(beside(keyed("1"))))
def test_hears_them_beside(what: str) -> None:
    """Noise, dial tone, mains hum louder than the corpus has it, and echo leave every key readable."""
    keying = keyed(EACH, Manner(on=(50, 50), off=(50, 50)), seed=4)
    assert right(beside(keying)[what]) == 1.0


@needs_speech
@pytest.mark.parametrize("level", [-26, -20])
def test_hears_them_beside_somebody_who_speaks(level: float) -> None:
    """Keys at -12 dBm0 a tone, speech at -26 and -20."""
    keying = keyed(EACH, Manner(on=(70, 70), off=(70, 70)), seed=5)
    assert right(keying.over(speech(6, len(keying.sound) / 8000, level))) == 1.0


@needs_speech
def test_speech_alone_keys_nothing() -> None:
    """Two minutes of a loud voice; many hours are `make talkoff`."""
    assert keys(speech(8, 120, -15)) == ""


def test_hears_the_keys_of_others() -> None:
    """A-law of an exchange, sox's tones, spandsp's sender."""
    mine = keyed(EACH, Manner(on=(50, 50), off=(50, 50)))
    assert keys(through_a_law(mine.samples)) == EACH
    if spandsp.why_not() is None:
        assert keys(spandsp.key_digits(EACH, 45, 45, -14, 3)) == EACH
    command = "sox -n -t raw -e signed -b 16 -r 8000 -c 1 - synth 0.06 sine 852 sine 1477 remix - gain -6 pad 0.1 0.1"
    key = subprocess.run(command.split(), capture_output=True, check=True, timeout=30).stdout
    assert keys(np.frombuffer(key, "<i2").astype(np.int16)) == "9"


@pytest.mark.parametrize("seed", range(4))
def test_says_where_a_digit_is(seed: int) -> None:
    """Within 4 ms of its first sample and of its last, wherever it lies on the grid, 2 ms on average."""
    keying = keyed(random_keys(seed, 20, ALL), Manner(on=(45, 160), off=(40, 300)), seed=seed)
    heard = digits(keying.over(noise(seed, len(keying.sound), -35)).samples)
    begins = np.array([one.at - each.at for one, each in zip(heard, keying.keys, strict=True)])
    ends = np.array([one.until - each.until for one, each in zip(heard, keying.keys, strict=True)])
    for errors in (begins, ends):
        assert np.abs(errors).max() <= 32
        assert np.abs(errors).mean() <= 16


def test_a_broken_key_is_one_key() -> None:
    """Ten milliseconds of nothing within it; but two keys alike with 30 ms between them are two."""
    keying = keyed("5", Manner(on=(80, 80)))
    sound, (key,) = keying.sound.copy(), keying.keys
    sound[key.at + 240 : key.at + 320] = 0
    assert keys(as_samples(sound)) == "5"
    assert keys(keyed("55", Manner(on=(50, 50), off=(30, 30))).samples) == "55"


def test_a_key_held_down_is_one_digit() -> None:
    """For ten seconds, and it is told when it is let go."""
    (held,) = digits(keyed("8", Manner(on=(10_000, 10_000))).samples)
    assert held.until - held.at == pytest.approx(80_000, abs=32)


def test_no_digit_shows() -> None:
    """Not in what is printed or logged of it."""
    (digit,) = digits(keyed("7").samples)
    assert "7" not in repr(digit).replace(str(digit.at), "").replace(str(digit.until), "")
    assert level_of(keyed("7").samples) < 0
