"""The samples of a flac file, by the system's own libFLAC, brought to 16 bits.

The library calls back with each frame; two words that it says about a frame are read
by their place (`FLAC__FrameHeader` of its format.h, unchanged since version 1.0).
"""

import ctypes
import os
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from firmware.cli.sound import Block, Sound, torn
from firmware.faults import Refused
from firmware.sealing.flac import library

WRITE: Final = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.c_void_p,
    ctypes.POINTER(ctypes.c_uint32),
    ctypes.POINTER(ctypes.POINTER(ctypes.c_int32)),
    ctypes.c_void_p,
)
"""FLAC__StreamDecoderWriteCallback: decoder, frame, samples of each channel, client."""

TOLD: Final = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
"""FLAC__StreamDecoderMetadataCallback."""

WRONG: Final = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
"""FLAC__StreamDecoderErrorCallback."""

END_OF_STREAM: Final = 4
"""FLAC__STREAM_DECODER_END_OF_STREAM; every later state is an error."""

MOST_FRAMES_WITHOUT_SOUND: Final = 10_000
"""Steps of the library that bring nothing; more are no honest file. Our choice."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a frame says of itself."""

    rate: int
    sides: int
    bits: int


@dataclass(slots=True)
class _Taken:
    """What the library said last, and whether anything was wrong."""

    blocks: list[Block] = field(default_factory=list)
    shape: _Shape | None = None
    changed: bool = False
    wrong: bool = False


class _Decoder:
    """One file at work."""

    def __init__(self, path: Path) -> None:
        lib, taken = _declared(library()), _Taken()
        self.lib, self.taken = lib, taken
        self._calls = (WRITE(_writer(taken)), TOLD(_ignore), WRONG(_noter(taken)))
        self.handle = lib.FLAC__stream_decoder_new()
        self._release = weakref.finalize(self, _delete, lib, self.handle, self._calls)
        self.failed = bool(
            lib.FLAC__stream_decoder_init_file(self.handle, os.fsencode(path), *self._calls, None)
        )

    def step(self) -> bool:
        """Let the library go on by one frame; false at the end, or where it cannot."""
        went_on = bool(self.lib.FLAC__stream_decoder_process_single(self.handle))
        return went_on and self.lib.FLAC__stream_decoder_get_state(self.handle) < END_OF_STREAM

    @property
    def total(self) -> int:
        """How many frames of sound the file says that it has; 0 where it does not say."""
        return int(self.lib.FLAC__stream_decoder_get_total_samples(self.handle))

    def close(self) -> None:
        """Let the file go."""
        self._release()


def open_flac(path: Path) -> Sound:
    """The sound of a flac file; refuses one of which not even the first frame can be read."""
    decoder = _Decoder(path)
    taken = decoder.taken
    for _ in range(MOST_FRAMES_WITHOUT_SOUND):
        if decoder.failed or taken.blocks or not decoder.step():
            break
    if taken.shape is None:
        decoder.close()
        hint = "copy it again, and see whether it is whole: flac -t FILE"
        raise Refused("refused.not-sound", f"{path} is a flac file without sound", hint)
    return Sound(taken.shape.rate, taken.shape.sides, _blocks(decoder, path, taken.shape.rate))


def _blocks(decoder: _Decoder, path: Path, rate: int) -> Iterator[Block]:
    """The file's blocks; raises afterwards where something in it was broken or missing."""
    taken, done, going = decoder.taken, 0, True
    try:
        while going and not taken.wrong and not taken.changed:
            fresh, taken.blocks = taken.blocks, []
            for block in fresh:
                yield block
                done += block.shape[1]
            going = decoder.step()
        for block in taken.blocks:
            yield block
            done += block.shape[1]
        short = done < decoder.total
    finally:
        decoder.close()
    if taken.wrong or taken.changed or short:
        raise torn(path, done / rate, "a frame is broken" if taken.wrong else "the rest of it is missing")


def _writer(taken: _Taken) -> Any:  # noqa: ANN401  a callback that ctypes calls
    def write(_decoder: int, frame: Any, buffers: Any, _client: int) -> int:  # noqa: ANN401
        count, shape = int(frame[0]), _Shape(int(frame[1]), int(frame[2]), int(frame[4]))
        taken.shape = taken.shape or shape
        if shape != taken.shape:
            taken.changed = True
            return 1
        sides = [np.ctypeslib.as_array(buffers[side], (count,)) for side in range(shape.sides)]
        taken.blocks.append(_narrowed(np.stack(sides), shape.bits))
        return 0

    return write


def _narrowed(samples: Any, bits: int) -> Block:  # noqa: ANN401  what ctypes gives has no type
    """Samples of any width as 16 bits."""
    wide = samples >> (bits - 16) if bits > 16 else samples << (16 - bits)
    return np.asarray(wide, np.int16)


def _noter(taken: _Taken) -> Any:  # noqa: ANN401
    def wrong(_decoder: int, _status: int, _client: int) -> None:
        taken.wrong = True

    return wrong


def _ignore(_decoder: int, _metadata: int, _client: int) -> None:
    """Tags and pictures say nothing of a line."""


def _delete(lib: ctypes.CDLL, handle: int, _calls: object) -> None:
    """Ends a decoder; what it calls back lives until then."""
    lib.FLAC__stream_decoder_finish(handle)
    lib.FLAC__stream_decoder_delete(handle)


def _declared(lib: ctypes.CDLL) -> ctypes.CDLL:
    """The same library with the prototypes of its decoder."""
    pointer = ctypes.c_void_p
    lib.FLAC__stream_decoder_new.argtypes = []
    lib.FLAC__stream_decoder_new.restype = pointer
    lib.FLAC__stream_decoder_init_file.argtypes = [pointer, ctypes.c_char_p, WRITE, TOLD, WRONG, pointer]
    lib.FLAC__stream_decoder_get_total_samples.argtypes = [pointer]
    lib.FLAC__stream_decoder_get_total_samples.restype = ctypes.c_uint64
    for name in ("process_single", "get_state", "finish", "delete"):
        getattr(lib, f"FLAC__stream_decoder_{name}").argtypes = [pointer]
    return lib
