"""The real audio stack, without a sound card: PortAudio over ALSA lines that FIFOs feed, read by real taps."""

import array
import contextlib
import os
import random
import signal
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from drivers.audio.contract import Ask
from tests.rigs.ear import Ear, leftovers
from tests.rigs.fifo_lines import FifoLines

BINDINGS = ("sounddevice", "pyaudio")
RATE = 8000
BLOCK = 400
ASK = Ask("pcm:tel0", RATE, 1, BLOCK, 0.2)
CHUNK = 2 * ASK.block_bytes
"""Bytes fed at once: 100 ms."""


@contextlib.contextmanager
def fifo_lines(folder: Path, *names: str) -> Iterator[FifoLines]:
    """Lines that are closed again."""
    with FifoLines(folder, names or ["tel0"], CHUNK) as lines:
        yield lines


def ramp(chunks: int) -> bytes:
    """Sample i is i, so every lost sample can be counted."""
    return array.array("H", [at % 65536 for at in range(chunks * CHUNK // 2)]).tobytes()


def jumps(samples: bytes) -> list[int]:
    """How many samples are missing at each break of a ramp."""
    heard = array.array("H", bytes(samples))
    return [(then - first - 1) % 65536 for first, then in pairwise(heard) if (then - first) % 65536 != 1]


@pytest.mark.parametrize("kind", BINDINGS)
def test_two_lines_at_once_stay_apart(kind: str, tmp_path: Path) -> None:
    """Each tap hears its own line, to the bit, and nothing of the other."""
    one, two = random.Random(1).randbytes(20 * CHUNK), random.Random(2).randbytes(20 * CHUNK)
    with (
        fifo_lines(tmp_path, "tel0", "tel1") as lines,
        Ear(kind, ASK, tmp_path, lines) as first,
        Ear(kind, Ask("pcm:tel1", RATE, 1, BLOCK, 0.2), tmp_path, lines) as second,
    ):
        first.greeted()
        second.greeted()
        playing = lines.play("tel1", two, 0.01)
        lines.feed("tel0", one, 0.01)
        first.heard(len(one))
        playing.wait(sent=20)
        second.heard(len(two) - playing.dropped * CHUNK)
        assert bytes(first.samples) == one
        assert playing.dropped or bytes(second.samples) == two
        assert first.lost == second.lost == 0


@pytest.mark.parametrize("kind", BINDINGS)
def test_a_tap_that_slept_a_second_loses_what_its_stamps_say(kind: str, tmp_path: Path) -> None:
    """Counted against the clock, the loss is the samples' own, within two chunks of the line's 100 ms."""
    with fifo_lines(tmp_path) as lines, Ear(kind, ASK, tmp_path, lines) as ear:
        ear.greeted()
        playing = lines.play("tel0", ramp(40), 0.1)
        ear.heard(10 * CHUNK)
        ear.child.process.send_signal(signal.SIGSTOP)
        playing.wait(dropped=8)
        ear.child.process.send_signal(signal.SIGCONT)
        playing.wait(sent=35)
        playing.end()
        ear.heard((playing.sent - playing.dropped) * CHUNK)
    lost = sum(jumps(bytes(ear.samples)))
    first, last = ear.blocks[0], ear.blocks[-1]
    by_stamps = (last.stamp_ns - first.stamp_ns) * RATE // 1_000_000_000 - sum(
        each.frames for each in ear.blocks[1:]
    )
    assert lost == playing.dropped * CHUNK // 2
    assert by_stamps == pytest.approx(lost, abs=CHUNK)


def test_a_stuck_reader_misses_exactly_what_the_tap_counted(tmp_path: Path) -> None:
    """90 s of sound into a pipe of 64 s: what is not in it is counted, and the ramp agrees."""
    with fifo_lines(tmp_path) as lines, Ear("sounddevice", ASK, tmp_path, lines) as ear:
        ear.greeted()
        sound = ramp(900)
        lines.feed("tel0", sound)
        ear.heard(ear.child.capacity * 3 // 4)
        after = len(ear.samples)
        lines.feed("tel0", ramp(10))
        ear.wait(lambda: len(ear.samples) // 2 + ear.lost == len(sound) // 2 + 10 * CHUNK // 2)
        assert ear.lost > 0
        assert jumps(bytes(ear.samples[:after]))[:1] in ([], [ear.lost % 65536])
        assert ear.child.capacity < (1 << 20) or after >= 60 * RATE * 2


@pytest.mark.parametrize("kind", BINDINGS)
def test_what_a_killed_tap_wrote_is_still_read(kind: str, tmp_path: Path) -> None:
    """After kill -9 the pipe holds whole records, in order, and then its end."""
    sound = random.Random(3).randbytes(15 * CHUNK)
    with fifo_lines(tmp_path) as lines, Ear(kind, ASK, tmp_path, lines) as ear:
        ear.greeted()
        lines.feed("tel0", sound, 0.01)
        ear.heard(CHUNK)
        ear.child.process.kill()
        assert ear.ended() == -signal.SIGKILL
        assert sound.startswith(bytes(ear.samples))
        assert len(ear.samples) >= CHUNK
        assert ear.reader.torn == 0


@pytest.mark.parametrize("kind", BINDINGS)
def test_a_tap_on_a_line_that_fell_silent_still_ends(kind: str, tmp_path: Path) -> None:
    """A read that never returns, as after an unplug, is ended by the alarm; so is a tap whose reader has gone."""
    with fifo_lines(tmp_path) as lines, Ear(kind, ASK, tmp_path, lines) as ear:
        ear.greeted().child.process.send_signal(signal.SIGTERM)
        assert ear.ended() in {0, -signal.SIGALRM}


def test_a_tap_whose_reader_died_ends_by_itself(tmp_path: Path) -> None:
    """Even while its card delivers nothing."""
    with fifo_lines(tmp_path) as lines, Ear("sounddevice", ASK, tmp_path, lines) as ear:
        ear.greeted()
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, ear.child.fd)  # closes the pipe's only reading end
        os.close(nothing)
        assert ear.child.process.wait(10) in {0, -signal.SIGALRM}


def test_a_tap_keeps_no_sample(tmp_path: Path) -> None:
    """Once the card's own buffer has gone round, what was said stands nowhere in the tap's memory."""
    secret = random.Random(4).randbytes(CHUNK)
    with fifo_lines(tmp_path) as lines, Ear("sounddevice", ASK, tmp_path, lines) as ear:
        ear.greeted()
        lines.feed("tel0", secret)
        ear.heard(len(secret))
        assert leftovers(ear.child.process.pid, secret[64:96]), (
            "the search finds what is in the card's buffer"
        )
        lines.feed("tel0", bytes(20 * CHUNK))
        ear.heard(21 * CHUNK)
        pieces = [secret[at : at + 32] for at in range(0, len(secret), 160)]
        assert sum(leftovers(ear.child.process.pid, piece) for piece in pieces) == 0
