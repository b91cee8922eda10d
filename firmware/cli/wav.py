"""The samples of a wav file: PCM of 8 to 32 bits, float, A-law and mu-law, each brought to 16 bits.

The format is Microsoft's "Multimedia Programming Interface and Data Specifications
1.0"; tags of WAVE_FORMAT_EXTENSIBLE stand in the first bytes of its sub-format.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from firmware.cli.sound import Block, Sound, torn
from firmware.faults import Refused

FRAMES: Final = 8192
"""Frames that are read at once."""

PCM, FLOAT, ALAW, MULAW, EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
"""Format tags (mmreg.h)."""

UNKNOWN_SIZES: Final = (0, 0xFFFFFFFF)
"""What stands for the length where a writer did not know it, or was stopped before it wrote it."""

MOST_CHUNKS: Final = 1000
"""Chunks before the sound; more are no honest file. Our choice."""

Decode = Callable[[NDArray[np.uint8]], NDArray[np.int16]]


@dataclass(frozen=True, slots=True)
class _Format:
    tag: int
    sides: int
    rate: int
    width: int
    """Bytes of one sample."""


def open_wav(path: Path) -> Sound:
    """The sound of a wav file; refuses one without a format or without samples, and formats not named above."""
    with path.open("rb") as file:
        layout, size = _heads(file, path)
        decode = _decode(layout, path)
        return Sound(layout.rate, layout.sides, _blocks(path, file.tell(), layout, size, decode))


def _heads(file: BinaryIO, path: Path) -> tuple[_Format, int]:
    """The format, and how many bytes of sound follow from here on as the header has it."""
    file.seek(12)
    layout = None
    for _ in range(MOST_CHUNKS):
        head = file.read(8)
        if len(head) < 8:
            break
        name, size = head[:4], int.from_bytes(head[4:], "little")
        if name == b"data" and layout is not None:
            return layout, size
        skipped = size + size % 2
        if name == b"fmt ":
            told = file.read(min(size, 40))
            layout = _format(told, path)
            skipped -= len(told)
        file.seek(skipped, 1)
    raise Refused(
        "refused.not-sound", f"{path} is a wav file without sound", "make it anew, or copy it again"
    )


def _format(told: bytes, path: Path) -> _Format:
    """The format as its chunk tells it."""
    if len(told) < 16:
        raise _strange(path, "its format is cut short")
    tag, sides, rate, _bytes, frame, bits = struct.unpack_from("<HHIIHH", told)
    if tag == EXTENSIBLE and len(told) >= 26:
        tag = int.from_bytes(told[24:26], "little")
    if not sides or frame != sides * ((bits + 7) // 8):
        raise _strange(path, "its format contradicts itself")
    return _Format(tag, sides, rate, frame // sides)


def _decode(layout: _Format, path: Path) -> Decode:
    """What makes 16 bits of its bytes."""
    match layout.tag, layout.width:
        case (1, 1):
            return lambda raw: (raw.astype(np.int16) - 128) << 8
        case (1, 2):
            return lambda raw: raw.view("<i2").astype(np.int16)
        case (1, 3 | 4):
            return lambda raw: _upper(raw, layout.width)
        case (3, 4 | 8):
            return lambda raw: _of_float(raw.view(f"<f{layout.width}"))
        case (6, 1):
            return lambda raw: _alaw()[raw]
        case (7, 1):
            return lambda raw: _mulaw()[raw]
        case _:
            raise _strange(path, f"its format is not known here (tag {layout.tag}, {8 * layout.width} bits)")


def _strange(path: Path, why: str) -> Refused:
    return Refused("refused.not-sound", f"{path}: {why}", "make a plain one of it: sox FILE -b 16 line.wav")


def _upper(raw: NDArray[np.uint8], width: int) -> NDArray[np.int16]:
    """The upper two bytes of wider samples."""
    pairs = raw.reshape(-1, width)[:, width - 2 :]
    return np.ascontiguousarray(pairs).view("<i2")[:, 0].astype(np.int16)


def _of_float(samples: NDArray[np.floating]) -> NDArray[np.int16]:
    """Full scale is one; what is no number is silence."""
    whole = np.nan_to_num(samples.astype(np.float64), nan=0.0, posinf=1.0, neginf=-1.0)
    return np.clip(np.rint(whole * 32768), -32768, 32767).astype(np.int16)


def _alaw() -> NDArray[np.int16]:
    """Every A-law byte as a sample (ITU-T G.711, table 1; even bits inverted)."""
    code = np.arange(256) ^ 0x55
    step, low = (code >> 4) & 7, code & 15
    size = np.where(step == 0, (low << 4) + 8, ((low << 4) + 0x108) << np.maximum(step - 1, 0))
    return np.where(code & 0x80, size, -size).astype(np.int16)


def _mulaw() -> NDArray[np.int16]:
    """Every mu-law byte as a sample (ITU-T G.711, table 2; all bits inverted)."""
    code = ~np.arange(256) & 0xFF
    size = ((((code & 15) << 3) + 0x84) << ((code >> 4) & 7)) - 0x84
    return np.where(code & 0x80, -size, size).astype(np.int16)


def _blocks(path: Path, begins: int, layout: _Format, size: int, decode: Decode) -> Iterator[Block]:
    """The file's blocks from a byte on; raises afterwards where its header promised more."""
    frame = layout.width * layout.sides
    left = None if size in UNKNOWN_SIZES else size // frame
    done = 0
    with path.open("rb") as file:
        file.seek(begins)
        while left is None or done < left:
            raw = file.read(frame * (FRAMES if left is None else min(FRAMES, left - done)))
            count = len(raw) // frame
            if not count:
                break
            samples = decode(np.frombuffer(raw, np.uint8, count * frame))
            yield np.ascontiguousarray(samples.reshape(count, layout.sides).T)
            done += count
    if left is not None and done < left:
        raise torn(path, done / layout.rate, "its header says that it is longer")
