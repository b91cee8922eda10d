"""A file of sound as somebody has it, read block by block: wav or flac, one or two sides, of any length.

Rules of this module and the two it opens files with (`wav`, `flac_in`):

1. A file is never trusted to be as long as it says: it is read in blocks of fixed
   size, and what a header promises beyond its end is said, not waited for.
2. What can be read is given first; that a file is torn is raised after it.
3. A recording of the box is sealed: it is refused with the word to whoever can open it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware.faults import Refused
from firmware.signal.decimate import Decimator

LEAST_RATE: Final = 8000
MOST_RATE: Final = 96_000
"""Samples a second: the telephone's own, and the most that a capture card lists (research: hardware, finding 1)."""

MOST_SIDES: Final = 2
"""A line has two sides."""

SEALED: Final = (b"age-encryption.org/", b"-----BEGIN AGE ENCRYPTED")
"""How an age file begins, and one in armour (age.md, "Header" and "ASCII armor")."""

Block = NDArray[np.int16]
"""Samples of shape (sides, frames)."""


@dataclass(frozen=True, slots=True)
class Sound:
    """What a file holds: samples a second, sides, and its blocks in order, to be read once."""

    rate: int
    sides: int
    blocks: Iterator[Block]


def open_sound(path: Path) -> Sound:
    """The sound of a file; refuses what is sealed, what is no sound, and what no telephone line sounds like."""
    sound = _opened(path, _begins(path))
    if sound.sides > MOST_SIDES:
        hint = "take the one or two that are the line's: sox FILE line.wav remix 1 2"
        raise Refused("refused.not-sound", f"{path} has {sound.sides} channels; a line has one or two", hint)
    if not LEAST_RATE <= sound.rate <= MOST_RATE:
        hint = "a recording of a line has 8,000 to 96,000 samples a second: sox FILE -r 8000 line.wav"
        raise Refused("refused.not-sound", f"{path} has {sound.rate} samples a second", hint)
    return sound


def _begins(path: Path) -> bytes:
    """The first bytes of a file; a folder, a device or what may not be read is refused."""
    try:
        if not path.is_file():
            what = "is no file" if path.exists() else "is not there"
            raise Refused("refused.sound-unreadable", f"{path} {what}", "name a wav or flac file")
        with path.open("rb") as file:
            return file.read(64)
    except OSError as error:
        hint = "see who may read it: ls -l"
        raise Refused("refused.sound-unreadable", f"{path} cannot be read: {error.strerror}", hint) from None


def _opened(path: Path, begins: bytes) -> Sound:
    if begins.startswith(SEALED):
        hint = "IT opens it on its own machine: age -d -i key.txt FILE > call.flac, and hears that one"
        raise Refused("refused.sealed", f"{path} is sealed, and the box holds no key that opens it", hint)
    if begins.startswith(b"fLaC"):
        from firmware.cli.flac_in import open_flac  # noqa: PLC0415  libFLAC is loaded for a flac file only

        return open_flac(path)
    if begins.startswith(b"RIFF") and begins[8:12] == b"WAVE":
        from firmware.cli.wav import open_wav  # noqa: PLC0415

        return open_wav(path)
    what = "is no wav and no flac" if begins else "is empty"
    raise Refused("refused.not-sound", f"{path} {what}", "make one of it: sox FILE line.wav")


def torn(path: Path, seconds: float, why: str) -> Refused:
    """The fault of a file that ends early or is broken inside: what came before it was heard."""
    hint = "what was heard before that is told; copy the file again if there should be more"
    return Refused("refused.sound-torn", f"{path} breaks off after {seconds:.1f} s: {why}", hint)


def at_rate(sound: Sound, rate: int) -> Iterator[Block]:
    """The sound's blocks at a line's rate, by the recorder's own filter."""
    decimator = Decimator(sound.rate, rate)
    if decimator.identity:
        yield from sound.blocks
        return
    waiting = np.zeros((sound.sides, decimator.half), np.float32)
    begin, end, made = -decimator.half, 0, 0
    for block in chain(sound.blocks, [np.zeros((sound.sides, decimator.half), np.int16)]):
        waiting = np.concatenate([waiting, np.asarray(block, np.float32)], axis=1)
        end += block.shape[1]
        count = decimator.outputs(end) - made
        if count > 0:
            skip = decimator.first_input(made) - begin
            yield decimator.run(waiting[:, skip:], made, count)
            made += count
            keep = decimator.first_input(made) - begin
            waiting, begin = waiting[:, keep:], begin + keep
